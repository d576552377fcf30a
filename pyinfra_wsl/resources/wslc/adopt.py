"""How the settings of WSL's containers are declared, so that a run changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyinfra_wsl.core.adopted import Adopted, kept
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.resources.wslc.keys import NUMBERS, SIZES, SWITCHES, meant
from pyinfra_wsl.resources.wslc.plan import Want, plan
from pyinfra_wsl.resources.wslc.state import NAME, State


def adopt(laptop: Laptop) -> Iterator[Adopted]:
    """Yield the values that the file sets; nothing where there is none, or no containers."""
    have = laptop.of(State)
    if not have.exists or have.there is False:
        return
    if have.problem:
        yield Adopted((NAME,), note=have.problem)
    for name, text in have.values.items():
        value: Any = meant(name, text)
        if value is None:
            continue
        place = (NAME, *name.split("."))
        if isinstance(value, str) and name in SIZES | NUMBERS | SWITCHES:
            yield Adopted(place, note=f"it is {text}, which wslc ignores")
        else:
            yield kept(place, text if name in SIZES else value, plan(Want({name: text}), laptop))
    yield from (Adopted((NAME,), note=f"wslc does not know {name}") for name in have.ignored)
