"""A link that stands where a settings file is written stays one; root writes through it only into what is root's alone."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pyinfra_wsl.core.acts import LINK, LINKED, Shell, write
from pyinfra_wsl.core.linux.errors import explain

SHELLS = pytest.mark.parametrize("shell", ["dash", "bash"])
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else; run as root")


@pytest.fixture
def folder():
    """Return a folder that is root's alone, all the way up to it."""
    made = subprocess.run(["mktemp", "-d", "/var/lib/pyinfra-wsl-test.XXXXXX"], capture_output=True, text=True, check=True)
    path = Path(made.stdout.strip())
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def run(shell, act, before="true"):
    done = subprocess.run([shell, "-c", f"{before}; {act.line}"], capture_output=True, text=True, check=False)
    return done, explain("a step", done.stderr.splitlines(), act.refusals)


def sh(line):
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True).stdout.strip()


@AS_ROOT
@SHELLS
@pytest.mark.parametrize("target", ["real.json", "sub dir/it's.json", "missing.json", "new/missing.json"])
def test_a_link_stays_and_its_target_is_written(shell, folder, target):
    sh(f'cd {folder}; mkdir -p "sub dir"; echo old > real.json; chmod 640 real.json; echo old > "sub dir/it\'s.json"')
    (folder / "daemon.json").symlink_to(target)
    done, _ = run(shell, write(f"{folder}/daemon.json", "new $x\n", keep=True))
    assert done.returncode == 0, done.stderr
    assert (folder / "daemon.json").readlink() == Path(target)
    assert (folder / target).read_text() == "new $x\n"
    assert list(folder.rglob(".*")) == []
    if target == "real.json":
        assert (folder / target).stat().st_mode & 0o777 == 0o640


@AS_ROOT
@SHELLS
@pytest.mark.parametrize(
    ("made", "culprit"),
    [
        ("mkdir d; echo old > d/x.json; chown -R daemon d", "d/x.json"),
        ("mkdir d; echo old > d/x.json; chown daemon d", "d"),
        ("mkdir d; chown daemon d", "d"),
        ("mkdir d; echo old > d/x.json; chmod o+w d/x.json", "d/x.json"),
        ("mkdir d; echo old > d/x.json; chmod g+w d", "d"),
        ("mkdir d; echo old > d/x.json; chmod 1777 d", "d"),
    ],
)
def test_root_follows_no_link_to_where_others_may_write(shell, folder, made, culprit):
    sh(f"cd {folder}; {made}; ln -s d/x.json daemon.json")
    act = write(f"{folder}/daemon.json", "new", keep=True)
    done, failure = run(shell, act)
    assert done.returncode == 1
    assert failure.code == LINK
    assert failure.cause == (
        f"{folder}/daemon.json is a link to {folder}/d/x.json, and {folder}/{culprit} is not root's alone:"
        " who may write there would be root on this host"
    )
    assert sh(f"cat {folder}/d/x.json 2>/dev/null || true") != "new"
    looked = sh(f"{LINKED}linked {folder}/daemon.json").splitlines()
    assert looked == [f"{folder}/d/x.json", f"{folder}/{culprit}"]


@AS_ROOT
@SHELLS
def test_a_user_follows_a_link_of_their_own(shell, folder):
    sh(f"cd {folder}; mkdir d; echo old > d/x.json; ln -s d/x.json config.json; chown -R daemon .")
    act = write(f"{folder}/config.json", "new", "0600", keep=True)
    line = Shell(f"runuser -u daemon -- {shell} -c " + "'" + act.line.replace("'", "'\\''") + "'")
    done, _ = run(shell, line)
    assert done.returncode == 0, done.stderr
    assert sh(f"cat {folder}/d/x.json; readlink {folder}/config.json") == "newd/x.json"


@AS_ROOT
@SHELLS
def test_a_users_link_to_where_they_may_not_write_becomes_a_file(shell, folder):
    sh(f"cd {folder}; mkdir theirs; echo secret > x.json; ln -s ../x.json theirs/config.json; chown -hR daemon theirs")
    act = write(f"{folder}/theirs/config.json", "new", "0600", keep=True)
    line = Shell(f"runuser -u daemon -- {shell} -c " + "'" + act.line.replace("'", "'\\''") + "'")
    done, _ = run(shell, line)
    assert done.returncode == 0, done.stderr
    assert ((folder / "theirs/config.json").read_text(), (folder / "x.json").read_text()) == ("new", "secret\n")
    assert not (folder / "theirs/config.json").is_symlink()


@SHELLS
def test_what_is_no_link_is_not_looked_at_as_one(shell, tmp_path):
    path = tmp_path / "daemon.json"
    for _ in range(2):
        done, _failure = run(shell, write(str(path), "new", keep=True))
        assert (done.returncode, path.read_text()) == (0, "new")
    done = subprocess.run([shell, "-c", f"{LINKED}linked {path}"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


@SHELLS
def test_a_link_that_leads_in_a_circle_is_an_error_and_nothing_is_written(shell, tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    done, _ = run(shell, write(str(tmp_path / "a"), "new", keep=True))
    assert done.returncode != 0
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b"}
    assert (tmp_path / "a").is_symlink()
