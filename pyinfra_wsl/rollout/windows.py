"""When a laptop may be begun, by its own clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from pyinfra_wsl.rollout.model import Laptop, Rollout


def open_at(rollout: Rollout, laptop: Laptop, now: datetime, here: ZoneInfo) -> bool:
    """Whether a laptop may be begun; never where its time zone is not known.

    Args:
        rollout: with its windows; without any, always.
        laptop: which one.
        now: the time.
        here: the time zone of laptops that declare none.

    """
    raise NotImplementedError


def next_open(rollout: Rollout, laptop: Laptop, now: datetime, here: ZoneInfo) -> datetime | None:
    """Return from when on a laptop may be begun, in UTC: `now` where it may; None for never. Arguments as of `open_at`."""
    raise NotImplementedError
