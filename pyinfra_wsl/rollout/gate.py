"""Whether a ring's gate is open, and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pyinfra_wsl.rollout.model import Snapshot


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a gate stands.

    Args:
        open: whether the next ring may begin.
        ready_since_ok: whether all is true but for the wait and a person's word: where it is, `RingStanding.ready` is to be the
            time since when, else None.
        waits: for what, a sentence each; empty where it is open.
        never: why it can no longer open by itself; empty where it can.

    """

    open: bool
    ready_since_ok: bool
    waits: tuple[str, ...] = ()
    never: str = ""


def judge(snapshot: Snapshot, number: int, now: datetime) -> Verdict:
    """Return how the gate of a ring stands. It is never open while a laptop of the ring was not tried, or is being tried.

    Args:
        snapshot: how all stands.
        number: the ring's, from 0.
        now: the time.

    """
    raise NotImplementedError
