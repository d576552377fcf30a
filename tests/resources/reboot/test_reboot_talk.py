"""Restarting: ordered once, remembered, and believed only when Windows names another start."""

from dataclasses import replace

import pytest
from support.laptops import BOOTED, FEATURES, WINDOWS, laptop
from support.wire import DENIED, RUN, Wire, key, objects, ran
from test_reboot import DAY, answers, pending, plan

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.resources.reboot.state import State, read

NEW = objects({"LastBootUpTime": "2026-11-21T10:02:00Z"})
OLD = objects({"LastBootUpTime": BOOTED})


def talk(machine=None, **want):
    (step,) = plan({"policy": "now"} | want, machine or pending(), DAY).steps
    return step.does(RUN)


def test_the_laptop_is_restarted_and_waited_for():
    wire = Wire({"shutdown.exe": ran(), "LastBootUpTime": NEW})
    wire.drive(talk(timeout=300))
    assert [line.split()[0] for line in wire.asked] == [
        *["cim.get"] * 3, "registry.write", "registry.write", "run", "restart", "cim.get",
    ]  # fmt: skip
    assert wire.said("shutdown.exe") == [
        r"run %SystemRoot%\System32\shutdown.exe 600.0 /g /t 0 /c pyinfra-wsl restarts this laptop (ada@control)"
    ]
    assert "restart 300" in wire.asked
    assert wire.said("Restart Reasons MultiString ['features']")
    assert wire.said(f"Restart Before String {BOOTED}")


def test_without_a_declared_time_it_has_a_quarter_of_an_hour():
    wire = Wire({"shutdown.exe": ran(), "LastBootUpTime": NEW})
    wire.drive(talk())
    assert wire.said("restart 900.0")


def test_somebody_who_is_logged_on_has_a_minute():
    wire = Wire({"shutdown.exe": ran(), "LastBootUpTime": NEW})
    wire.drive(talk(laptop(reboot=pending().of(State))))
    assert "/t 60 " in wire.said("shutdown.exe")[0]


def test_an_answer_of_the_old_start_is_not_believed():
    wire = Wire({"shutdown.exe": ran(), "LastBootUpTime": [OLD, DENIED, NEW]})
    wire.drive(talk())
    assert len(wire.said("restart ")) == 3


def test_a_laptop_whose_port_was_closed_in_between_need_not_be_asked():
    wire = Wire({"shutdown.exe": ran(), "restart ": Answer(True, {"closed": True})})
    wire.drive(talk())
    assert not wire.said("LastBootUpTime")


def test_a_laptop_that_does_not_restart_is_a_failure():
    wire = Wire({"shutdown.exe": ran(), "LastBootUpTime": OLD})
    with pytest.raises(StepError, match="has not restarted"):
        wire.drive(talk())
    assert len(wire.said("shutdown.exe")) == 1


def test_a_restart_that_a_run_which_was_cut_has_ordered_is_as_good():
    ordered = pending(reboot=replace(pending().of(State), ordered=True))
    Wire({"shutdown.exe": ran(1190), "LastBootUpTime": NEW}).drive(talk(ordered))


def test_a_shutdown_that_somebody_has_scheduled_is_told_and_not_waited_for():
    wire = Wire({"shutdown.exe": ran(1190), "LastBootUpTime": NEW})
    with pytest.raises(StepError, match="somebody has scheduled a shutdown") as refused:
        wire.drive(talk())
    assert refused.value.code == "shutdown 1190"
    assert not wire.said("restart ")
    assert wire.said("registry.remove")  # else the next run would take it for ours


def test_an_order_of_ours_is_known_only_until_the_laptop_has_started_again():
    assert read(answers(marks=key({"Before": BOOTED})), FEATURES, WINDOWS).ordered
    assert not read(answers(marks=key({"Before": "2026-11-20T07:00:00Z"})), FEATURES, WINDOWS).ordered
    assert not read(answers(), FEATURES, WINDOWS).ordered


@pytest.mark.parametrize(("answer", "cause"), [(ran(5, "", "Zugriff verweigert(5)"), "Zugriff"), (DENIED, "could be ordered")])
def test_a_refused_restart_is_told_and_not_waited_for(answer, cause):
    wire = Wire({"shutdown.exe": answer})
    with pytest.raises(StepError, match=cause):
        wire.drive(talk())
    assert not wire.said("restart ")


EXPORT = objects({"Name": "wsl.exe", "CommandLine": "wsl.exe --export a b.tar", "returns": {"Sid": "S-1-5-21-1"}})


@pytest.mark.parametrize(("processes", "why"), [(EXPORT, "wsl.exe --export is under way"), (DENIED, "could not be seen")])
def test_what_is_begun_after_the_look_is_not_broken_off(processes, why):
    wire = Wire({"com.docker.backend.exe": processes})
    with pytest.raises(StepError, match=why):
        wire.drive(talk())
    assert not wire.said("shutdown.exe")
    assert not wire.said("registry.write")


@pytest.mark.parametrize("unknown", [DENIED, objects({"ProcessId": 7, "returns": {"Sid": None}})])
def test_where_nobody_knows_who_is_logged_on_there_may_be_somebody(unknown):
    wire = Wire({"explorer.exe": unknown, "shutdown.exe": ran(), "LastBootUpTime": NEW})
    wire.drive(talk())
    assert "/t 60 " in wire.said("shutdown.exe")[0]
    with pytest.raises(StepError, match="could not be seen whether somebody is logged on"):
        Wire({"explorer.exe": unknown}).drive(talk(policy="no_user"))
