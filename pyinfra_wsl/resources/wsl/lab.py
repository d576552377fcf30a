"""The WSL package in the lab: how people replace it by hand, and what a run leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.resource.breaks import Break, NothingThereError
from pyinfra_wsl.lab.wsl import installer
from pyinfra_wsl.lab.wsl import package as wsl_package

OLDER = "2.4.13.0"
"""A WSL package that is older than any fleet should want."""


def breaks(declared: Values, _person: Account) -> Iterator[Break]:
    """Yield that an older package lies over the declared one."""
    for name in ("version", "minimum"):
        if name in declared.get("wsl", {}).get("package", {}):
            yield Break(f"wsl.package.{name}", f"somebody has installed WSL {OLDER} over it", _install_older)


def finish(machine: Machine, declared: Values, _person: Account) -> None:
    """Have the declared package installed."""
    if "package" in declared.get("wsl", {}):
        wsl_package.install(machine, _version(declared["wsl"]["package"]))


def _install_older(machine: Machine) -> None:
    if not wsl_package.version(machine):
        raise NothingThereError("no WSL package is installed")
    wsl_package.install(machine, OLDER)


def _version(package: Values) -> str:
    """Return what a declared installer would install: its own version, else the least one that is asked for."""
    file = Path(str(package.get("installer", "")))
    found = installer.read(file.read_bytes()) if file.is_file() else None
    if found is not None:
        return str(found["version"])
    parts = str(package.get("minimum", "2.6.1")).split(".")
    return ".".join([*parts, "0", "0", "0"][:4])
