"""How KVM on a Linux host is declared, so that a run changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra_wsl.core.adopted import Adopted, hindrances
from pyinfra_wsl.data import template
from pyinfra_wsl.resources.kvm.plan import Want, plan
from pyinfra_wsl.resources.kvm.state import State

_KEY = "kvm"


def asks(state: State) -> Mapping[str, Any]:
    """Return what a second look asks: for the members of the group."""
    return {"users": sorted(state.members or ())}


def adopt(state: State) -> Iterator[Adopted]:
    """Yield what is there, where a run would leave it: one writes files of its own, by which alone a mode and nesting last."""
    if state.module not in state.loaded:
        return
    declared: dict[str, Any] = {}
    if state.nested is not None and state.nested_configured is state.nested:
        declared["nested"] = state.nested
    if members := sorted(name for name in state.members or () if state.users.get(name) is not None):
        declared["users"] = members
    if state.device is not None:
        declared["device_mode"] = state.device.mode.rjust(4, "0")
    if "active" in state.libvirt.network:
        declared["libvirt"] = True
    made = hindrances(plan(Want.of({_KEY: declared}), state, _render))
    if made:
        yield Adopted((_KEY,), note=f"KVM is loaded, and is not declared: {made[0]}")
        return
    yield from (Adopted((_KEY, name), value) for name, value in declared.items())


def _render(name: str, **values: object) -> str:
    return template(name).render(values)
