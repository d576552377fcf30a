"""Docker Desktop from nothing to a working laptop, by the lab's installers; and installers that do not do what they say."""

import hashlib

import pytest

from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.range import images

EXE = f"docker-desktop.{images.DOCKER_DESKTOP}.amd64.exe"
DATA = images.INSTALLERS[EXE]()
WANT = {
    "package": {"minimum": images.DOCKER_DESKTOP, "installer": f"images/{EXE}", "sha256": hashlib.sha256(DATA).hexdigest()},
    "backend": "wsl-2",
    "accept_license": {"by": "Ada Lovelace, head of IT", "date": "2026-11-27"},
    "start": True,
}
NAMES = ("LT-NEW", "LT-NOTHING", "LT-DIES", "LT-THREE")


def declare(fleet):
    for host in fleet["hosts"].values():
        host["docker_desktop"] = WANT


def spoil(happens, name):
    match name:
        case "LT-NOTHING":
            happens.installer_does_nothing = True
        case "LT-DIES":
            happens.installer_dies = True
        case "LT-THREE":
            happens.installer_exit = 3


@pytest.fixture(scope="module")
def runs(make_stage):
    rehearsal = make_stage(declare, **{name.replace("-", "_"): "docker-fresh" for name in NAMES})
    folder = rehearsal.folder / "inventory" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / EXE).write_bytes(DATA)
    for name in NAMES:
        spoil(rehearsal.stage.machine(name).part(DockerDesktop).happens, name)
    return rehearsal, [(rehearsal.converge(), rehearsal.results()) for _ in range(2)]


def test_it_is_installed_and_runs_in_its_users_session(runs):
    rehearsal, (first, _) = runs
    found = first[1]["LT-NEW"]
    assert (found["outcome"], found["failures"], found["processes"]) == ("converged", [], 1)
    assert [one["resource"] for one in found["changes"]].count("docker_desktop") == 2
    assert rehearsal.stage.machine("LT-NEW").part(DockerDesktop).app is not None


def test_the_next_run_changes_nothing_within_two_requests(runs):
    found = runs[1][1][1]["LT-NEW"]
    assert (found["outcome"], found["changes"], found["requests"]) == ("converged", [], 2)


@pytest.mark.parametrize("name", NAMES[1:])
def test_what_an_installer_says_is_not_believed(runs, name):
    done, found = runs[1][0]
    assert done.returncode == 1
    assert found[name]["outcome"] == "failed"
    failure = next(one for one in found[name]["failures"] if one["resource"] == "docker_desktop")
    assert EXE in failure["cause"]
    assert failure["remedy"]


@pytest.mark.parametrize("name", NAMES[1:])
def test_the_next_run_repairs(runs, name):
    found = runs[1][1][1][name]
    assert (found["outcome"], found["failures"]) == ("converged", [])
    assert "docker_desktop" in [one["resource"] for one in found["changes"]]
