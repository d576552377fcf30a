"""Somebody else's thing stands where ours would go: every run, dry or real, first or second, touches nothing and says so."""

import pytest
from stage import ROOT

from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.lab.wsl.distro import Tree

FOLDER = r"C:\Users\alice\wsl\u"
DISK = rf"{FOLDER}\ext4.vhdx"
TAR = r"C:\Users\alice\there.tar"
PLACES = {"LT-DISK": DISK, "LT-BOBS": DISK, "LT-OLD": DISK, "LT-TAR": TAR}
THEIRS = b"a kept profile's old disk"
OURS = r"HKLM\SOFTWARE\pyinfra-wsl\Imports"


def declare(fleet):
    for name in ("LT-DISK", "LT-BOBS", "LT-OLD"):
        fleet["hosts"][name]["wsl_distros"] = {"Ubuntu-24.04": {"location": r"%USERPROFILE%\wsl\u"}}
    fleet["hosts"]["LT-TAR"]["wsl_distros"] = {"Ubuntu-24.04": {"export_to": r"%USERPROFILE%\there.tar"}}


def put(rehearsal):
    stage = rehearsal.stage
    machines = {name: stage.machine(name) for name in ("LT-DISK", "LT-BOBS", "LT-OLD")}
    for name in ("LT-DISK", "LT-OLD"):
        stage.do(machines[name].files.write, DISK, THEIRS)
    machines["LT-TAR"] = stage.machine("LT-TAR")
    stage.do(machines["LT-TAR"].files.write, TAR, THEIRS)
    bob = stage.do(windows.add_person, machines["LT-BOBS"], "bob")
    stage.do(lambda: wsl.register(machines["LT-BOBS"], bob, "bobs", Tree(), folder=FOLDER))
    alice = machines["LT-OLD"].account("CORP\\alice")
    for value, data in (("Sha256", "ab" * 32), ("Folder", FOLDER)):  # what an earlier release left after its failure
        stage.do(machines["LT-OLD"].registry.set, rf"{OURS}\{alice.sid}\Ubuntu-24.04", value, "String", data)
    return machines


@pytest.fixture(scope="module")
def told(make_stage):
    rehearsal = make_stage(declare, LT_DISK="two-users", LT_BOBS="two-users", LT_OLD="two-users", LT_TAR="two-users")
    machines = put(rehearsal)
    before = {name: machine.files.digest(PLACES[name]) for name, machine in machines.items()}
    runs = []
    for arguments in (("--dry",), ("-y",), ("--dry",), ("-y",)):
        done = rehearsal.pyinfra(ROOT / "deploy.py", *arguments)
        after = {name: machine.files.digest(PLACES[name]) for name, machine in machines.items()}
        runs.append((done, rehearsal.results() if arguments == ("-y",) else {}, after))
    return machines, before, runs


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("number", [1, 3])
def test_every_run_fails_rightly(told, name, number):
    done, results, _after = told[2][number]
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    (failure,) = [one for one in results[name]["failures"] if one["resource"] == "wsl_distro"]
    assert failure["code"] == "ERROR_FILE_EXISTS"
    assert PLACES[name] in failure["cause"]
    assert f"declare another {'export_to' if name == 'LT-TAR' else 'location'}" in failure["remedy"]


@pytest.mark.parametrize("name", PLACES)
def test_no_run_touches_it_or_claims_it(told, name):
    machines, before, runs = told
    assert [after[name] for _done, _results, after in runs] == [before[name]] * 4
    alice = machines[name].account("CORP\\alice")
    assert not machines[name].registry.exists(rf"{OURS}\{alice.sid}\Ubuntu-24.04")


def test_a_backup_that_was_not_made_is_not_recorded(told):
    machine = told[0]["LT-TAR"]
    records = r"HKLM\SOFTWARE\pyinfra-wsl\Distros"
    keys = machine.registry.keys(records) if machine.registry.exists(records) else ()
    assert not any(machine.registry.get(rf"{records}\{key}", "ExportedTo", "") for key in keys)
    assert [node.name for node in machine.files.list(r"C:\Users\alice") if "there" in node.name] == ["there.tar"]


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("number", [0, 2])
def test_a_dry_run_says_so_too(told, name, number):
    done = told[2][number][0]
    (line,) = [
        line for line in (done.stdout + done.stderr).splitlines() if f"[{name}]" in line and "stands there already" in line
    ]
    assert "cannot: " in line
    assert PLACES[name] in line
