"""WSL's policies in the lab: how people change them by hand, and what a run leaves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.resource.breaks import Break
from pyinfra_wsl.resources.wsl_policy.state import ALLOW_WSL, KEY, NAME, REGISTRIES, number

_LIST = rf"{KEY}\{REGISTRIES}"


def breaks(declared: Values, _person: Account) -> Iterator[Break]:
    """Yield for each declared policy that it has another value; one that forbids WSL would break all else too."""
    for name, value in declared.get(NAME, {}).items():
        if name == REGISTRIES:
            told = "somebody has added a registry in regedit"
            yield Break(f"{NAME}.{name}", told, partial(_set, key=_LIST, name="Added", kind="String", data="registry.example"))
        elif name not in ("apply", ALLOW_WSL):
            told = f"somebody has edited {name} in regedit"
            yield Break(f"{NAME}.{name}", told, partial(_set, key=KEY, name=name, kind="DWord", data=_other(value)))


def finish(machine: Machine, declared: Values, _person: Account) -> None:
    """Have the declared policies in the registry."""
    for name, value in declared.get(NAME, {}).items():
        if name == REGISTRIES:
            for place, one in enumerate(value or (), 1):
                machine.registry.set(_LIST, f"AllowedRegistry{place}", "String", one)
        elif name != "apply" and value is not None:
            machine.registry.set(KEY, name, "DWord", number(value))


def _other(value: Any) -> int:
    """Return a number that counts and is not the declared one."""
    return 0 if value is None or number(value) != 0 else 1


def _set(machine: Machine, key: str, name: str, kind: str, data: Any) -> None:
    machine.registry.set(key, name, kind, data)
