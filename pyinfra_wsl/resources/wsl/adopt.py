"""How the WSL package of a laptop is declared, so that a run changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.adopted import Adopted, kept
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.resources.wsl.plan import Want, plan
from pyinfra_wsl.resources.wsl.state import State

_PATH = ("wsl", "package")
_INSTALLER = "with installer and sha256 it can be brought to laptops that lack it"


def adopt(laptop: Laptop) -> Iterator[Adopted]:
    """Yield the version that is there as the oldest that is left alone; the WSL in Windows has none that could be declared."""
    have = laptop.of(State)
    if have.kind == "package" and have.version:
        yield kept((*_PATH, "minimum"), have.version, plan(Want(minimum=have.version), laptop), _INSTALLER)
    elif have.kind == "inbox":
        yield Adopted(_PATH, note="the WSL is the one in Windows, of which no version is declared")
    elif have.kind is None:
        yield Adopted(_PATH, note=f"not known: {have.problem}")
