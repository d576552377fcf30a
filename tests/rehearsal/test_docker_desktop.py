"""Docker Desktop's settings declared beside its WSL integration: real runs over real SSH."""

import json

import pytest

from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.resources.docker_desktop.lab import breaks

STORE = r"C:\Users\alice\AppData\Roaming\Docker\settings-store.json"
ADMIN = r"C:\ProgramData\DockerDesktop\admin-settings.json"
SETTINGS = {"AutoStart": True, "UseResourceSaver": False}
LOCK = {"analyticsEnabled": {"locked": True, "value": False}}


def declare(fleet):
    fleet["groups"]["developers"]["docker_desktop"] = {"settings": SETTINGS, "admin_settings": LOCK, "backend": "wsl-2"}
    fleet["hosts"]["LT-LOCKED"]["docker_desktop"] = {"settings": {"AnalyticsEnabled": True}}


@pytest.fixture(scope="module")
def runs(make_stage):
    rehearsal = make_stage(LT_RUNS="converged", LT_LOCKED="converged")
    rehearsal.edit(declare)
    for name in ("LT-RUNS", "LT-LOCKED"):  # an administrator's file lets in only who is signed in as one of the organisation
        rehearsal.stage.machine(name).part(DockerDesktop).member_of = frozenset({"corp"})
    return rehearsal, [(rehearsal.converge(), rehearsal.results()) for _ in range(2)]


def test_settings_are_changed_and_docker_desktop_runs_again(runs):
    rehearsal, ((_, first), _) = runs
    sentences = [one["sentence"] for one in first["LT-RUNS"]["changes"]]
    assert [one for one in sentences if one.startswith("Docker Desktop: ")] == [
        "Docker Desktop: AutoStart: false → true; UseResourceSaver: true → false"
    ]
    assert any(one.startswith("admin-settings.json") for one in sentences)
    machine = rehearsal.stage.machine("LT-RUNS")
    assert {name: json.loads(machine.files.read(STORE))[name] for name in SETTINGS} == SETTINGS
    assert json.loads(machine.files.read(ADMIN))["analyticsEnabled"] == LOCK["analyticsEnabled"]
    assert machine.part(DockerDesktop).app is not None


def test_the_next_run_changes_nothing_within_two_requests(runs):
    _rehearsal, (_, (_, second)) = runs
    found = second["LT-RUNS"]
    assert (found["outcome"], found["changes"], found["processes"], found["requests"]) == ("converged", [], 1, 2), found


def test_what_the_organisation_locks_is_told_on_the_declared_setting_and_the_rest_goes_on(runs):
    rehearsal, (_, (done, second)) = runs
    assert done.returncode == 1
    (failure,) = second["LT-LOCKED"]["failures"]
    assert "settings.AnalyticsEnabled is true, and is locked by the organisation to false" in failure["cause"]
    assert json.loads(rehearsal.stage.machine("LT-LOCKED").files.read(STORE))["AutoStart"] is True


def stored(machine):
    return json.loads(machine.files.read(STORE))


def test_what_somebody_chose_otherwise_is_brought_back(runs):
    rehearsal, _ = runs
    machine = rehearsal.stage.machine("LT-RUNS")
    wrong = {"settings": SETTINGS | {"VpnKitAllowedBindAddresses": "127.0.0.1"}}
    rehearsal.edit(lambda fleet: fleet["groups"]["developers"]["docker_desktop"].update(wrong))
    rehearsal.converge("--limit", "LT-RUNS")
    person = next(one for one in machine.accounts.values() if one.name == "alice")
    drift = next(one for one in breaks({"docker_desktop": wrong}, person) if one.name == "docker_desktop.settings")
    rehearsal.stage.do(drift.act, machine)
    assert not [name for name, value in wrong["settings"].items() if stored(machine).get(name) == value]
    rehearsal.converge("--limit", "LT-RUNS")
    found = rehearsal.results()["LT-RUNS"]
    assert (found["outcome"], len(found["changes"])) == ("converged", 1), found["failures"]
    assert {name: stored(machine)[name] for name in wrong["settings"]} == wrong["settings"]
