"""How WSL's policies of a laptop are declared, so that a run changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyinfra_wsl.core.adopted import Adopted, kept
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.resources.wsl_policy.plan import Want, plan
from pyinfra_wsl.resources.wsl_policy.state import DEFAULT_NETWORKING, NAME, NETWORKING, REGISTRIES, State

_WHOSE = "where Group Policy or Intune sets it, leave it to them"


def adopt(laptop: Laptop) -> Iterator[Adopted]:
    """Yield the policies that count; what WSL ignores is told."""
    have = laptop.of(State)
    if have.values is None:
        yield Adopted((NAME,), note=f"not known: {have.problem}")
        return
    for name, number in have.values.items():
        value: Any = NETWORKING[number].lower() if name == DEFAULT_NETWORKING else bool(number)
        yield kept((NAME, name), value, plan(Want.of({NAME: {name: value}}), laptop), _WHOSE)
    if have.registries:
        listed = list(have.registries.values())
        yield kept((NAME, REGISTRIES), listed, plan(Want.of({NAME: {REGISTRIES: listed}}), laptop), _WHOSE)
    yield from (Adopted((NAME, name), note=f"it is {said}, which WSL ignores") for name, said in have.ignored.items())
