"""The simulated laptop: features and restarts, people, processes, command lines."""

import asyncio

import pytest
from bed import Bed
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_wsl.lab.machine import process, windows
from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.features import PENDING_KEY, SERVICES_KEY
from pyinfra_wsl.lab.machine.machine import Firmware


@pytest.fixture
def bed():
    return Bed()


def turn_on(machine, name="VirtualMachinePlatform"):
    return machine.features.enable(machine, machine.features.get(name))


def service(machine, name):
    return machine.registry.exists(rf"{SERVICES_KEY}\{name}")


def test_a_feature_works_only_after_the_restart(bed):
    machine = bed.machine
    assert turn_on(machine)
    assert machine.features.state("virtualmachineplatform") == "Enable Pending"
    assert machine.registry.exists(PENDING_KEY)
    assert not service(machine, "vmcompute")
    asyncio.run(machine.reboot())
    assert machine.features.state("VirtualMachinePlatform") == "Enabled"
    assert not machine.registry.exists(PENDING_KEY)
    assert service(machine, "vmcompute")
    assert machine.hypervisor_running


def test_turning_off_what_is_pending_takes_it_back(bed):
    machine = bed.machine
    turn_on(machine)
    assert not machine.features.disable(machine, machine.features.get("VirtualMachinePlatform"))
    assert machine.features.state("VirtualMachinePlatform") == "Disabled"


def test_a_feature_without_restart_works_at_once(bed):
    assert not turn_on(bed.machine, "TelnetClient")
    assert bed.machine.features.state("TelnetClient") == "Enabled"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda machine: windows.set_hypervisor_launch(machine, "off"),
        lambda machine: setattr(machine, "firmware", Firmware(virtualization=False)),
        lambda machine: setattr(machine, "firmware", Firmware(slat=False)),
        lambda machine: machine.features.set_state("VirtualMachinePlatform", "Disabled"),
    ],
)
def test_the_hypervisor_runs_only_if_everything_is_there(bed, spoil):
    bed.machine.features.set_state("VirtualMachinePlatform", "Enabled")
    bed.machine.settle()
    assert bed.machine.hypervisor_running
    spoil(bed.machine)
    assert bed.machine.hypervisor_running, "until the next start"
    asyncio.run(bed.machine.reboot())
    assert not bed.machine.hypervisor_running


@pytest.mark.parametrize("edition", ["Core", "Professional"])
def test_windows_home_has_no_hyper_v(edition):
    assert (Bed(edition=edition).machine.features.get("Microsoft-Hyper-V") is None) == (edition == "Core")


def test_older_builds_have_no_vfpext():
    machine = Bed(build=19045).machine
    machine.features.set_state("VirtualMachinePlatform", "Enabled")
    machine.settle()
    assert service(machine, "HNS")
    assert not service(machine, "vfpext")


@pytest.mark.parametrize(("again", "setting", "there"), [(True, True, True), (True, False, False), (False, True, False)])
def test_who_is_at_the_screen_after_a_restart(again, setting, there):
    machine = Bed(sign_on_after_restart=setting).machine
    before = machine.booted_at
    asyncio.run(machine.reboot(restart_apps=again))
    assert machine.account("alice").logged_on is there
    assert [item.name for item in machine.processes] == (["explorer.exe"] if there else [])
    assert machine.boot_count == 2
    assert machine.booted_at > before


def test_the_hive_of_who_logs_off_is_unloaded(bed):
    hive = f"HKU\\{bed.alice.sid}"
    assert bed.machine.registry.exists(hive, bed.admin)
    bed.machine.log_off(bed.alice)
    assert not bed.machine.registry.exists(hive, bed.admin)
    assert bed.alice.session == 0


def test_killing_a_process_kills_what_it_started(bed):
    async def story():
        parent = process.start(bed.machine, bed.admin, "cmd.exe", "/c ping -n 100000 127.0.0.1")
        await asyncio.sleep(0.01)
        assert {"cmd.exe", "ping.exe"} <= {item.name for item in bed.machine.processes}
        bed.machine.processes.kill(parent)
        await asyncio.sleep(0.01)
        assert [item.name for item in bed.machine.processes] == ["explorer.exe"]

    bed.tell(story)


@pytest.mark.parametrize(
    ("exe", "code"), [("nothing.exe", 2), (r"C:\Windows\explorer.exe", 193), (r"C:\Windows\System32\drivers\etc\hosts", 193)]
)
def test_what_is_no_program_does_not_start(bed, exe, code):
    async def story():
        with pytest.raises(process.StartError) as problem:
            process.start(bed.machine, bed.admin, exe)
        assert problem.value.code == code

    bed.tell(story)


def test_an_argument_that_is_not_simulated_is_loud(bed):
    outcome = bed.run("whoami.exe", "/priv")
    assert outcome.code == process.COMPLAINT
    assert outcome.stderr.startswith(b"lab: ")
    assert bed.machine.complaints == [r"C:\Windows\System32\whoami.exe: /priv"]


@given(st.lists(st.text(alphabet='ab \t"\\', max_size=8), max_size=4))
def test_arguments_survive_quoting(words):
    assert process.arguments(" ".join(map(process.quoted, words))) == words


def test_an_administrator_who_is_not_elevated_is_none(bed):
    assert bed.admin.administrator
    assert not Token(bed.admin.account, elevated=False).administrator


def test_a_fault_strikes_once_and_only_at_its_program(bed):
    free = bed.machine.files.free_bytes
    bed.machine.faults.fill_disk_during = "ping.exe -n 1"
    bed.run("ping.exe", "-n", "2", "127.0.0.1")
    assert bed.machine.files.free_bytes == free
    bed.run("ping.exe", "-n", "1", "127.0.0.1")
    assert bed.machine.files.free_bytes == process.FULL
    assert bed.machine.faults.fill_disk_during is None
