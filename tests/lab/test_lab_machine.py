"""The simulated laptop: features and restarts, people, processes, command lines."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab_laptop import LabLaptop

from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.command_line import arguments, quoted
from pyinfra_wsl.lab.machine.features import PENDING_KEY, SERVICES_KEY
from pyinfra_wsl.lab.machine.machine import Firmware
from pyinfra_wsl.lab.machine.start import COMPLAINT, FULL, StartError, start


@pytest.fixture
def laptop():
    return LabLaptop()


def turn_on(machine, name="VirtualMachinePlatform"):
    return machine.features.enable(machine.registry, machine.features.get(name))


def service(machine, name):
    return machine.registry.exists(rf"{SERVICES_KEY}\{name}")


def test_a_feature_works_only_after_the_restart(laptop):
    machine = laptop.machine
    assert turn_on(machine)
    assert machine.features.state("virtualmachineplatform") == "Enable Pending"
    assert machine.registry.exists(PENDING_KEY)
    assert not service(machine, "vmcompute")
    asyncio.run(machine.reboot())
    assert machine.features.state("VirtualMachinePlatform") == "Enabled"
    assert not machine.registry.exists(PENDING_KEY)
    assert service(machine, "vmcompute")
    assert machine.hypervisor_running


def test_turning_off_what_is_pending_takes_it_back(laptop):
    machine = laptop.machine
    turn_on(machine)
    assert not machine.features.disable(machine.registry, machine.features.get("VirtualMachinePlatform"))
    assert machine.features.state("VirtualMachinePlatform") == "Disabled"


def test_a_feature_without_restart_works_at_once(laptop):
    assert not turn_on(laptop.machine, "TelnetClient")
    assert laptop.machine.features.state("TelnetClient") == "Enabled"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda machine: windows.set_hypervisor_launch(machine, "off"),
        lambda machine: setattr(machine, "firmware", Firmware(virtualization=False)),
        lambda machine: setattr(machine, "firmware", Firmware(slat=False)),
        lambda machine: machine.features.set_state("VirtualMachinePlatform", "Disabled"),
    ],
)
def test_the_hypervisor_runs_only_if_everything_is_there(laptop, spoil):
    laptop.machine.features.set_state("VirtualMachinePlatform", "Enabled")
    laptop.machine.settle()
    assert laptop.machine.hypervisor_running
    spoil(laptop.machine)
    assert laptop.machine.hypervisor_running, "until the next start"
    asyncio.run(laptop.machine.reboot())
    assert not laptop.machine.hypervisor_running


@pytest.mark.parametrize("edition", ["Core", "Professional"])
def test_windows_home_has_no_hyper_v(edition):
    assert (LabLaptop(edition=edition).machine.features.get("Microsoft-Hyper-V") is None) == (edition == "Core")


def test_older_builds_have_no_vfpext():
    machine = LabLaptop(build=19045).machine
    machine.features.set_state("VirtualMachinePlatform", "Enabled")
    machine.settle()
    assert service(machine, "HNS")
    assert not service(machine, "vfpext")


@pytest.mark.parametrize(("again", "setting", "there"), [(True, True, True), (True, False, False), (False, True, False)])
def test_who_is_at_the_screen_after_a_restart(again, setting, there):
    machine = LabLaptop(sign_on_after_restart=setting).machine
    before = machine.booted_at
    asyncio.run(machine.reboot(restart_apps=again))
    assert machine.account("alice").logged_on is there
    assert [item.name for item in machine.processes] == (["explorer.exe"] if there else [])
    assert machine.boot_count == 2
    assert machine.booted_at > before


def test_the_hive_of_who_logs_off_is_unloaded(laptop):
    hive = f"HKU\\{laptop.alice.sid}"
    assert laptop.machine.registry.exists(hive, laptop.admin)
    laptop.machine.log_off(laptop.alice)
    assert not laptop.machine.registry.exists(hive, laptop.admin)
    assert laptop.alice.session == 0


def test_killing_a_process_kills_what_it_started(laptop):
    async def story():
        parent = start(laptop.machine, laptop.admin, "cmd.exe", "/c ping -n 100000 127.0.0.1")
        await asyncio.sleep(0.01)
        assert {"cmd.exe", "ping.exe"} <= {item.name for item in laptop.machine.processes}
        laptop.machine.processes.kill(parent)
        await asyncio.sleep(0.01)
        assert [item.name for item in laptop.machine.processes] == ["explorer.exe"]

    laptop.tell(story)


@pytest.mark.parametrize(
    ("exe", "code"), [("nothing.exe", 2), (r"C:\Windows\explorer.exe", 193), (r"C:\Windows\System32\drivers\etc\hosts", 193)]
)
def test_what_is_no_program_does_not_start(laptop, exe, code):
    async def story():
        with pytest.raises(StartError) as problem:
            start(laptop.machine, laptop.admin, exe)
        assert problem.value.code == code

    laptop.tell(story)


def test_an_argument_that_is_not_simulated_is_loud(laptop):
    outcome = laptop.run("whoami.exe", "/priv")
    assert outcome.code == COMPLAINT
    assert outcome.stderr.startswith(b"lab: ")
    assert laptop.machine.complaints == [r"C:\Windows\System32\whoami.exe: /priv"]


@given(st.lists(st.text(alphabet='ab \t"\\', max_size=8), max_size=4))
def test_arguments_survive_quoting(words):
    assert arguments(" ".join(map(quoted, words))) == words


def test_an_administrator_who_is_not_elevated_is_none(laptop):
    assert laptop.admin.administrator
    assert not Token(laptop.admin.account, elevated=False).administrator


def test_a_fault_strikes_once_and_only_at_its_program(laptop):
    free = laptop.machine.files.free_bytes
    laptop.machine.faults.fill_disk_during = "ping.exe -n 1"
    laptop.run("ping.exe", "-n", "2", "127.0.0.1")
    assert laptop.machine.files.free_bytes == free
    laptop.run("ping.exe", "-n", "1", "127.0.0.1")
    assert laptop.machine.files.free_bytes == FULL
    assert laptop.machine.faults.fill_disk_during is None
