"""WSL's policies in the lab: how people change them by hand, and what a run leaves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.resource.breaks import Break
from pyinfra_wsl.lab.wsl.config import POLICIES as KEY

NAME, REGISTRIES = "wsl_policy", "WSLContainerRegistryAllowlist"
_LIST = rf"{KEY}\{REGISTRIES}"
_MODES = {"none": 0, "nat": 1, "mirrored": 3, "virtioproxy": 4, "consomme": 4}


def breaks(declared: Values, _person: Account) -> Iterator[Break]:
    """Yield for each declared policy that it has another value; one that forbids WSL would break all else too."""
    for name, value in declared.get(NAME, {}).items():
        if name == REGISTRIES:
            told = "somebody has added a registry in regedit"
            yield Break(f"{NAME}.{name}", told, partial(_set, key=_LIST, name="Added", kind="String", data="registry.example"))
        elif name not in ("apply", "AllowWSL"):
            told = f"somebody has edited {name} in regedit"
            yield Break(f"{NAME}.{name}", told, partial(_set, key=KEY, name=name, kind="DWord", data=_other(value)))


def finish(machine: Machine, declared: Values, _person: Account) -> None:
    """Have the declared policies in the registry."""
    for name, value in declared.get(NAME, {}).items():
        if name == REGISTRIES:
            for place, one in enumerate(value or (), 1):
                machine.registry.set(_LIST, f"AllowedRegistry{place}", "String", one)
        elif name != "apply" and value is not None:
            machine.registry.set(KEY, name, "DWord", _number(value))


def _other(value: Any) -> int:
    """Return a number that counts and is not the declared one."""
    return 0 if value is None or _number(value) != 0 else 1


def _number(value: bool | str) -> int:
    return int(value) if isinstance(value, bool) else _MODES[value]


def _set(machine: Machine, key: str, name: str, kind: str, data: Any) -> None:
    machine.registry.set(key, name, kind, data)
