"""Somebody logs off in the middle of an import into their session: that is seen soon, and what it left is ours to mend."""

import asyncio

import pytest
from support.lab_laptop import LabLaptop, archive
from support.laptops import wanted

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.windows import owner
from pyinfra_wsl.core.windows.user import GONE, LEFT, Task
from pyinfra_wsl.resources.wsl_distro import plan as planning
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE
from tests.lab.wsl_laptop import archive as rootfs

MARKER = r"HKLM\SOFTWARE\pyinfra-wsl\Imports"


@pytest.fixture
def lab_laptop(monkeypatch):
    monkeypatch.setattr(owner, "_PATIENCE", 0.3)
    laptop = LabLaptop()
    laptop.machine.faults.slow_transfers = 2000.0
    return laptop


def step(lab_laptop, tmp_path):
    want = archive(tmp_path, rootfs("gz"), "u.tar.gz")
    (one,) = planning.plan(wanted(RESOURCE, {"wsl_distros": {"Ubuntu": want}}), lab_laptop.look()).steps
    return one


def once_imported(lab_laptop, act):
    """Let something happen once wsl.exe has begun to import."""
    real = lab_laptop.ask

    def ask(calls, **options):
        async def wait():
            while not any("--import" in str(one.command_line) for one in lab_laptop.machine.processes):
                await lab_laptop.machine.sleep(1)
            act()

        waiting = lab_laptop.loop.create_task(wait())
        try:
            return real(calls, **options)
        finally:
            waiting.cancel()
            lab_laptop.loop.run_until_complete(asyncio.gather(waiting, return_exceptions=True))

    lab_laptop.ask = ask


def test_it_is_seen_without_waiting_for_as_long_as_an_import_may_take(lab_laptop, tmp_path):
    does = step(lab_laptop, tmp_path).does
    once_imported(lab_laptop, lambda: lab_laptop.machine.log_off(lab_laptop.alice))
    with pytest.raises(StepError, match="has logged off in the middle") as failed:
        lab_laptop.drive(does(lab_laptop.next_run))
    assert failed.value.code == GONE
    assert GONE in LEFT
    keys = lab_laptop.machine.registry.keys(rf"{MARKER}\{lab_laptop.alice.sid}")
    assert keys == ["Ubuntu"]  # by which the next run knows what is left as ours
    assert not lab_laptop.machine.tasks


def test_an_import_that_takes_long_is_waited_for_while_they_are_there(lab_laptop, tmp_path, monkeypatch):
    asked = []
    real = Task.still
    monkeypatch.setattr(Task, "still", lambda self, *about: asked.append(real(self, *about)) or asked[-1])
    does = step(lab_laptop, tmp_path).does
    lab_laptop.machine.faults.slow_transfers = 300.0
    lab_laptop.drive(does(lab_laptop.next_run))
    assert lab_laptop.lxss("Ubuntu")["State"] == 1
    assert any(asked)
    assert not lab_laptop.machine.tasks
