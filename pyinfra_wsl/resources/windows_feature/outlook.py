"""Which features are of no use on a laptop, or cannot be changed on it without danger."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.windows import outlook, space
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.outlook import Declared, Obstacle
from pyinfra_wsl.resources.windows_feature.state import VIRTUAL_MACHINE_PLATFORM, WSL, State


def foresee(declared: Declared, laptop: Laptop) -> Iterator[Obstacle]:
    """Yield what a system drive without room keeps from being done; WSL cannot come about without a feature that stays off."""
    full = space.lack(laptop.windows, [space.Need(laptop.windows.system_drive, space.LEAST_FREE, "Windows to change features")])
    if full is None:
        return
    yield from (Obstacle(purpose, full) for purpose in (outlook.FEATURES, outlook.RESTART))
    wanted = {name.lower(): state for name, state in declared.values.get("windows_features", {}).items()}
    for name, purpose in ((VIRTUAL_MACHINE_PLATFORM, outlook.WSL_2), (WSL, outlook.WSL_1)):
        if wanted.get(name.lower()) == "enabled" and (laptop.of(State).features or {}).get(name) != "Enabled":
            yield Obstacle(purpose, full)
