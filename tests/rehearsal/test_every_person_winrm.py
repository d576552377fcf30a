"""``user: every`` over WinRM: each person gets what is declared for them, as over SSH, with as many requests."""

import pytest
from stage import BIN

from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.lab.wsl.distro import Tree

ALICE, BO, CAROL = "CORP\\alice", "CORP\\bo", "CORP\\carol"


def declare(fleet):
    fleet["hosts"]["LT-EVERY"] |= {"user": "every", "connection": {"transport": "psrp", "user": "fleet-admin"}}


def furnish(machine):
    """Let bo have a distribution too, and carol one though she is logged off."""
    wsl.register(machine, machine.account(BO), "bos-own", Tree())
    carol = windows.add_person(machine, "carol")
    machine.log_on(carol)
    wsl.register(machine, carol, "carols-own", Tree())
    machine.log_off(carol)


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    made = make_stage(declare, winrm={}, LT_EVERY="two-users")
    made.stage.do(furnish, made.stage.machine("LT-EVERY"))
    return made


@pytest.fixture(scope="module")
def runs(rehearsal):
    found = []
    for _ in range(2):
        rehearsal.converge()
        found.append(rehearsal.results()["LT-EVERY"])
    return found


def test_who_is_logged_on_gets_all_of_it_and_who_is_not_waits(rehearsal, runs):
    first = runs[0]
    assert {name: one["outcome"] for name, one in first["people"].items()} == {
        ALICE: "converged", BO: "converged", CAROL: "deferred",
    }, first["failures"] + first["deferred"]  # fmt: skip
    machine = rehearsal.stage.machine("LT-EVERY")
    for name in (ALICE, BO):
        assert "memory=8GB" in machine.files.text(rf"{machine.account(name).profile}\.wslconfig")
    assert "carols-own" in str(first["people"][CAROL]["before"]["wsl_distro"])
    assert not machine.registry.files
    assert not machine.complaints


def test_a_further_run_changes_nothing_in_one_session_with_as_many_requests_as_over_ssh(rehearsal, runs):
    second = runs[1]
    assert second["changes"] == []
    assert (second["processes"], second["requests"]) == (1, 10)
    laptop = rehearsal.stage.laptop("LT-EVERY")
    assert rehearsal.stage.do(lambda: dict(laptop.winrm.service.shells)) == {}


def test_each_of_them_is_verified_over_it_too(rehearsal, runs):
    assert runs
    done = rehearsal.call(BIN / "pyinfra-wsl", "verify", "inventory/lab.py", "-v", "-k", "wslconfig and memory")
    assert all(f"{who}: wslconfig.wsl2.memory] {end}" in done.stdout for who, end in (
        ("alice", "PASSED"), ("bo", "PASSED"), ("carol", "FAILED"),
    )), done.stdout  # fmt: skip
