"""Laptops on which a run cannot succeed, or not at first."""

from __future__ import annotations

from pyinfra_wsl.lab.machine.machine import Firmware, Machine
from pyinfra_wsl.lab.scenarios.beginning import laptop
from pyinfra_wsl.lab.scenarios.half_way import switch_on
from pyinfra_wsl.lab.scenarios.scenario import CONVERGED, Expect, Wish, scenario
from pyinfra_wsl.lab.wsl import package as wsl_package

POLICIES = r"HKLM\SOFTWARE\Policies\WSL"
NEARLY_FULL = 20 << 20
"""Bytes left on a full disk: a few files fit, no feature and no package."""


@scenario("virtualization-off", "virtualization is turned off in the firmware", Expect("failed", "firmware"))
def virtualization_off(wish: Wish) -> Machine:
    """Build it: the processor could."""
    machine = laptop(wish)
    machine.firmware = Firmware(virtualization=False, slat=True, vm_monitor=True)
    machine.settle()
    return machine


@scenario("policy-locked", "the company's policy AllowWSL is 0: WSL refuses everybody", Expect("failed", "policy"))
def policy_locked(wish: Wish) -> Machine:
    """Build it."""
    machine = laptop(wish)
    switch_on(machine)
    wsl_package.install(machine)
    machine.registry.set(POLICIES, "AllowWSL", "DWord", 0)
    return machine


@scenario("disk-full", "the system drive is full", Expect("failed", "full"))
def disk_full(wish: Wish) -> Machine:
    """Build it."""
    machine = laptop(wish)
    machine.files.free_bytes = NEARLY_FULL
    return machine


@scenario(
    "connection-dropped",
    "the connection is cut while a distribution is being imported",
    Expect("failed", "connection"),
    CONVERGED,
)
def connection_dropped(wish: Wish) -> Machine:
    """Build it."""
    machine = laptop(wish)
    switch_on(machine)
    wsl_package.install(machine)
    machine.faults.drop_connection_during = "wsl.exe --import"
    return machine


@scenario("disk-fills", "the system drive fills up while a distribution is being imported", Expect("failed", "full"))
def disk_fills(wish: Wish) -> Machine:
    """Build it."""
    machine = laptop(wish)
    switch_on(machine)
    wsl_package.install(machine)
    machine.faults.fill_disk_during = "wsl.exe --import"
    return machine


@scenario("offline", "the laptop is switched off", Expect("offline"), offline=True)
def offline(wish: Wish) -> Machine:
    """Build it: nobody can tell what it is like."""
    return laptop(wish)


@scenario(
    "constrained-language", "policy forces PowerShell into Constrained Language Mode", Expect("failed", "ConstrainedLanguage")
)
def constrained_language(wish: Wish) -> Machine:
    """Build it."""
    machine = laptop(wish)
    machine.faults.constrained_language = True
    return machine
