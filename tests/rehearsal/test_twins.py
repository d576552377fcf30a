r"""A name is no folder: a twin's files stay byte for byte, a temporary profile stays empty, and no profile folder is made."""

import pytest
from stage import ROOT

from pyinfra_wsl.lab.machine import people, windows

OF_A_PERSON = {"wslconfig", "wsl_distro", "docker_integration"}
THEIRS = b"[wsl2]\r\nmemory=1GB\r\n"
USERS = {
    "LT-TWIN": "CORP\\alice", "LT-BLIND": "CORP\\alice", "LT-BOTH": "alice", "LT-TEMP": "console", "LT-TEMP-NAMED": "CORP\\alice",
    "LT-FOLDER": "CORP\\alice", "LT-RENAMED": "CORP\\alicia", "LT-OLD-NAME": "CORP\\alice", "LT-SHARED": "CORP\\alice",
    "LT-MANDATORY": "console", "LT-UPN": "alice@corp.example",
}  # fmt: skip
SCENARIOS = {
    "LT-TWIN": "twins", "LT-BLIND": "twins", "LT-BOTH": "twins", "LT-TEMP": "temporary-profile", "LT-UPN": "twins",
    "LT-TEMP-NAMED": "temporary-profile", "LT-FOLDER": "no-profile-folder", "LT-RENAMED": "renamed-account",
    "LT-OLD-NAME": "renamed-account", "LT-SHARED": "user-logged-off", "LT-MANDATORY": "user-logged-off",
}  # fmt: skip
WAIT = {
    "LT-BLIND": "shows only when they log on", "LT-TEMP": r"temporary profile, C:\Users\TEMP",
    "LT-TEMP-NAMED": r"temporary profile, C:\Users\TEMP", "LT-FOLDER": r"C:\Users\alice, is not there",
    "LT-RENAMED": "shows only when they log on", "LT-OLD-NAME": "shows only when they log on",
}  # fmt: skip
REFUSED = {
    "LT-BOTH": r"LT-BOTH\alice (C:\Users\alice)", "LT-SHARED": r"C:\Users\alice is the profile folder of",
    "LT-MANDATORY": "is mandatory",
}  # fmt: skip
MINE = {"LT-TWIN": r"C:\Users\alice.CORP", "LT-UPN": r"C:\Users\alice.CORP"}


def declare(fleet):
    for name, user in USERS.items():
        fleet["hosts"][name]["user"] = user


def put(machines):
    for name, machine in machines.items():
        alice = next(one for one in machine.accounts.values() if one.domain == "CORP")
        for folder in {one.profile for one in machine.accounts.values() if one.name in ("alice", "alicia")} - {
            MINE.get(name), r"C:\Users\TEMP"
        }:  # fmt: skip
            if machine.files.exists(folder):
                machine.files.write(rf"{folder}\.wslconfig", THEIRS)
        if name == "LT-BLIND":
            people.forget(machine.registry, alice)
        if name == "LT-SHARED":
            bo = windows.add_person(machine, "bo")
            machine.registry.set(rf"{people.PROFILES}\{bo.sid}", "ProfileImagePath", "ExpandString", "c:\\users\\ALICE\\")
        if name == "LT-MANDATORY":
            people.enter_profile(machine.registry, alice, 5)
            machine.log_on(alice)


def snapshot(machine, folder=r"C:\Users"):
    """Return all that lies below a folder: bytes, links, rights."""
    found = {}
    for node in machine.files.list(folder):
        path = rf"{folder}\{node.name}"
        found[path] = ("folder" if node.folder else machine.files.digest(path), dict(node.grants), node.inherits)
        if node.folder:
            found |= snapshot(machine, path)
    return found


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    return make_stage(declare, **{name.replace("-", "_"): scenario for name, scenario in SCENARIOS.items()})


@pytest.fixture(scope="module")
def told(rehearsal):
    stage = rehearsal.stage
    machines = {name: stage.machine(name) for name in SCENARIOS}
    stage.do(put, machines)
    shots = [{name: stage.do(snapshot, machine) for name, machine in machines.items()}]
    results = []
    for arguments in (("--dry",), ("-y",), ("-y",)):
        done = rehearsal.pyinfra(ROOT / "deploy.py", *arguments)
        assert "Traceback" not in done.stdout + done.stderr
        shots.append({name: stage.do(snapshot, machine) for name, machine in machines.items()})
        results.append(rehearsal.results() if arguments == ("-y",) else {})
    return machines, shots, results[1:]


@pytest.mark.parametrize("name", WAIT)
@pytest.mark.parametrize("number", [0, 1])
def test_who_cannot_be_told_from_their_folder_is_waited_for(told, name, number):
    result = told[2][number][name]
    assert result["outcome"] == "deferred", result["failures"]
    assert {one["waits_for"] for one in result["deferred"]} == {"user logon"}
    assert {one["resource"] for one in result["deferred"]} >= OF_A_PERSON
    assert all(WAIT[name] in one["reason"] for one in result["deferred"])
    assert result["changes"] == []


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("number", [0, 1])
def test_what_fits_twice_or_does_not_last_is_refused(told, name, number):
    result = told[2][number][name]
    assert result["outcome"] == "failed"
    assert result["changes"] == []
    mine = [one for one in result["failures"] if one["resource"] in OF_A_PERSON]
    assert mine
    assert all(REFUSED[name] in one["cause"] and one["remedy"] and one["code"] for one in mine)


@pytest.mark.parametrize("name", sorted({*WAIT, *REFUSED}))
def test_nothing_below_users_is_changed_or_made(told, name):
    _machines, shots, _results = told
    assert [shot[name] for shot in shots] == [shots[0][name]] * 4


@pytest.mark.parametrize("name", MINE)
def test_of_twins_the_one_that_is_meant_gets_it_and_the_other_keeps_every_byte(told, name):
    machines, shots, results = told
    assert "memory=8GB" in machines[name].files.text(rf"{MINE[name]}\.wslconfig")
    assert machines[name].files.read(r"C:\Users\alice\.wslconfig") == THEIRS
    others = [{path: one for path, one in shot[name].items() if not path.startswith(MINE[name])} for shot in shots]
    assert others == [others[0]] * 4
    assert {one["resource"] for one in results[0][name]["changes"]} <= {"wslconfig", "docker_integration"}
    assert results[1][name]["changes"] == []


def test_the_lab_was_asked_for_nothing_that_it_does_not_know(told):
    assert {name: machine.complaints for name, machine in told[0].items() if machine.complaints} == {}


def test_what_is_known_of_a_person_costs_no_request(told):
    requests = {name: told[2][1][name]["requests"] for name in SCENARIOS}
    assert all(count <= 2 for count in requests.values()), requests


def test_after_their_logon_it_is_done(rehearsal, told):
    assert told
    stage = rehearsal.stage
    for name, who in (("LT-RENAMED", "CORP\\alicia"), ("LT-BLIND", "CORP\\alice")):
        machine = stage.machine(name)
        stage.do(machine.log_on, machine.account(who))
    rehearsal.converge("--limit", "LT-RENAMED", "--limit", "LT-BLIND")
    results = rehearsal.results()
    assert {name: one["outcome"] for name, one in results.items()} == {"LT-RENAMED": "converged", "LT-BLIND": "converged"}
    assert "memory=8GB" in stage.machine("LT-RENAMED").files.text(r"C:\Users\alice\.wslconfig")
    assert stage.machine("LT-BLIND").files.read(r"C:\Users\alice\.wslconfig") == THEIRS
