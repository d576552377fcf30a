"""What happens in a rollout, as it is kept beside its state: few rows, since what becomes of each laptop stands in its result."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

Kind = Literal[
    "begun", "taken up", "opened", "ready", "passed", "approved", "paused", "resumed", "aborted", "stuck", "ended", "lost",
    "told", "not told", "note",
]  # fmt: skip
"""Begun, and taken up again by another control; of a ring: it was opened, its gate would open but for a wait or a person's word,
its gate was passed, a person gave their word; of the rollout: paused, resumed, aborted, stuck, ended; a worker was lost; a command
was told of a row (its text is the row's `key`), or could not be; anything else that is worth a line."""


class Happened(NamedTuple):
    """One row.

    Args:
        time: when, aware and in UTC.
        kind: see `Kind`.
        ring: the name of the ring; empty where it is of the whole rollout.
        text: a sentence for people: who, why.

    """

    time: datetime
    kind: str
    ring: str
    text: str

    @property
    def key(self) -> str:
        """What it is called, the same after a control was killed and another one took over."""
        return f"{self.time.isoformat()} {self.kind} {self.ring}".rstrip()
