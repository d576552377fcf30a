"""What is in the way of Docker's packages: by its page, by files, by conflicts, and as a snap. The texts are dpkg's."""

import dataclasses
import os
import subprocess

import pytest
from support.looks import look
from test_docker_engine import DEBIAN, FINGERPRINT, FRESH, READY, causes, plan, sentences

from pyinfra_wsl.core.acts import Packages, Shell
from pyinfra_wsl.core.linux.errors import explain
from pyinfra_wsl.core.linux.host import Os, Part
from pyinfra_wsl.resources.docker_engine import asking
from pyinfra_wsl.resources.docker_engine.conflicts import NAMED, read_against, read_owners
from pyinfra_wsl.resources.docker_engine.packages import Wanted, changes, in_the_way
from pyinfra_wsl.resources.docker_engine.plan import Want
from pyinfra_wsl.resources.docker_engine.state import PACKAGES, State, read

PLUGINS = "/usr/libexec/docker/cli-plugins"
TRIXIE = f"""docker-cli: /usr/bin/docker
docker.io: /usr/bin/dockerd
docker.io: /usr/bin/docker-proxy
containerd: /usr/bin/containerd
docker-buildx: {PLUGINS}/docker-buildx"""
OURS = f"docker-ce-cli: /usr/bin/docker\ndocker-ce:amd64: /usr/bin/dockerd\ndocker-buildx-plugin: {PLUGINS}/docker-buildx"


def test_dockers_pages_are_followed_for_each_distribution():
    assert "docker-buildx" in NAMED["debian"]
    assert {"docker-buildx", "docker-compose-v2"} <= set(NAMED["ubuntu"])
    assert {"podman", "runc"} <= set(NAMED["rhel"])
    assert not {"podman", "runc"} & {*NAMED["centos"], *NAMED["fedora"]}


def test_files_of_others_are_found_whatever_their_package_is_called():
    found = read_owners(Part(1, f"{TRIXIE}\ndiversion by x from: /usr/bin/ctr\nmoby-runc:amd64, other: /usr/bin/runc"))
    assert found["/usr/bin/docker"] == "docker-cli"
    assert found[f"{PLUGINS}/docker-buildx"] == "docker-buildx"
    assert found["/usr/bin/runc"] == "other"
    assert "/usr/bin/ctr" not in found
    assert read_owners(Part(0, OURS)) == {}


def test_packages_that_conflict_are_found_by_what_they_say_and_by_what_they_provide():
    found = read_against(
        Part(
            0,
            "ii|moby-engine|docker|docker-ce, docker-ee, docker.io, \n"
            "ii|moby-containerd|containerd|containerd.io (<< 2), \n"
            "ii|podman-docker||docker-ce (<< 5:20), docker.io\n"
            "ii|cri-o||, docker-ce-cli\n"
            "ii|docker-ce-cli||docker.io, docker-cli, \n"
            "ii|python3-docker||, \nno line of ours",
        )
    )
    assert found == {"moby-engine": ("docker-ce",), "moby-containerd": ("containerd.io",), "cri-o": ("docker-ce-cli",)}


def way(state=FRESH, folder="debian", rootless=False, **different):
    return in_the_way(Wanted(rootless=rootless), dataclasses.replace(state, **different), folder)


def test_what_only_a_file_shows_is_named_with_it():
    found = plan(state=FRESH, owners={"/usr/bin/dockerd": "moby-engine"}, key=(FINGERPRINT,))
    assert causes(found) == ["moby-engine (has /usr/bin/dockerd) conflict with Docker's packages"]
    found = plan(state=FRESH, against={"cri-o": ("docker-ce",)}, key=(FINGERPRINT,))
    assert causes(found) == ["cri-o (conflicts with docker-ce) conflict with Docker's packages"]


def test_with_consent_all_of_them_go_at_once():
    found = plan(Want(remove_conflicting=True), FRESH, packages={"docker.io": "1"}, owners={"/usr/bin/docker": "docker-cli"},
                 key=(FINGERPRINT,), held=("docker.io",))  # fmt: skip
    (step,) = [step for step in found.steps if step.sentence.startswith("remove")]
    assert step.sentence == "remove docker.io, docker-cli"
    assert Packages("apt", ("docker.io", "docker-cli"), present=False, held=True) in step.does


def test_what_belongs_to_a_package_that_is_there_already_is_in_nobodys_way():
    assert way(READY, owners={"/usr/bin/docker": "strange"}, packages={**READY.packages, "docker.io": "1"}) == {}
    without = {name: "1" for name in READY.packages if name != "docker-buildx-plugin"}
    assert way(READY, packages=without, owners={f"{PLUGINS}/docker-buildx": "docker-buildx"}) == {
        "docker-buildx": f"has {PLUGINS}/docker-buildx"
    }


def test_rootlesskit_is_in_the_way_of_rootless_mode_alone():
    assert way(owners={"/usr/bin/rootlesskit": "rootlesskit"}) == {}
    assert "rootlesskit" in way(owners={"/usr/bin/rootlesskit": "rootlesskit"}, rootless=True)


@pytest.mark.parametrize(
    ("folder", "expected"),
    [("centos", {"podman-docker"}), ("fedora", {"podman-docker"}), ("rhel", {"podman", "runc", "podman-docker"})],
)
def test_podman_and_runc_are_in_the_way_on_rhel_alone(folder, expected):
    owners = {"/usr/bin/docker": "podman-docker", "/usr/bin/runc": "runc", "/usr/bin/containerd": "containerd"}
    host = State(os=Os("centos", (), "9"), packages={"podman": "5", "runc": "1.2", "podman-docker": "5"}, owners=owners)
    assert set(way(host, folder)) == expected


def test_docker_from_a_snap_is_named_with_its_consequence_and_what_to_do():
    state = read(look(id="0", os="ID=debian", snap="28.4.0"))
    assert state.snap == "28.4.0"
    assert read(look(id="0", os="ID=debian", snap=(1, ""))).snap is None
    (failure,) = plan(state=FRESH, snap="28.4.0", key=(FINGERPRINT,)).failures
    assert failure.cause == "Docker 28.4.0 is here from a snap too: two daemons contend for /run/docker.sock"
    assert "snap remove docker" in failure.remedy
    assert "/var/snap/docker" in failure.remedy
    found = plan(snap="28.4.0")
    assert (found.failures, found.steps) == ((), ())
    assert "snap remove docker" in found.warnings[0]


def test_a_repository_is_asked_once_and_before_anything_is_changed():
    found = plan(
        Want(remove_conflicting=True), FRESH, os=DEBIAN, packages={"docker.io": "1", "ca-certificates": "1"}, key=(FINGERPRINT,)
    )
    asks = [
        (step.sentence, at)
        for step in found.steps
        for at, act in enumerate(step.does)
        if "apt-helper" in getattr(act, "line", "")
    ]
    assert asks == [(found.steps[0].sentence, 0)]
    assert sentences(found)[0].startswith("use Docker's repository")
    found = plan(Want(remove_conflicting=True), FRESH, sources=READY.sources, packages={"docker.io": "1", "ca-certificates": "1"},
                 key=(FINGERPRINT,))  # fmt: skip
    assert found.steps[0].sentence == "remove docker.io"
    assert "apt-helper" in found.steps[0].does[0].line


def test_what_changes_no_source_and_removes_nothing_asks_nobody():
    found = plan(Want(version="29.0"))
    assert found.steps
    assert not any("apt-helper" in getattr(act, "line", "") for step in found.steps for act in step.does)


DNF = """#!/bin/sh
echo "$*" >> calls
case "$*" in
*makecache*) [ -z "$SAID" ] && exit; printf '%s\\n' "$SAID" >&2; exit 1 ;;
"versionlock delete"*) : > etc/plugins/versionlock.list ;;
install*) [ -z "$FAILS" ] || { echo "Error: No match for argument" >&2; exit 1; } ;;
"versionlock add"*) echo new > etc/plugins/versionlock.list ;;
esac
"""


@pytest.fixture
def dnf(tmp_path):
    """Return a function that runs a line where dnf is a stand-in, with its locks below a folder."""
    program = tmp_path / "bin/dnf"
    program.parent.mkdir()
    program.write_text(DNF)
    program.chmod(0o755)
    locks = tmp_path / "etc/plugins/versionlock.list"
    locks.parent.mkdir(parents=True)
    locks.write_text("old\n")

    def run(line, **environment):
        path = {"PATH": f"{program.parent}:{os.environ['PATH']}"}
        there = line.replace("/etc/dnf", f"{tmp_path}/etc")
        done = subprocess.run(
            ["dash", "-c", there], cwd=tmp_path, env=path | environment, capture_output=True, text=True, check=False
        )
        return done, locks.read_text(), (tmp_path / "calls").read_text().splitlines()

    return run


FEDORA = dataclasses.replace(READY, os=Os("fedora", (), "42"), packages={"docker-ce": "28.4.0-1.fc42"}, held=("docker-ce",))


@pytest.mark.parametrize(("version", "hold"), [("28.5.1", True), (None, None)])
def test_dnf_holds_again_after_an_installation_that_failed(dnf, version, hold):
    (step,) = changes(Wanted(version, hold), FEDORA, 0)
    (shell,) = [act for act in step.does if isinstance(act, Shell) and "versionlock delete" in act.line]
    done, locks, calls = dnf(shell.line, FAILS="1")
    assert (done.returncode, locks) == (1, "old\n")
    assert calls[0] == "versionlock delete docker-ce"
    assert not any(call.startswith("versionlock add") for call in calls)


def test_dnf_holds_the_new_version_after_one_that_succeeded(dnf):
    (step,) = changes(Wanted("28.5.1", True), FEDORA, 0)
    done, locks, calls = dnf(step.does[0].line)
    assert (done.returncode, locks) == (0, "new\n")
    assert calls[-1] == f"versionlock add {' '.join(PACKAGES)}"
    assert not any(isinstance(act, Shell) and "versionlock add" in act.line for act in step.does[1:])


ASKED = asking.dnf("https://m.example/rhel/10/$basearch/stable", "x86_64")
LAST = "Error: Failed to download metadata for repo 'docker-asked': Cannot download repomd.xml"
ERRORS = f"""Errors during downloading metadata for repository 'docker-asked':
  - Status code: 404 for https://me:secret@m.example/rhel/repodata/repomd.xml (IP: 10.0.0.1)
{LAST}"""


def test_dnf_asks_for_the_architecture_of_the_host(dnf):
    done, _, calls = dnf(ASKED.line)
    assert done.returncode == 0
    assert "--repofrompath=docker-asked,https://m.example/rhel/10/x86_64/stable" in calls[0]


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (ERRORS, "Status code: 404 for https://m.example/rhel/repodata/repomd.xml (IP: 10.0.0.1)"),
        (LAST, LAST),
        ("what", "dnf tells no reason"),
    ],
)
def test_what_dnf_is_told_is_told_on_without_a_password(dnf, said, cause):
    done, _, _ = dnf(ASKED.line, SAID=said)
    told = explain("a step", done.stderr.splitlines(), ASKED.refusals)
    assert told.cause == f"https://m.example/rhel/10/x86_64/stable does not answer this host: {cause}; nothing was changed"
    assert told.code == "unreachable"


@pytest.mark.parametrize(
    "ask", [asking.apt("https://me:secret@m.example/debian", "trixie"), asking.dnf("https://me:secret@m.example", "")]
)
def test_a_password_in_the_declared_address_is_not_told(ask):
    assert not any("secret" in failure.cause for failure in ask.refusals.values())
