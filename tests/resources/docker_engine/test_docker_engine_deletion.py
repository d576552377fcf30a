"""What consent to delete data reaches, and what it does not; carried out by real shells in mounts of their own."""

import dataclasses
import shlex
import subprocess

import pytest
from support.looks import look

from pyinfra_wsl.core.linux import deletion
from pyinfra_wsl.core.linux.errors import explain
from pyinfra_wsl.core.linux.host import Part
from pyinfra_wsl.resources.docker_engine import plan as docker_engine
from pyinfra_wsl.resources.docker_engine.plan import Want
from pyinfra_wsl.resources.docker_engine.rootless_state import read_users
from pyinfra_wsl.resources.docker_engine.running import Running
from pyinfra_wsl.resources.docker_engine.state import State, Unit, read

OWN_MOUNTS = ("unshare", "--mount", "--propagation", "private", "sh", "-c")
MOUNTS = pytest.mark.skipif(
    subprocess.run([*OWN_MOUNTS, "mount -t tmpfs none /mnt"], capture_output=True, check=False).returncode != 0,
    reason="mounts need root",
)
DELETING = Want("absent", allow_data_loss=True)


def delete(*folders, before="true", after="true"):
    """Delete folders behind what `before` does; return the failure and what `after` prints."""
    shell = deletion.deleted([str(one) for one in folders])
    line = f"{before}; ({shell.line}); code=$?; {after}; exit $code"
    done = subprocess.run(
        ["sh", "-c", line] if before == "true" else [*OWN_MOUNTS, line], capture_output=True, text=True, check=False
    )
    failure = explain("delete", done.stderr.splitlines(), shell.refusals) if done.returncode else None
    return failure, done.stdout.split()


@pytest.fixture(params=["docker", "a folder"])
def folder(tmp_path, request):
    made = tmp_path / request.param
    (made / "overlay2" / "l").mkdir(parents=True)
    (made / "overlay2" / "l" / "one").write_text("1")
    return made


def test_a_folder_goes_with_all_that_is_in_it(folder):
    assert delete(folder, folder.parent / "missing") == (None, [])
    assert not folder.exists()


def test_nothing_is_deleted_through_a_link(folder):
    link = folder.parent / "link"
    link.symlink_to(folder)
    failure, _ = delete(folder, link)
    assert failure.cause == f"{link} is a link to {folder}: what lies there is not deleted through a link"
    assert (folder / "overlay2" / "l" / "one").exists()
    assert link.is_symlink()


@MOUNTS
def test_what_is_mounted_below_is_not_deleted_and_nothing_else_is(folder, tmp_path):
    share, place = tmp_path / "share", folder / "volumes" / "v" / "_data"
    share.mkdir()
    place.mkdir(parents=True)
    (share / "theirs").write_text("1")
    failure, _ = delete(folder, before=f"mount --bind {share} {shlex.quote(str(place))}")
    shown = failure.cause.replace("\\040", " ")  # as the echo of the shell has it
    assert shown.startswith(f"{place} is still mounted: what it shows is not Docker's to delete")
    assert (share / "theirs").exists()
    assert (folder / "overlay2" / "l" / "one").exists()


@MOUNTS
def test_a_folder_below_a_link_is_known_by_its_mounts_all_the_same(tmp_path):
    (tmp_path / "real" / "docker" / "v").mkdir(parents=True)
    (tmp_path / "var").symlink_to(tmp_path / "real")
    failure, _ = delete(tmp_path / "var" / "docker", before=f"mount -t tmpfs none {tmp_path}/real/docker/v")
    assert failure.code == "mounted"


@MOUNTS
def test_a_disk_of_its_own_is_emptied_and_stays_and_is_nothing_to_delete_then(folder):
    quoted = shlex.quote(str(folder))
    disk = f"mount -t tmpfs none {quoted}; mkdir {quoted}/image {quoted}/lost+found; touch {quoted}/.hidden"
    shown = f"{deletion.FULL} ls -A {quoted}; if full {quoted}; then echo full; fi"
    assert delete(folder, before=disk, after=shown) == (None, ["lost+found"])
    done = subprocess.run([*OWN_MOUNTS, f"{disk}; {shown}"], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == "full"


def test_a_folder_that_cannot_go_is_said(folder):
    failure = explain("delete", ["@refused kept /var/lib/docker"], deletion.deleted([str(folder)]).refusals)
    assert (failure.cause, failure.code) == ("/var/lib/docker could not be deleted", "kept")


def test_a_link_is_a_failure_before_anything_is_changed():
    had = State(data=tuple(read(look(id="0", data="/var/lib/docker /srv/docker\n/var/lib/containerd")).data))
    assert had.data == ("/var/lib/docker /srv/docker", "/var/lib/containerd")
    (failure,) = docker_engine.plan(DELETING, had, None, None).failures
    assert failure.cause.startswith("/var/lib/docker is a link to /srv/docker: ")
    assert docker_engine.plan(Want("absent"), had, None, None).failures == ()


def test_a_users_link_is_read():
    (one,) = read_users({"rootless:ada": Part(0, "uid 1000\nhome /home/ada\ndata link /srv/a b")}).values()
    assert (one.data, one.data_link) == (True, "/srv/a b")
    (one,) = read_users({"rootless:ada": Part(0, "uid 1000\nhome /home/ada\ndata yes")}).values()
    assert (one.data, one.data_link) == (True, "")


@pytest.mark.parametrize(
    ("file", "shown", "said"),
    [
        ({"data-root": "/srv/docker"}, {}, ["/srv/docker"]),
        ({"graph": "/srv/docker"}, {}, ["/srv/docker"]),
        ({}, {"data-root": "/opt/docker"}, ["/opt/docker"]),  # a flag of the unit
        ({"data-root": "/srv/docker"}, {"data-root": "/opt/docker"}, ["/opt/docker", "/srv/docker"]),
        ({"data-root": "/var/lib/docker"}, {"data-root": "/var/lib/docker/100000.100000"}, []),
        ({"data-root": 1}, {}, []),
    ],
)
def test_data_that_was_moved_is_said_not_to_be_deleted(file, shown, said):
    had = State(
        packages={"docker-ce": "5:28.5.1-1"}, daemon=file, running=Running(shown), containers=0, data=("/var/lib/docker",)
    )
    found = docker_engine.plan(DELETING, had, None, None)
    assert [one.split(" ")[4] for one in found.warnings] == said
    assert docker_engine.plan(Want("absent"), had, None, None).warnings == ()
    gone = dataclasses.replace(had, packages={}, data=())
    assert docker_engine.plan(DELETING, gone, None, None).warnings == ()


def test_a_daemon_that_does_not_answer_is_not_taken_for_one_that_does():
    units = "docker.service loaded active enabled"
    debian = "ID=debian\nVERSION_ID=12\nVERSION_CODENAME=bookworm"
    state = read(look(id="0", os=debian, machine="x86_64", systemd="", units=units, containers=(124, "")))
    assert state.silent
    assert state.units["docker.service"] == Unit(True, True, True)
    failures = docker_engine.plan(Want(), state, None, None).failures
    assert "docker.service runs, and dockerd does not answer within 10 seconds" in [one.cause for one in failures]
    assert not read(look(id="0", containers=(1, ""))).silent
