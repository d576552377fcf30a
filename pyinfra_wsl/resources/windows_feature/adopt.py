"""How the features of a laptop are declared, so that a run changes none."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.adopted import Adopted, kept
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.resources.windows_feature.plan import as_wanted, plan
from pyinfra_wsl.resources.windows_feature.state import VIRTUAL_MACHINE_PLATFORM, WSL, State

_KEY = "windows_features"
NAMES = (
    VIRTUAL_MACHINE_PLATFORM,
    WSL,
    "Microsoft-Hyper-V-All",
    "HypervisorPlatform",
    "Containers",
    "Containers-DisposableClientVM",
)
"""Of these nothing is said where they are off: a laptop on which something is broken would else declare that it stays so."""


def adopt(laptop: Laptop) -> Iterator[Adopted]:
    """Yield those that are on, of the features on which WSL, Docker Desktop and virtual machines rest."""
    have = laptop.of(State)
    if have.features is None:
        yield Adopted((_KEY,), note=f"not known: {have.problem}")
        return
    for name in NAMES:
        state = have.features.get(name)
        if state is not None and as_wanted(state, "enabled"):
            yield kept((_KEY, name), "enabled", plan({name: "enabled"}, laptop))
        elif state is not None and name in (VIRTUAL_MACHINE_PLATFORM, WSL):
            yield Adopted((_KEY, name), note="it is off; declare that where it shall stay so")
