"""Optional features in the lab: how people turn them on and off by hand, and what a run leaves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.features import State
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.resource.breaks import Break, NothingThereError


def breaks(declared: Values, _person: Account) -> Iterator[Break]:
    """Yield for each declared feature that it is turned the other way."""
    for name, wanted in declared.get("windows_features", {}).items():
        other: State = "Disabled" if wanted == "enabled" else "Enabled"
        told = f"somebody has {other.lower()} it and restarted"
        yield Break(f"windows_features.{name}", told, partial(_turn, name=name, state=other))


def finish(machine: Machine, declared: Values, _person: Account) -> None:
    """Have the declared features on, with what is above and below them as DISM's ``/All`` does it, or off."""
    for name, wanted in declared.get("windows_features", {}).items():
        feature = machine.features.get(name)
        if feature is None:
            continue
        around = [*machine.features.parents(feature), *machine.features.children(feature)] if wanted == "enabled" else []
        for one in [feature, *around]:
            machine.features.set_state(one.name, "Enabled" if wanted == "enabled" else "Disabled")


def _turn(machine: Machine, name: str, state: State) -> None:
    if machine.features.get(name) is None:
        raise NothingThereError(f"{name} is no feature of this Windows")
    machine.features.set_state(name, state)
    machine.restart_by_hand()
