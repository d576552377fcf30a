"""A distribution that is registered and whose disk is gone: no run calls that converged, and only consent repairs it."""

import pytest
from stage import ROOT

from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.range import control
from pyinfra_wsl.lab.range.state import State
from pyinfra_wsl.lab.wsl.registration import Registrations

NAME, SETTING = "Ubuntu-24.04", "wsl_distros.Ubuntu-24.04.disk"
CONSENTING = {"LT-AGAIN": {"allow_data_loss": True}, "LT-ABSENT": {"state": "absent", "allow_data_loss": True}}
LAPTOPS = ("LT-TOLD", *CONSENTING)


def only_itself(fleet):
    fleet["groups"]["developers"] = {
        "wsl_distros": {NAME: {**fleet["groups"]["developers"]["wsl_distros"][NAME], "docker_integration": None}}
    }
    for name in LAPTOPS:
        fleet["hosts"][name]["wsl_distros"] = {NAME: dict(CONSENTING.get(name, {}))}
    absent = fleet["hosts"]["LT-ABSENT"]["wsl_distros"][NAME]
    absent |= dict.fromkeys(("source", "sha256", "default", "default_user", "wsl_conf"))


def quit_docker(machine):
    machine.processes.kill(machine.part(DockerDesktop).app.window)


@pytest.fixture(scope="module")
def runs(make_stage):
    rehearsal = make_stage(None, **{name.replace("-", "_"): "converged" for name in LAPTOPS})
    for name in LAPTOPS:
        machine = rehearsal.stage.machine(name)
        rehearsal.stage.do(quit_docker, machine)
        reply = control.ask(State(rehearsal.folder / ".lab"), "drift", laptop=name, setting=SETTING)
        assert reply["ok"], reply
    rehearsal.edit(only_itself)
    dry = rehearsal.pyinfra(ROOT / "deploy.py", "--dry")
    runs = [(rehearsal.converge(), rehearsal.results()) for _ in range(2)]
    return rehearsal, dry, runs


def registered(rehearsal, name):
    machine = rehearsal.stage.machine(name)
    alice = machine.account("CORP\\alice")
    return {one.name: one for one in Registrations(machine.registry, alice.sid).all()}


@pytest.mark.parametrize("number", [0, 1])
def test_without_consent_every_run_says_so_and_touches_nothing(runs, number):
    rehearsal, _dry, done = runs
    result = done[number][1]["LT-TOLD"]
    assert done[number][0].returncode == 1
    assert result["outcome"] == "failed"
    (failure,) = result["failures"]
    assert failure["code"] == "disk_gone"
    assert "ext4.vhdx is gone, though it is registered" in failure["cause"]
    assert NAME in registered(rehearsal, "LT-TOLD")
    assert "Traceback" not in done[number][0].stdout + done[number][0].stderr


def test_a_dry_run_says_what_a_run_would_do(runs):
    said = [line for line in runs[1].stdout.splitlines() + runs[1].stderr.splitlines() if "is gone" in line]
    assert any("cannot:" in line and "LT-TOLD" in line for line in said)
    for name in CONSENTING:
        assert any(f"would: unregister {NAME}, whose" in line and name in line for line in said)


def test_with_consent_it_is_imported_again_and_the_next_run_changes_nothing(runs):
    rehearsal, _dry, ((_, first), (_, second)) = runs
    sentences = [one["sentence"] if isinstance(one, dict) else str(one) for one in first["LT-AGAIN"]["changes"]]
    assert any("is gone" in one for one in sentences)
    assert not any("export" in one for one in sentences)
    assert first["LT-AGAIN"]["outcome"] == second["LT-AGAIN"]["outcome"] == "converged"
    assert (second["LT-AGAIN"]["changes"], second["LT-AGAIN"]["requests"]) == ([], 2)
    machine = rehearsal.stage.machine("LT-AGAIN")
    assert machine.files.exists(registered(rehearsal, "LT-AGAIN")[NAME].disk)


def test_one_that_is_to_be_absent_goes_without_an_export(runs):
    rehearsal, _dry, ((_, first), (_, second)) = runs
    assert first["LT-ABSENT"]["outcome"] == second["LT-ABSENT"]["outcome"] == "converged"
    assert (second["LT-ABSENT"]["changes"], second["LT-ABSENT"]["requests"]) == ([], 2)
    assert NAME not in registered(rehearsal, "LT-ABSENT")
