"""Laptops on which it is not plain whose account and whose profile folder is meant."""

from __future__ import annotations

from pyinfra_wsl.lab.machine import people, profiles, windows
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.scenarios.beginning import laptop
from pyinfra_wsl.lab.scenarios.half_way import switch_on
from pyinfra_wsl.lab.scenarios.scenario import Expect, Wish, scenario
from pyinfra_wsl.lab.wsl import package as wsl_package

WAITS = Expect("deferred", "user logon")


def _ready(machine: Machine) -> Machine:
    """Have the machine's part done, so that nothing but the person is in the way."""
    switch_on(machine)
    wsl_package.install(machine)
    return machine


def _alice(wish: Wish) -> tuple[Machine, Account]:
    machine = _ready(laptop(wish))
    return machine, machine.account("CORP\\alice")


@scenario("temporary-profile", "CORP\\alice is logged on with a temporary profile, which Windows deletes at logoff", WAITS)
def temporary_profile(wish: Wish) -> Machine:
    """Build it: their own lies aside."""
    machine, alice = _alice(wish)
    profiles.give_temporary(machine, alice)
    return machine


@scenario("no-profile-folder", "CORP\\alice is logged off, and their profile has a key but no folder", WAITS)
def no_profile_folder(wish: Wish) -> Machine:
    """Build it."""
    machine, alice = _alice(wish)
    machine.log_off(alice)
    profiles.lose_folder(machine, alice)
    return machine


@scenario(
    "renamed-account", "CORP\\alice was renamed to CORP\\alicia and has not logged on since; the folder keeps the old name", WAITS
)
def renamed_account(wish: Wish) -> Machine:
    """Build it: with none of their names written down."""
    machine, alice = _alice(wish)
    machine.log_off(alice)
    people.forget(machine.registry, alice)
    profiles.rename(machine, alice, "alicia")
    return machine


@scenario("twins", "a local alice owns C:\\Users\\alice, CORP\\alice has C:\\Users\\alice.CORP; both are logged off", WAITS)
def twins(wish: Wish) -> Machine:
    """Build it."""
    machine = _ready(laptop(wish, profile=r"C:\Users\alice.CORP"))
    windows.add_local(machine, "alice")
    machine.log_off(machine.account("CORP\\alice"))
    return machine
