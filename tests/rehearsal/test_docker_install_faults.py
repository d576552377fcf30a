"""Installations of Docker Desktop that do not come about: told once, what rests on them is not tried, the next run repairs."""

import hashlib
import json

import pytest
from look import everything

from pyinfra_wsl.lab.docker_desktop import package, places, policy, setup
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.docker_desktop.places import SHARED
from pyinfra_wsl.lab.machine.account import ADMINISTRATORS, Token
from pyinfra_wsl.lab.range import images

EXE = f"docker-desktop.{images.DOCKER_DESKTOP}.amd64.exe"
DATA = images.INSTALLERS[EXE]()
PACKAGE = {"minimum": images.DOCKER_DESKTOP, "installer": f"images/{EXE}", "sha256": hashlib.sha256(DATA).hexdigest()}
URL = f"{package.SITE}/amd64/Docker%20Desktop%20Installer.exe"
LICENCE = {"by": "Ada Lovelace, head of IT", "date": "2026-11-27"}
FULL = 1 << 30
FAILS = {
    "LT-ELEVATION": "the elevation was refused",
    "LT-ONE": "it ended with 1",
    "LT-FILLED": "the system drive is full",
    "LT-FULL": "free",
    "LT-OTHER": "another account has Docker Desktop installed for itself: C:\\Users\\bo",
    "LT-WRONG": "SHA-256",
    "LT-REFUSED": "free",
}
"""Laptops on which it does not come about, and what is said of why."""
UPGRADES = ("LT-FULL",)
"""Those that have an older one, which goes on."""
FRESH = ("LT-ELEVATION", "LT-ONE", "LT-FILLED", "LT-WRONG", "LT-FOLDER")
SCENARIOS = {
    **dict.fromkeys(FRESH, "docker-fresh"),
    "LT-FULL": "integration-reset",
    "LT-REFUSED": "converged",
    "LT-OTHER": "docker-another-user",
}


def declare(fleet):
    for name, host in fleet["hosts"].items():
        wanted = PACKAGE | ({"installer": URL, "sha256": "0" * 64} if name == "LT-WRONG" else {})
        host["docker_desktop"] = {"package": wanted, "accept_license": LICENCE, "settings": {"AutoStart": True}, "start": True}


def correct(fleet):
    fleet["hosts"]["LT-WRONG"]["docker_desktop"]["package"] = PACKAGE


def prepare(rehearsal):
    for name, code in (("LT-ELEVATION", -5), ("LT-ONE", 1), ("LT-FILLED", 112)):
        rehearsal.stage.machine(name).part(DockerDesktop).happens.installer_exit = code
    full = rehearsal.stage.machine("LT-FULL")
    rehearsal.stage.do(full.part(DockerDesktop).install, "4.80.0")
    full.part(DockerDesktop).write_settings(next(one for one in full.accounts.values() if one.name == "alice"), AutoStart=False)
    full.files.free_bytes = FULL
    refused = rehearsal.stage.machine("LT-REFUSED")
    rehearsal.stage.do(refused.part(DockerDesktop).end_by_force)
    setup.remove(refused, *places.installations(refused))
    refused.files.free_bytes = FULL
    folder = rehearsal.stage.machine("LT-FOLDER")
    alice = next(one for one in folder.accounts.values() if one.name == "alice")
    folder.files.make(SHARED, Token(alice))


@pytest.fixture(scope="module")
def runs(make_stage):
    rehearsal = make_stage(declare, **{name.replace("-", "_"): scenario for name, scenario in SCENARIOS.items()})
    folder = rehearsal.folder / "inventory" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / EXE).write_bytes(DATA)
    prepare(rehearsal)
    others = everything(rehearsal.stage.machine("LT-OTHER"))
    found = [(rehearsal.converge(), rehearsal.results())]
    after = everything(rehearsal.stage.machine("LT-OTHER"))
    full = rehearsal.stage.machine("LT-FULL")
    assert full.part(DockerDesktop).app is not None
    for name in ("LT-FULL", "LT-REFUSED"):
        rehearsal.stage.machine(name).files.free_bytes = 200 << 30
    rehearsal.edit(correct)
    found.append((rehearsal.converge(), rehearsal.results()))
    return rehearsal, found, (others, after)


@pytest.mark.parametrize("name", FAILS)
def test_it_is_told_once_and_with_its_cause(runs, name):
    found = runs[1][0][1][name]
    (failure,) = found["failures"]
    assert (found["outcome"], failure["resource"]) == ("failed", "docker_desktop")
    assert FAILS[name] in failure["cause"] + failure["remedy"]
    assert failure["remedy"]


@pytest.mark.parametrize("name", [name for name in FAILS if name not in UPGRADES])
def test_what_rests_on_it_is_not_tried(runs, name):
    waits = {one["resource"]: one for one in runs[1][0][1][name]["deferred"]}
    assert set(waits) == {"docker_desktop", "docker_integration"}
    for one in waits.values():
        assert one["waits_for"] == "what failed"
        assert one["reason"] == "not tried: it needs Docker Desktop, which could not be brought about"


def test_one_that_is_there_and_not_upgraded_is_set_up_all_the_same(runs):
    found = runs[1][0][1]["LT-FULL"]
    assert found["deferred"] == []
    assert any("WSL integration: Ubuntu-24.04 on" in one["sentence"] for one in found["changes"])


def test_a_folder_of_a_plain_user_is_given_to_the_administrators(runs):
    rehearsal, ((_, first), _), _ = runs
    assert (first["LT-FOLDER"]["failures"], first["LT-FOLDER"]["outcome"]) == ([], "converged")
    assert rehearsal.stage.machine("LT-FOLDER").files.find(SHARED).owner == ADMINISTRATORS


@pytest.mark.parametrize("name", [name for name in FAILS if name != "LT-OTHER"])
def test_the_next_run_repairs(runs, name):
    found = runs[1][1][1][name]
    assert (found["failures"], found["deferred"], found["outcome"]) == ([], [], "converged")
    machine = runs[0].stage.machine(name)
    assert machine.part(DockerDesktop).version == images.DOCKER_DESKTOP
    assert machine.part(DockerDesktop).app.status == "running"


def test_what_another_account_has_for_itself_is_left(runs):
    before, after = runs[2]
    docker = {path: one for path, one in before["files"].items() if "docker" in path.lower()}
    assert {path: after["files"].get(path) for path in docker} == docker


# --- an administrator's file that an old version does not start with ---

BARE = {"analyticsEnabled": {"locked": True, "value": False}}


@pytest.fixture(scope="module")
def old(make_stage):
    def declare_admin(fleet):
        for host in fleet["hosts"].values():
            host["docker_desktop"] = {"admin_settings": BARE, "settings": {"UseResourceSaver": False}, "start": True}

    rehearsal = make_stage(declare_admin, LT_OLD="integration-reset")
    machine = rehearsal.stage.machine("LT-OLD")
    desktop = machine.part(DockerDesktop)
    desktop.member_of = frozenset({"corp"})
    rehearsal.stage.do(desktop.end_by_force)
    rehearsal.stage.do(desktop.install, "4.40.0")
    machine.files.write(policy.ADMIN, json.dumps(BARE).encode())  # without its version, with which 4.40 does not start
    return rehearsal, [(rehearsal.converge(), rehearsal.results()) for _ in range(2)]


def test_an_administrators_file_that_an_old_version_refuses_gets_what_it_lacks(old):
    rehearsal, ((_, first), (_, second)) = old
    machine = rehearsal.stage.machine("LT-OLD")
    assert json.loads(machine.files.read(policy.ADMIN)) == BARE | {"configurationFileVersion": 2}
    assert (first["LT-OLD"]["failures"], machine.part(DockerDesktop).app.status) == ([], "running")
    assert (second["LT-OLD"]["outcome"], second["LT-OLD"]["changes"]) == ("converged", [])
