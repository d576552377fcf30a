"""The programs of a simulated laptop. A module here is a program, or a few that belong together: it has a table ``PROGRAMS``."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.program import Program
from pyinfra_wsl.lab.machine.start import Kind, Programs

PROGRAMS: dict[str, Program] = {}
"""What runs when a file of this (lower-case) name is started."""

IMAGES: dict[bytes, Kind] = {}
"""What runs when a file that begins so is started, whatever its name: a module's table ``IMAGES``."""

for _module in pkgutil.iter_modules(__path__):
    _found = import_module(f"{__name__}.{_module.name}")
    PROGRAMS.update(getattr(_found, "PROGRAMS", {}))
    IMAGES.update(getattr(_found, "IMAGES", {}))


def attach(machine: Machine) -> None:
    """Let a laptop have these programs; each exists only where its file does."""
    machine.parts.append(Programs(PROGRAMS, IMAGES))
