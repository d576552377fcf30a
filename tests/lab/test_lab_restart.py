"""shutdown.exe and bcdedit.exe: restarts that are ordered, taken back, refused; the hypervisor's switch."""

import asyncio

import pytest
from bed import Bed, error, text

from pyinfra_wsl.lab.machine import process


@pytest.fixture
def bed():
    return Bed()


def test_the_laptop_restarts_and_the_user_is_back(bed):
    async def story():
        assert (await process.run(bed.machine, bed.admin, "shutdown.exe", "/g", "/t", "0", "/c", "why")).code == 0
        await bed.settle()

    bed.tell(story)
    assert bed.machine.boot_count == 2
    assert bed.alice.logged_on


def test_a_plain_restart_leaves_nobody_at_the_screen(bed):
    async def story():
        await process.run(bed.machine, bed.admin, "shutdown.exe", "/r", "/t", "0", "/f")
        await bed.settle()

    bed.tell(story)
    assert not bed.alice.logged_on


def test_a_restart_can_be_taken_back_and_is_not_ordered_twice(bed):
    async def story():
        order = ("shutdown.exe", "/r", "/t", "600")
        assert (await process.run(bed.machine, bed.admin, *order)).code == 0
        assert (await process.run(bed.machine, bed.admin, *order)).code == 1190
        assert (await process.run(bed.machine, bed.admin, "shutdown.exe", "/a")).code == 0
        await asyncio.sleep(0)
        assert (await process.run(bed.machine, bed.admin, "shutdown.exe", "/a")).code == 1116

    bed.tell(story)
    assert bed.machine.boot_count == 1


def test_a_user_without_rights_restarts_nothing(bed):
    outcome = bed.run("shutdown.exe", "/r", "/t", "0", token=bed.user)
    assert outcome.code == 5
    assert "denied" in error(outcome)


def test_the_hypervisor_is_switched_for_the_next_start(bed):
    bed.machine.features.set_state("VirtualMachinePlatform", "Enabled")
    bed.machine.settle()
    assert bed.run("bcdedit.exe", "/set", "{current}", "hypervisorlaunchtype", "off").code == 0
    assert bed.machine.hypervisor_running
    assert "hypervisorlaunchtype    Off" in text(bed.run("bcdedit.exe", "/enum", "{current}"))
    asyncio.run(bed.machine.reboot())
    assert not bed.machine.hypervisor_running


def test_the_boot_store_is_the_administrators(bed):
    assert bed.run("bcdedit.exe", "/enum", "{current}", token=bed.user).code == 1
    assert bed.run("bcdedit.exe", "/set", "hypervisorlaunchtype", "sideways").code == 1
    assert bed.machine.hypervisor_launch() == "auto"
