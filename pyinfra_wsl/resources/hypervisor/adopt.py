"""How the hypervisor of a laptop is declared, so that a run changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.adopted import Adopted, kept
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.resources.hypervisor.plan import Want, plan
from pyinfra_wsl.resources.hypervisor.state import State

_KEY = "hypervisor"


def adopt(laptop: Laptop) -> Iterator[Adopted]:
    """Yield its start, and memory integrity where that is on."""
    have = laptop.of(State)
    if have.launch is None:
        yield Adopted((_KEY, "launch"), note=f"not known: {have.problem}")
    elif have.launch == "off":
        yield Adopted((_KEY, "launch"), note="it is off; declare that where it shall stay so")
    else:
        yield kept((_KEY, "launch"), have.launch, plan(Want(launch=have.launch), laptop))
    if have.memory_integrity:
        yield kept((_KEY, "memory_integrity"), "on", plan(Want(memory_integrity="on"), laptop))
