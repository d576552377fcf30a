"""What a rollout would do, and when: ``pyinfra-wsl rollout INVENTORY --plan``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pyinfra_wsl.rollout.model import Laptop, Rollout


def lines(rollout: Rollout, laptops: Sequence[Laptop], now: datetime, here: ZoneInfo) -> list[str]:
    """Return what would happen when, as lines for people; nobody is contacted.

    Args:
        rollout: as it is declared.
        laptops: all of the inventory.
        now: the time.
        here: the time zone of laptops that declare none.

    """
    raise NotImplementedError
