"""shutdown.exe and bcdedit.exe: restarts that are ordered, taken back, refused; the hypervisor's switch."""

import asyncio

import pytest
from lab_laptop import LabLaptop, error, text

from pyinfra_wsl.lab.machine.start import run


@pytest.fixture
def laptop():
    return LabLaptop()


def test_the_laptop_restarts_and_the_user_is_back(laptop):
    async def story():
        assert (await run(laptop.machine, laptop.admin, "shutdown.exe", "/g", "/t", "0", "/c", "why")).code == 0
        await laptop.settle()

    laptop.tell(story)
    assert laptop.machine.boot_count == 2
    assert laptop.alice.logged_on


def test_a_plain_restart_leaves_nobody_at_the_screen(laptop):
    async def story():
        await run(laptop.machine, laptop.admin, "shutdown.exe", "/r", "/t", "0", "/f")
        await laptop.settle()

    laptop.tell(story)
    assert not laptop.alice.logged_on


def test_a_restart_can_be_taken_back_and_is_not_ordered_twice(laptop):
    async def story():
        order = ("shutdown.exe", "/r", "/t", "600")
        assert (await run(laptop.machine, laptop.admin, *order)).code == 0
        assert (await run(laptop.machine, laptop.admin, *order)).code == 1190
        assert (await run(laptop.machine, laptop.admin, "shutdown.exe", "/a")).code == 0
        await asyncio.sleep(0)
        assert (await run(laptop.machine, laptop.admin, "shutdown.exe", "/a")).code == 1116

    laptop.tell(story)
    assert laptop.machine.boot_count == 1


def test_a_user_without_rights_restarts_nothing(laptop):
    outcome = laptop.run("shutdown.exe", "/r", "/t", "0", token=laptop.user)
    assert outcome.code == 5
    assert "denied" in error(outcome)


def test_the_hypervisor_is_switched_for_the_next_start(laptop):
    laptop.machine.features.set_state("VirtualMachinePlatform", "Enabled")
    laptop.machine.settle()
    assert laptop.run("bcdedit.exe", "/set", "{current}", "hypervisorlaunchtype", "off").code == 0
    assert laptop.machine.hypervisor_running
    assert "hypervisorlaunchtype    Off" in text(laptop.run("bcdedit.exe", "/enum", "{current}"))
    asyncio.run(laptop.machine.reboot())
    assert not laptop.machine.hypervisor_running


def test_the_boot_store_is_the_administrators(laptop):
    assert laptop.run("bcdedit.exe", "/enum", "{current}", token=laptop.user).code == 1
    assert laptop.run("bcdedit.exe", "/set", "hypervisorlaunchtype", "sideways").code == 1
    assert laptop.machine.hypervisor_launch() == "auto"
