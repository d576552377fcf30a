"""The hypervisor: what Windows tells of it, what stands in its way, and how it is set."""

from dataclasses import replace

import pytest
from support.laptops import STOPPED, laptop, wanted
from support.wire import ABSENT, DENIED, key, objects, subkey

from pyinfra_wsl.resources.hypervisor import plan as planning
from pyinfra_wsl.resources.hypervisor import state as hypervisor
from pyinfra_wsl.resources.hypervisor.resource import RESOURCE

MANAGER = "{9DEA862C-5CDD-4E70-ACC1-F32B344D4795}"
LOADER = "{5b3b2b14-7d2a-11ee-9f0a-9c2dcd0f8b11}"


def boot(launch=None, *, loader=LOADER):
    elements = {} if launch is None else {"250000F0": subkey({"Element": launch})}
    return key(
        keys={
            MANAGER: subkey(keys={"Elements": subkey(keys={"23000003": subkey({"Element": loader})})}),
            LOADER.upper(): subkey(keys={"Elements": subkey(keys=elements)}),
        }
    )


OFF, AUTO = boot(b"\0" * 8), boot(b"\1" + b"\0" * 7)


def plan(want, machine):
    return planning.plan(wanted(RESOURCE, {"hypervisor": want}), machine)


def answers(**changed):
    flags = {
        "VirtualizationFirmwareEnabled": True,
        "SecondLevelAddressTranslationExtensions": True,
        "VMMonitorModeExtensions": True,
    }
    return {
        "processor": objects(flags),
        "system": objects({"HypervisorPresent": False}),
        "boot": AUTO,
        "integrity": ABSENT,
        "integrity_policy": ABSENT,
    } | changed


def test_every_call_is_answered_in_one_request_and_no_program_is_run():
    assert {one.verb for one in hypervisor.probe().values()} == {"cim.get", "registry.read"}


def test_a_laptop_that_could_is_read():
    state = hypervisor.read(answers())
    assert (state.running, state.firmware, state.slat, state.vm_monitor) == (False, True, True, True)
    assert (state.launch, state.memory_integrity, state.integrity_lock, state.problem) == ("auto", False, "", "")


@pytest.mark.parametrize(
    ("store", "launch"), [(OFF, "off"), (AUTO, "auto"), (boot(), "auto"), (boot(b"\1"), "auto"), (boot(b"\0"), "off")]
)
def test_the_launch_type_is_that_of_the_default_loader_and_auto_where_it_is_not_set(store, launch):
    assert hypervisor.read(answers(boot=store)).launch == launch


@pytest.mark.parametrize(
    ("store", "problem"),
    [
        (DENIED, "cannot be read: Access"),
        (ABSENT, "it is not there"),
        (key(), "no default loader"),
        (boot(loader="{0}"), "no default loader"),
        (boot(b"\7"), "unknown hypervisorlaunchtype"),
        (boot("not base64!"), "unknown hypervisorlaunchtype"),
        (boot(17), "unknown hypervisorlaunchtype"),
    ],
)
def test_a_boot_store_that_says_nothing_is_unknown_with_a_reason(store, problem):
    state = hypervisor.read(answers(boot=store))
    assert state.launch is None
    assert problem in state.problem


def test_what_was_not_asked_is_unknown():
    state = hypervisor.read({})
    assert (state.running, state.firmware, state.launch, state.memory_integrity) == (None, None, None, None)


def test_one_of_two_processors_without_is_without():
    flags = [{"VirtualizationFirmwareEnabled": True}, {"VirtualizationFirmwareEnabled": False}]
    assert hypervisor.read(answers(processor=objects(*flags))).firmware is False
    assert hypervisor.read(answers(processor=objects({"VirtualizationFirmwareEnabled": None}))).firmware is None


def test_a_running_hypervisor_is_ready_although_the_flags_read_false():
    assert hypervisor.obstacle(laptop()) is None
    assert hypervisor.ready(laptop()) == (True, "the hypervisor runs")
    assert plan({"launch": "auto"}, laptop()).noop == "hypervisorlaunchtype is auto, a hypervisor runs"


def test_virtualization_that_is_off_in_the_firmware_names_the_laptop_and_the_next_step():
    off = {"running": False, "firmware": False, "slat": True, "vm_monitor": False}
    planned = plan({"launch": "auto"}, laptop(hypervisor=off))
    (failure,) = planned.foreseen
    assert failure.cause == "Virtualization is off in the firmware (SLAT present, VM monitor extensions off)"
    assert failure.remedy == "turn on VT-x or SVM in the UEFI setup of this Dell Latitude 7440, then run again"
    assert not planned.steps
    assert hypervisor.ready(laptop(hypervisor=off)) == (False, failure.cause)


def test_launch_off_does_not_ask_for_virtualization():
    off = {"running": False, "firmware": False, "vm_monitor": False, "launch": "off"}
    assert not plan({"launch": "off"}, laptop(hypervisor=off)).foreseen


def test_a_processor_without_slat_is_no_matter_of_the_firmware():
    failure = hypervisor.obstacle(laptop(hypervisor={"running": False, "firmware": True, "slat": False, "vm_monitor": True}))
    assert "has no SLAT" in failure.cause
    assert "WSL 1" in failure.remedy


@pytest.mark.parametrize(
    ("manufacturer", "model"),
    [
        ("VMware, Inc.", "VMware20,1"),
        ("Microsoft Corporation", "Virtual Machine"),
        ("innotek GmbH", "VirtualBox"),
        ("QEMU", "Standard PC (Q35 + ICH9, 2009)"),
        ("Amazon EC2", "t3.large"),
        ("Google", "Google Compute Engine"),
        ("Xen", "HVM domU"),
    ],
)
def test_a_virtual_machine_without_nesting_is_told_apart(manufacturer, model):
    machine = {"manufacturer": manufacturer, "model": model}
    failure = hypervisor.obstacle(laptop(windows=machine, hypervisor={"running": False}))
    assert failure.code == "nested_virtualization"
    assert model in failure.cause
    assert "on its host" in failure.remedy


@pytest.mark.parametrize(
    ("manufacturer", "model"), [("Microsoft Corporation", "Surface Laptop 6"), ("LENOVO", "21HM"), ("Amazon EC2", "c5.metal")]
)
def test_real_machines_are_no_virtual_ones(manufacturer, model):
    assert not hypervisor.virtual(laptop(windows={"manufacturer": manufacturer, "model": model}).windows)


def test_in_a_virtual_machine_the_hosts_hypervisor_proves_nothing():
    machine = {"manufacturer": "VMware, Inc.", "model": "VMware20,1"}
    assert hypervisor.ready(laptop(windows=machine)).ready is None
    assert hypervisor.ready(laptop(windows=machine, hypervisor={"firmware": True})).ready is True
    assert plan({"launch": "auto"}, laptop(windows=machine)).foreseen == ()


def test_flags_of_arm64_are_not_judged():
    assert hypervisor.obstacle(laptop(windows={"architecture": "ARM64"}, hypervisor={"running": False})) is None


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"hypervisor": {"running": None}}, "did not say"),
        ({"hypervisor": replace(STOPPED, launch="off")}, "hypervisorlaunchtype is off"),
        ({"hypervisor": STOPPED, "windows_feature": {"features": {"VirtualMachinePlatform": "EnablePending"}}}, "is not on"),
        ({"hypervisor": STOPPED}, "a restart is needed"),
    ],
)
def test_what_is_missing_is_named(parts, reason):
    found = hypervisor.ready(laptop(**parts))
    assert not found.ready
    assert reason in found.reason
