"""VirtualBox removed from laptops of the lab: only where nobody on them has a virtual machine in it."""

import pytest
from support.lab_laptop import LabLaptop
from support.laptops import wanted

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.lab.docker_desktop import toolbox
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.resources.docker_toolbox import virtualbox
from pyinfra_wsl.resources.docker_toolbox.resource import RESOURCE


def plan_of(lab):
    return virtualbox.plan(wanted(RESOURCE, {"docker_toolbox": {"virtualbox": "absent"}}), lab.look())


@pytest.fixture
def empty():
    found = LabLaptop()
    toolbox.virtualbox(found.machine)
    return found


def test_virtualbox_that_nobody_uses_goes_and_the_next_plan_has_nothing_to_do(empty):
    plan = plan_of(empty)
    assert empty.sentences(plan) == ["remove VirtualBox 6.0.10"]
    empty.carry_out(plan)
    assert not empty.machine.files.exists(toolbox.VIRTUALBOX)
    assert plan_of(empty).noop == "VirtualBox is not installed"


def test_virtualbox_stays_while_anybody_has_a_machine_in_it(empty):
    bo = windows.add_person(empty.machine, "bo")
    toolbox.register(empty.machine, bo, r"C:\Users\bo\VirtualBox VMs\windows 7\windows 7.vbox")
    (failure,) = plan_of(empty).failures
    assert failure.cause == "VirtualBox stays: it has the virtual machines windows 7 of bo"
    toolbox.unregister(empty.machine, bo, "windows 7")
    assert plan_of(empty).failures == ()


@pytest.mark.parametrize(
    "text",
    [
        b"\0" * 400,
        b"",
        b"<VirtualBox><MachineEntry ",
        b"<VirtualBox>" + b"<MachineEntry " * 70_000,
        b"<VirtualBox>" + b" " * (2 << 20),
    ],
)
def test_what_cannot_be_read_of_anybodys_machines_is_not_none(empty, text):
    windows.add_person(empty.machine, "bo")
    empty.machine.files.write(r"C:\Users\bo\.VirtualBox\VirtualBox.xml", text)
    (failure,) = plan_of(empty).failures
    assert failure.cause == "VirtualBox stays: it is not known whether bo have virtual machines in it"


def test_a_link_in_somebodys_profile_is_not_followed(empty):
    windows.add_person(empty.machine, "bo")
    empty.machine.files.write(r"C:\secret.xml", b"<VirtualBox/>")
    empty.machine.files.symlink(r"C:\Users\bo\.VirtualBox\VirtualBox.xml", r"C:\secret.xml")
    assert plan_of(empty).failures[0].code == "unknown"


def test_virtualbox_stays_while_one_runs_or_its_window_is_open(empty):
    process = toolbox.run_machine(empty.machine, empty.alice, "x")
    (waits,) = plan_of(empty).deferred
    assert waits.waits_for == "guests stopped"
    empty.machine.processes.end(process)
    empty.machine.processes.add(rf"{toolbox.VIRTUALBOX}\VirtualBox.exe", empty.token(empty.alice))
    assert plan_of(empty).deferred[0].reason == r"running: VirtualBox of CORP\alice"


def test_a_machine_that_was_made_meanwhile_keeps_virtualbox(empty):
    (step,) = plan_of(empty).steps
    toolbox.register(empty.machine, empty.alice, r"C:\Users\alice\VirtualBox VMs\new\new.vbox")
    with pytest.raises(StepError, match="it has the virtual machines new of"):
        empty.drive(step.does(empty.next_run))


@pytest.mark.parametrize("names", [(), ("Oracle VM VirtualBox 6.0.10", "Oracle VirtualBox 7.1.4")])
def test_a_product_that_is_not_one_is_not_guessed(empty, names):
    (step,) = plan_of(empty).steps
    empty.machine.registry.remove_tree(toolbox.VIRTUALBOX_KEY)
    for number, name in enumerate(names):
        key = toolbox.VIRTUALBOX_KEY.replace("2A1F0F6E", f"2A1F0F6{number}")
        empty.machine.registry.set(key, "DisplayName", "String", name)
    with pytest.raises(StepError, match=r"of (none|2) of the installed programs"):
        empty.drive(step.does(empty.next_run))


def test_an_installer_that_fails_is_told(empty):
    (step,) = plan_of(empty).steps
    empty.machine.faults.installer_exit = 1603
    with pytest.raises(StepError, match=r"VirtualBox is still there: msiexec\.exe ended with 1603"):
        empty.drive(step.does(empty.next_run))
