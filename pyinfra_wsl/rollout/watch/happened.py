"""What happens in a rollout, as it is kept beside its state: few rows, since what becomes of each laptop stands in its result."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class Happened(NamedTuple):
    """One line of what has happened.

    Args:
        time: when, aware and in UTC.
        kind: ``begun``, ``opened``, ``ready``, ``approved``, ``passed``, ``paused``, ``resumed``, ``aborted``, ``stuck``,
            ``ended``, ``retry``, ``gave up``, ``lost``, ``clock``, ``holder``, ``note``; ``told`` where a command is told of a
            row (the text is the row's `key`), and ``not told`` where that failed.
        ring: the number of the ring of which it is; None for the rollout as a whole.
        text: one sentence.

    """

    time: datetime
    kind: str
    ring: int | None
    text: str


def key(one: Happened) -> str:
    """Return what a row is called, the same after a control was killed and another one took over."""
    ring = "" if one.ring is None else f" {one.ring}"
    return f"{one.time.isoformat()} {one.kind}{ring}"
