"""Changing what the hypervisor does at the next start."""

import pytest
from support.laptops import BOOTED, CORRECT_IT, laptop, refusal
from support.wire import DENIED, RUN, Wire, key, ran
from test_hypervisor import AUTO, OFF, answers, plan

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.resources.hypervisor import state as hypervisor
from pyinfra_wsl.resources.hypervisor.resource import RESOURCE

MARK = rf"HKLM\SOFTWARE\pyinfra-wsl\Restart hypervisor String {BOOTED}"


def step(want, **state):
    (only,) = plan(want, laptop(hypervisor=state)).steps
    return only


def test_turning_it_on_is_one_request_and_is_remembered_until_the_restart():
    change = step({"launch": "auto"}, launch="off")
    wire = Wire({"bcdedit.exe": ran(), "registry.read": AUTO})
    wire.drive(change.does(RUN))
    assert change.sentence == "hypervisorlaunchtype: off → auto"
    assert "works after a restart" in change.note
    assert wire.requests == 1
    assert wire.said("bcdedit.exe")[0].endswith("/set {current} hypervisorlaunchtype auto")
    assert wire.said(MARK)


def test_turning_it_off_names_what_stops():
    note = step({"launch": "off"}).note
    for name in ("WSL 2", "Docker Desktop", "Credential Guard", "memory integrity", "VMware"):
        assert name in note


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ({"bcdedit.exe": ran(1, "Zugriff verweigert"), "registry.read": AUTO}, "Zugriff verweigert"),
        ({"bcdedit.exe": ran(1), "registry.read": AUTO}, "exit code 1"),
        ({"bcdedit.exe": DENIED, "registry.read": AUTO}, "could not be set"),
        ({"bcdedit.exe": ran(), "registry.read": OFF}, "another one is the default"),
    ],
)
def test_a_refusal_is_told_and_leaves_no_mark(script, cause):
    wire = Wire(script)
    with pytest.raises(StepError, match=cause):
        wire.drive(step({"launch": "auto"}, launch="off").does(RUN))
    assert wire.asked[-1] == r"registry.remove HKLM\SOFTWARE\pyinfra-wsl\Restart hypervisor"


def test_a_launch_type_that_cannot_be_read_is_not_overwritten():
    planned = plan({"launch": "auto"}, laptop(hypervisor={"launch": None, "problem": "the boot store cannot be read"}))
    assert not planned.steps
    assert planned.failures[0].cause == "the boot store cannot be read"


@pytest.mark.parametrize(("wanted", "number"), [("on", 1), ("off", 0)])
def test_memory_integrity_is_written_and_works_after_a_restart(wanted, number):
    change = step({"memory_integrity": wanted}, memory_integrity=not number)
    wire = Wire()
    wire.drive(change.does(RUN))
    assert "works after a restart" in change.note
    assert wire.said(f"HypervisorEnforcedCodeIntegrity Enabled DWord {number}")
    assert bool(wire.said("EnableVirtualizationBasedSecurity DWord 1")) is bool(number)
    assert wire.said(f"Restart memory integrity String {BOOTED}")


def test_memory_integrity_as_declared_is_left_alone():
    assert not plan({"launch": "auto", "memory_integrity": "off"}, laptop()).steps


def test_memory_integrity_that_cannot_be_written_is_told():
    with pytest.raises(StepError, match="Access to the registry key is denied"):
        Wire({"Enabled DWord": DENIED}).drive(step({"memory_integrity": "on"}).does(RUN))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"integrity": key({"Enabled": 1, "Locked": 1})}, "locked in the firmware"),
        ({"integrity": key({"Enabled": 1}), "integrity_policy": key({"HypervisorEnforcedCodeIntegrity": 1})}, "is 1 in HKLM"),
    ],
)
def test_memory_integrity_that_others_decide_on_is_not_touched(changed, words):
    state = hypervisor.read(answers(**changed))
    planned = plan({"memory_integrity": "off"}, laptop(hypervisor=state))
    assert not planned.steps
    assert words in planned.failures[0].cause


def test_memory_integrity_that_is_unknown_is_a_failure():
    planned = plan({"memory_integrity": "on"}, laptop(hypervisor={"memory_integrity": None}))
    assert planned.failures
    assert not planned.steps


@pytest.mark.parametrize(
    ("want", "cause", "remedy"),
    [
        ({"launch": "on"}, "launch: 'on' is not one of auto, off", CORRECT_IT),
        ({"launch": True}, "launch: true is not one of auto, off", CORRECT_IT),
        ({"memory_integrity": "auto"}, "memory_integrity: 'auto' is not one of on, off", CORRECT_IT),
        ({"memory_integrity": True}, "memory_integrity: true is not one of on, off", "did you mean on?"),
        ({"memory_integrity": False}, "memory_integrity: false is not one of on, off", "did you mean off?"),
        (
            {"launch": "off", "memory_integrity": "on"},
            "memory_integrity: runs on the hypervisor, which is declared off",
            "write memory_integrity: off, or launch: auto",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_looked_at(want, cause, remedy):
    found = refusal(RESOURCE, {"hypervisor": want})
    assert (found.cause, found.remedy) == (f"hypervisor.{cause}", remedy)
