"""What a fleet file declares of its rollout, as `model.Rollout`; and the hosts of an inventory as its laptops."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from pyinfra_wsl.rollout.model import Laptop, Ring, Rollout

NONE = Rollout((Ring("rest"),))
"""What holds where nothing is declared: one ring of all."""


def declared(path: str) -> Rollout:
    """Return what the fleet files of an inventory declare; `NONE` where nothing is.

    The inventory is read unless `testing.inventory.begun` has read it in this process; a fleet file or folder may be named, too.

    Args:
        path: as `testing.inventory.begun` takes it.

    Raises:
        FileNotFoundError, InventoryError: as of `testing.inventory.begun`; also where two fleet files of it declare a rollout.

    """
    raise NotImplementedError


def of(section: Mapping[str, Any] | None, folder: Path = Path()) -> Rollout:
    """Return a checked section ``rollout`` of a fleet file (`fleet.Fleet.rollout`) as what it means.

    Args:
        section: its values; None where there is none.
        folder: from which a program that is to be told is named.

    """
    raise NotImplementedError


def laptops(hosts: Iterable[tuple[str, Collection[str], Mapping[str, Any]]]) -> list[Laptop]:
    """Return hosts as a rollout must know them.

    Args:
        hosts: of each its name, its groups and its host data, of which ``site`` and ``time_zone`` count.

    Raises:
        InventoryError: a site is no text, or a time zone is not known; a line for each.

    """
    raise NotImplementedError
