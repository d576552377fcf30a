"""Whose laptop it is: someone who is away is waited for, and of two people the one that is meant gets what is declared."""

import pytest
from stage import BIN, ROOT

DECLARED = {"wslconfig", "wsl_distro", "docker_integration"}


def declare(fleet):
    fleet["hosts"]["LT-BO"] |= {"user": "CORP\\bo"}


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    return make_stage(declare, LT_AWAY="user-logged-off", LT_BO="two-users", LT_ALICE="two-users")


@pytest.fixture(scope="module")
def first(rehearsal):
    rehearsal.converge()
    return rehearsal.results()


@pytest.fixture(scope="module")
def second(rehearsal, first):
    assert first
    machine = rehearsal.stage.machine("LT-AWAY")
    rehearsal.stage.do(machine.log_on, machine.account("CORP\\alice"))
    rehearsal.converge()
    return rehearsal.results()


def test_what_is_somebodys_who_is_away_waits(first):
    result = first["LT-AWAY"]
    assert result["outcome"] == "deferred"
    assert {one["waits_for"] for one in result["deferred"]} == {"user logon"}
    assert {one["resource"] for one in result["deferred"]} >= DECLARED
    assert result["changes"] == []


def test_after_the_logon_the_next_run_does_it(second):
    result = second["LT-AWAY"]
    assert result["outcome"] == "converged", result["failures"] + result["deferred"]
    assert {one["resource"] for one in result["changes"]} >= DECLARED


@pytest.mark.parametrize(("name", "who", "other"), [("LT-BO", "bo", "alice"), ("LT-ALICE", "alice", "bo")])
def test_of_two_people_only_the_one_that_is_meant_gets_it(rehearsal, first, name, who, other):
    assert first[name]["outcome"] == "converged", first[name]["failures"]
    machine = rehearsal.stage.machine(name)
    mine, theirs = (machine.account(f"CORP\\{one}") for one in (who, other))
    assert "memory=8GB" in machine.files.text(rf"{mine.profile}\.wslconfig")
    assert not machine.files.exists(rf"{theirs.profile}\.wslconfig")
    lxss = r"Software\Microsoft\Windows\CurrentVersion\Lxss"
    names = [
        machine.registry.get(rf"HKU\{theirs.sid}\{lxss}\{key}", "DistributionName")
        for key in machine.registry.keys(rf"HKU\{theirs.sid}\{lxss}")
    ]
    assert [one for one in names if one] == (["alices-own"] if other == "alice" else [])


def test_what_was_done_stays_done(rehearsal, second):
    assert second["LT-BO"]["changes"] == second["LT-ALICE"]["changes"] == []
    rehearsal.converge("--limit", "LT-AWAY")
    assert rehearsal.results()["LT-AWAY"]["changes"] == []


TWICE = """
import runpy
from pathlib import Path

machines = dict(runpy.run_path(str(Path(__file__).parent / "lab.py"))["all"])
bo = machines["@winssh/LT-BO"]
shared = [("@winssh/LT-BO", bo), ("@winssh/LT-BO-ALICE", bo | {"user": "CORP\\\\\\\\alice"})]
"""


def test_two_entries_of_one_run_may_mean_two_people_of_the_same_laptop(rehearsal, second):
    assert second
    (rehearsal.folder / "inventory" / "twice.py").write_text(TWICE)
    done = rehearsal.call(BIN / "pyinfra", "inventory/twice.py", ROOT / "deploy.py", "-y", timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    results = rehearsal.results()
    assert {name: one["outcome"] for name, one in results.items()} == {"LT-BO": "converged", "LT-BO-ALICE": "converged"}
    assert results["LT-BO"]["changes"] == []
    assert {one["resource"] for one in results["LT-BO-ALICE"]["changes"]} >= DECLARED


def test_a_laptop_is_looked_at_before_each_operation_where_nothing_that_was_seen_is_believed(make_stage):
    rehearsal = make_stage(lambda fleet: fleet["hosts"]["LT-DONE"].update(snapshot_ttl=0), LT_DONE="converged")
    assert rehearsal.converge().returncode == 0
    assert rehearsal.results()["LT-DONE"]["requests"] > 8
