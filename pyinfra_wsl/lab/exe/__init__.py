"""The programs of a simulated laptop. A module here is a program, or a few that belong together: it has a table ``PROGRAMS``."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from pyinfra_wsl.lab.machine.program import Program

if TYPE_CHECKING:
    from pyinfra_wsl.lab.machine.machine import Machine

PROGRAMS: dict[str, Program] = {}
"""What runs when a file of this (lower-case) name is started. A program exists only where its file does."""

for _module in pkgutil.iter_modules(__path__):
    PROGRAMS.update(getattr(import_module(f"{__name__}.{_module.name}"), "PROGRAMS", {}))


def find(machine: Machine, exe: str, environment: dict[str, str], folder: str = "C:") -> str | None:
    """Return the full path of a program as CreateProcess finds it: a path, or a name in System32 or on the PATH."""
    name = exe.strip('"').replace("/", "\\")
    if "\\" in name:
        name = name if name[1:2] == ":" or name.startswith("\\") else f"{folder}\\{name}"
        found = [one for one in (name, f"{name}.exe") if machine.files.exists(one) and not machine.files.is_dir(one)]
        return machine.files.stat(found[0]).path if found else None
    name = name if "." in name else f"{name}.exe"
    path = next((value for key, value in environment.items() if key.lower() == "path"), "")
    for place in [r"C:\Windows\System32", *path.split(";")]:
        candidate = f"{place.rstrip(chr(92))}\\{name}"
        if place and machine.files.exists(candidate):
            return machine.files.stat(candidate).path
    return None
