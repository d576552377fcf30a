"""Laptops on which somebody has begun, or of which somebody has taken something."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.scenarios.beginning import laptop
from pyinfra_wsl.lab.scenarios.owner import owner
from pyinfra_wsl.lab.scenarios.scenario import Expect, Wish, scenario
from pyinfra_wsl.lab.wsl import package as wsl_package
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.lab.wsl.distro import Tree
from pyinfra_wsl.lab.wsl.registration import INSTALLING

OURS = r"HKLM\SOFTWARE\pyinfra-wsl"
OLDER = "2.3.26.0"
"""The last release before distributions came as ``.wsl`` files; ``wsl --manage`` only moves and makes sparse."""


def switch_on(machine: Machine, *names: str) -> None:
    """Have features on since long, and what follows from it."""
    for name in names or ("VirtualMachinePlatform", "Microsoft-Windows-Subsystem-Linux"):
        machine.features.set_state(name, "Enabled")
    machine.settle()


@scenario("pending-reboot", "somebody turned the features on and did not restart")
def pending_reboot(wish: Wish) -> Machine:
    """Build it."""
    machine = laptop(wish)
    for name in ("VirtualMachinePlatform", "Microsoft-Windows-Subsystem-Linux"):
        feature = machine.features.get(name)
        if feature is not None:
            machine.features.enable(machine.registry, feature)
    return machine


@scenario("hypervisor-off", "features and WSL are there, but hypervisorlaunchtype is off, as for other virtual machines")
def hypervisor_off(wish: Wish) -> Machine:
    """Build it."""
    machine = laptop(wish)
    windows.set_hypervisor_launch(machine, "off")
    switch_on(machine)
    wsl_package.install(machine)
    return machine


@scenario("older-wsl", "WSL 2.3.26, older than what the fleet file declares, with a distribution of the user's own")
def older_wsl(wish: Wish) -> Machine:
    """Build it: the package's MSI upgrades it, and what is there stays."""
    machine = laptop(wish)
    switch_on(machine)
    wsl_package.install(machine, OLDER)
    wsl.register(machine, owner(machine, wish.declared), "their-own", Tree())
    return machine


@scenario("half-import", "an earlier run was cut in the middle of an import: the distribution is registered, in state Installing")
def half_import(wish: Wish) -> Machine:
    """Build it: with the marker that our own run leaves."""
    machine = laptop(wish)
    switch_on(machine)
    wsl_package.install(machine)
    person = owner(machine, wish.declared)
    for name, distro in wish.declared.get("wsl_distros", {}).items():
        if distro.get("state", "present") == "present":
            item = wsl.register(
                machine, person, name, Tree(), folder=_folder(person.profile, name, distro), state=INSTALLING, default=False
            )
            _mark(machine, rf"{OURS}\Imports\{person.sid}\{name}", distro, item.folder, item.disk)
            break
    return machine


def _folder(profile: str, name: str, distro: dict[str, str]) -> str:
    return distro.get("location") or rf"{profile}\AppData\Local\wsl\{name}"


def _mark(machine: Machine, key: str, distro: dict[str, str], folder: str, disk: str) -> None:
    source = distro.get("source", "")
    file = Path(source)
    sha256 = distro.get("sha256") or (hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "")
    for name, value in (("Sha256", sha256), ("Source", source), ("Folder", folder), ("Data", disk)):
        machine.registry.set(key, name, "String", value)


@scenario("user-logged-off", "nobody is logged on; what is the user's must wait", Expect("deferred", "user logon"))
def user_logged_off(wish: Wish) -> Machine:
    """Build it: with the machine's part done, so that it waits for nothing but the user."""
    machine = laptop(wish)
    switch_on(machine)
    wsl_package.install(machine)
    machine.log_off(owner(machine, wish.declared))
    return machine


@scenario("two-users", "CORP\\alice and CORP\\bo are both logged on; bo's profile folder has a space, and bo's WSL is meant")
def two_users(wish: Wish) -> Machine:
    """Build it: alice is at the screen too, with a distribution that must stay as it is."""
    machine = laptop(wish)
    switch_on(machine)
    wsl_package.install(machine)
    wsl.register(machine, machine.account("CORP\\alice"), "alices-own", Tree())
    machine.log_on(windows.add_person(machine, "bo", profile=r"C:\Users\Bo Li"))
    return machine
