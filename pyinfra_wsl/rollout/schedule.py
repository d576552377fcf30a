"""What is next: decided from how a rollout stands and the time, and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pyinfra_wsl.rollout.gate import Verdict
from pyinfra_wsl.rollout.model import Snapshot, Stage


@dataclass(frozen=True, slots=True)
class Next:
    """What is to be done now. Whoever does it asks again at once; an empty one says until when nothing is to be done.

    Args:
        deal: names of laptops for each shard that is to be given to a worker.
        open_ring: number of the ring that is to be opened; its laptops become due.
        pass_ring: number of the ring whose gate has opened.
        give_up: names of laptops whose deadline has passed.
        stage: what the rollout comes to; None where it stays.
        why: of that stage, one sentence.
        wake: when something will be to be done by itself; None where only a result or a person's word changes anything.
        waits: what waits for what, a sentence each.
        judged: number of the ring whose gate is the next to open; None where none is.
        verdict: on that gate.

    """

    deal: tuple[tuple[str, ...], ...] = ()
    open_ring: int | None = None
    pass_ring: int | None = None
    give_up: tuple[str, ...] = ()
    stage: Stage | None = None
    why: str = ""
    wake: datetime | None = None
    waits: tuple[str, ...] = ()
    judged: int | None = None
    verdict: Verdict | None = None


def next(snapshot: Snapshot, now: datetime, here: ZoneInfo, free: int, until: int | None = None) -> Next:  # noqa: A001
    """Return what is to be done now.

    Args:
        snapshot: how all stands.
        now: the time.
        here: the time zone of laptops that declare none.
        free: how many shards may be given to workers.
        until: number of the last ring that may be opened; None for all.

    """
    raise NotImplementedError
