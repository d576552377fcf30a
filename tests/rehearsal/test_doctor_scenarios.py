"""The doctor over every scenario of the lab: it names what the scenario has, what a run does about it, and writes nothing."""

import json

import pytest
from look import everything
from stage import BIN
from support.writes import journal

from pyinfra_wsl.lab.scenarios import SCENARIOS

WOULD, WAITS, CANNOT = "would", "waits", "cannot"
TABLE = {  # scenario: (check, verdict, words of the cause or the evidence, what deploy.py does)
    "fresh-en": ("features", "note", "VirtualMachinePlatform Disabled", WOULD),
    "fresh-zh": ("WSL", "note", "WSL is not installed", WOULD),
    "fresh-de": ("distributions", "note", "distributions: none", WOULD),
    "windows-10-inbox": ("features", "note", "Microsoft-Windows-Subsystem-Linux Disabled", WOULD),
    "pending-reboot": ("restart", "note", "VirtualMachinePlatform is EnablePending", WOULD),
    "hypervisor-off": ("hypervisor", "note", "hypervisorlaunchtype is off", WOULD),
    "older-wsl": ("WSL", "note", "WSL 2.3.26.0 is installed as a package", WOULD),
    "half-import": ("distributions", "note", "Ubuntu-24.04", WOULD),
    "user-logged-off": ("session", "note", "nobody is at the screen", WAITS),
    "two-users": ("session", "ok", "CORP\\bo is logged on", ""),
    "virtualization-off": ("firmware", "fault", "Virtualization is off in the firmware", CANNOT),
    "policy-locked": ("policies", "fault", "AllowWSL is 0", CANNOT),
    "disk-full": ("disk", "fault", "drive C: is too full: it has 20.0 MB free", CANNOT),
    "connection-dropped": ("distributions", "note", "distributions: none", WOULD),
    "disk-fills": ("disk", "ok", "free on C:", ""),
    "offline": ("port", "fault", "no SSH server on 127.0.0.1", ""),
    "constrained-language": ("language mode", "fault", "ConstrainedLanguage", ""),
    "converged": ("distributions", "ok", "Ubuntu-24.04", ""),
    "drifted": ("network", "note", "the network mode is Nat", WOULD),
    "integration-reset": ("Docker Desktop", "note", "runs for CORP\\alice", WOULD),
    "temporary-profile": ("session", "note", "CORP\\alice has a temporary profile", WAITS),
    "no-profile-folder": ("session", "note", "CORP\\alice", WAITS),
    "renamed-account": ("session", "note", "CORP\\alicia", WAITS),
    "twins": ("session", "fault", "alice", ""),
    "docker-fresh": ("Docker Desktop", "fault", "Docker Desktop is not installed", CANNOT),
    "docker-toolbox": ("Docker Desktop", "note", "Docker Toolbox is installed", "does nothing"),
    "docker-hyper-v": ("Docker Desktop", "fault", "Hyper-V engine, which integrates no distribution", CANNOT),
    "docker-windows-containers": ("Docker Desktop", "fault", "runs Windows containers", CANNOT),
    "docker-business-locked": ("Docker Desktop", "ok", "runs for CORP\\alice", ""),
    "docker-sign-in": ("Docker Desktop", "note", "runs for CORP\\alice", "waits for sign-in"),
    "docker-wedged": ("Docker Desktop", "note", "runs for CORP\\alice", WOULD),
    "docker-per-user": ("Docker Desktop", "ok", "is installed for its user alone", ""),
    "docker-another-user": ("Docker Desktop", "fault", "Docker Desktop is not installed", CANNOT),
    "docker-half-install": ("Docker Desktop", "fault", "Docker Desktop is not installed", CANNOT),
    "docker-first-start": ("Docker Desktop", "note", "runs for CORP\\alice", "waits for licence"),
    "docker-old": ("Docker Desktop", "ok", "Docker Desktop 4.34.3 is installed", ""),
    "docker-damaged": ("Docker Desktop", "fault", "nothing but NUL bytes", CANNOT),
    "docker-beside-rancher": ("Docker Desktop", "note", "Rancher Desktop is installed", "does nothing"),
    "docker-engine-by-hand": ("Docker Desktop", "note", "a Docker Engine is installed in Windows itself", "does nothing"),
}
LAPTOPS = {f"LT-{name.upper()}": name for name in SCENARIOS}
UNSEEN = {"LT-OFFLINE", "LT-CONSTRAINED-LANGUAGE"}
PEOPLE = {
    "LT-TWO-USERS": "CORP\\bo",
    "LT-NO-PROFILE-FOLDER": "CORP\\alice",
    "LT-RENAMED-ACCOUNT": "CORP\\alicia",
    "LT-TWINS": "alice",
}
OF_A_LOOK = "c:\\program files\\pyinfra-wsl\\runs\\look"
"""Where a look writes: a folder for the task in the person's own session, which goes with it."""


def declare(fleet):
    fleet["hosts"]["LT-WINDOWS-10-INBOX"] |= {"wslconfig": {"wsl2": {"networkingMode": None}, "experimental": None}}
    for laptop, user in PEOPLE.items():
        fleet["hosts"][laptop]["user"] = user


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    return make_stage(declare, **{laptop.replace("-", "_"): scenario for laptop, scenario in LAPTOPS.items()})


@pytest.fixture(scope="module")
def examined(rehearsal):
    """Return the doctor's document, and of each laptop what it held before and after, and what was written meanwhile."""
    machines = {name: rehearsal.stage.machine(name) for name in LAPTOPS}
    before = {name: rehearsal.stage.do(everything, machine) for name, machine in machines.items()}
    journals = {name: journal(machine) for name, machine in machines.items()}
    written = {name: one.__enter__() for name, one in journals.items()}
    done = rehearsal.call(BIN / "pyinfra-wsl", "doctor", "inventory/lab.py", "--json")
    for one in journals.values():
        one.__exit__(None, None, None)
    after = {name: rehearsal.stage.do(everything, machine) for name, machine in machines.items()}
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done, json.loads(done.stdout), before, after, written


def lines(document, laptop):
    return next(one["lines"] for one in document["hosts"] if one["host"] == laptop)


def test_every_scenario_is_in_the_table():
    assert set(TABLE) == set(SCENARIOS)


@pytest.mark.parametrize("laptop", LAPTOPS)
def test_what_the_scenario_has_is_named(examined, laptop):
    check, verdict, words, deploy = TABLE[LAPTOPS[laptop]]
    told = lines(examined[1], laptop)
    fitting = [
        one for one in told
        if (one["check"], one["verdict"]) == (check, verdict) and words in f"{one['cause']} {one['evidence']}"
    ]  # fmt: skip
    assert fitting, [one for one in told if one["verdict"] != "ok" or one["check"] == check]
    assert any(one["deploy"].startswith(deploy) if deploy else not one["deploy"] for one in fitting), fitting
    assert verdict != "fault" or all(one["remedy"] for one in fitting)


@pytest.mark.parametrize("laptop", [name for name, one in LAPTOPS.items() if TABLE[one][1] != "fault"])
def test_nothing_else_is_called_a_fault(examined, laptop):
    others = {"docker-engine-by-hand": {"Docker Desktop"}}.get(LAPTOPS[laptop], set())
    assert {one["check"] for one in lines(examined[1], laptop) if one["verdict"] == "fault"} <= others


@pytest.mark.parametrize("laptop", [name for name, one in LAPTOPS.items() if TABLE[one][1] == "fault"])
def test_one_cause_is_one_fault(examined, laptop):
    faults = [one for one in lines(examined[1], laptop) if one["verdict"] == "fault"]
    assert len({one["check"] for one in faults}) == 1, faults


@pytest.mark.parametrize("laptop", LAPTOPS)
def test_a_laptop_is_as_it_was_and_nobody_is_locked_out(examined, laptop):
    _done, _document, before, after, _written = examined
    assert before[laptop] == after[laptop]
    assert not any(path.lower().endswith("pyinfra-wsl\\lock") for path in after[laptop]["files"])


@pytest.mark.parametrize("laptop", LAPTOPS)
def test_the_journal_of_writes_holds_nothing_but_what_a_look_takes_away_again(examined, laptop):
    written = examined[4][laptop]
    elsewhere = [one for one in written if not one[1].lower().startswith(OF_A_LOOK)]
    assert elsewhere == []
    assert not any("lock" in path.lower() for _what, path in written)


def test_it_was_a_look_at_all(examined):
    """What a journal that notes nothing proves is nothing: the looks in people's own sessions stand in it."""
    assert any(what == "files.write" for what, _path in examined[4]["LT-CONVERGED"])


@pytest.mark.parametrize("laptop", sorted(set(LAPTOPS) - UNSEEN))
def test_the_lab_was_asked_for_nothing_that_it_does_not_know(rehearsal, examined, laptop):
    assert examined
    assert rehearsal.stage.machine(laptop).complaints == []


def test_the_exit_code_and_the_last_sentence_say_that_there_are_faults(examined):
    done, document, *_rest = examined
    assert done.returncode == 1
    assert document["next"].startswith("Next: LT-")
    assert document["next"].count("Next: ") == 1


@pytest.mark.parametrize(
    ("laptop", "code", "said"),
    [
        ("LT-CONVERGED", 0, "Next: nothing, since LT-CONVERGED is as declared."),
        ("LT-FRESH-EN", 0, "Next: pyinfra inventory/lab.py deploy.py --dry, which says all that would change on LT-FRESH-EN"),
        ("LT-USER-LOGGED-OFF", 0, "Next: let what is waited for happen on LT-USER-LOGGED-OFF (LT-USER-LOGGED-OFF waits for user"),
        (
            "LT-OFFLINE",
            1,
            "Next: LT-OFFLINE: turn the laptop on, or see docs/prepare-laptops.md (port), then run the doctor again.",
        ),
    ],
)
def test_it_ends_with_one_sentence(rehearsal, laptop, code, said):
    done = rehearsal.call(BIN / "pyinfra-wsl", "doctor", "inventory/lab.py", "--host", laptop)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith(said)
    assert done.stderr == ""


def test_after_a_run_that_failed_the_doctor_names_the_cause(make_stage):
    """Before it, the disk had room; the import itself has filled it."""
    made = make_stage(LT_FILLS="disk-fills")
    assert made.converge().returncode == 1
    done = made.call(BIN / "pyinfra-wsl", "doctor", "inventory/lab.py", "--json")
    assert done.returncode == 1
    faults = [one for one in lines(json.loads(done.stdout), "LT-FILLS") if one["verdict"] == "fault"]
    assert [one["check"] for one in faults] == ["disk"], faults
    assert faults[0]["remedy"].startswith("free at least")
