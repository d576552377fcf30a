"""How the .wslconfig of a laptop's user is declared, so that a run changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.adopted import Adopted, hindrances
from pyinfra_wsl.core.formats.ini import check as ini
from pyinfra_wsl.core.formats.ini.files import WSLCONFIG as FILE
from pyinfra_wsl.core.formats.ini.merge import declarable
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.resources.wslconfig.plan import plan
from pyinfra_wsl.resources.wslconfig.state import State

_KEY = "wslconfig"


def adopt(laptop: Laptop) -> Iterator[Adopted]:
    """Yield the values that are in force because the file sets them; lines that WSL does not read are told."""
    have = laptop.of(State)
    if laptop.user is None or have.exists is None:
        why = laptop.nobody.reason if laptop.nobody else have.problem or have.link
        yield Adopted((_KEY,), note=f"not known: {why}")
        return
    values, left = declarable(have.parsed, FILE)
    made = hindrances(plan(ini.want(values, FILE), laptop)) if values else []
    if made:
        yield Adopted((_KEY,), note=made[0])
        values = {}
    yield from (Adopted((_KEY, section, key), value) for section, keys in values.items() for key, value in keys.items())
    yield from (Adopted((_KEY,), note=one) for one in (*left, *have.problems))
