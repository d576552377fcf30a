"""The WSL package as its MSI leaves it: files, registry, service, PATH (msipackage/package.wix.in)."""

from __future__ import annotations

import uuid

from pyinfra_wsl.lab.machine.features import SERVICES_KEY
from pyinfra_wsl.lab.machine.machine import ENVIRONMENT_KEY, Machine
from pyinfra_wsl.lab.machine.windows import PROGRAM_IMAGE
from pyinfra_wsl.lab.wsl.texts import numbers
from pyinfra_wsl.lab.wsl.wsl import Wsl

FOLDER = "C:\\Program Files\\WSL\\"
KEY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Lxss\MSI"
FILES = (
    "wsl.exe",
    "wslg.exe",
    "wslconfig.exe",
    "wslrelay.exe",
    "wslservice.exe",
    r"tools\kernel",
    r"tools\initrd.img",
    "system.vhd",
)
CONTAINERS, CONTAINERS_SINCE = ("wslc.exe", "container.exe"), (2, 9, 3)
"""WSL's containers, since which release (Microsoft, "WSL containers"); what they do is not simulated."""
SIZE = 600 << 20
"""Bytes that the installed package takes."""


def version(machine: Machine) -> str:
    """Return the installed version, "" where the package is not installed."""
    return str(machine.registry.get(KEY, "Version", ""))


def product_code(package_version: str) -> str:
    """Return the ProductCode: each version has its own."""
    return "{" + str(uuid.uuid5(uuid.NAMESPACE_URL, f"wsl {package_version}")).upper() + "}"


def install(machine: Machine, package_version: str = "2.6.1.0") -> None:
    """Put the package on a laptop, over an older or newer one if there is one; what runs of WSL is ended."""
    fresh = not version(machine)
    stop(machine)
    for name in FILES:
        machine.files.write(FOLDER + name, PROGRAM_IMAGE)
    for name in CONTAINERS:
        if numbers(package_version) >= CONTAINERS_SINCE:
            machine.files.write(FOLDER + name, PROGRAM_IMAGE)
        elif machine.files.exists(FOLDER + name):
            machine.files.remove(FOLDER + name)
    if fresh:
        machine.files.free_bytes -= SIZE
    for name, kind, data in (
        ("InstallLocation", "String", FOLDER),
        ("ProductCode", "String", product_code(package_version)),
        ("Version", "String", package_version),
    ):
        machine.registry.set(KEY, name, kind, data)
    service = rf"{SERVICES_KEY}\WSLService"
    machine.registry.set(service, "Start", "DWord", 2)
    machine.registry.set(service, "ObjectName", "String", "LocalSystem")
    machine.registry.set(service, "ImagePath", "ExpandString", f'"{FOLDER}wslservice.exe"')
    path = str(machine.registry.get(ENVIRONMENT_KEY, "Path", ""))
    if FOLDER.lower() not in path.lower():
        machine.registry.set(ENVIRONMENT_KEY, "Path", "ExpandString", f"{path.rstrip(';')};{FOLDER}")


def remove(machine: Machine) -> None:
    """Take the package away; distributions stay registered and on disk."""
    stop(machine)
    machine.files.remove(FOLDER, tree=True)
    machine.files.free_bytes += SIZE
    machine.registry.remove_tree(KEY)
    machine.registry.remove_tree(rf"{SERVICES_KEY}\WSLService")
    path = str(machine.registry.get(ENVIRONMENT_KEY, "Path", ""))
    machine.registry.set(ENVIRONMENT_KEY, "Path", "ExpandString", path.replace(f";{FOLDER}", ""))


def stop(machine: Machine) -> None:
    """End the service with all VMs, as an upgrade does."""
    for user in machine.part(Wsl).sessions.values():
        user.end()
