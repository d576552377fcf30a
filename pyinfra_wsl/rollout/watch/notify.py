"""A command that is told of gates, aborts and ends: JSON on its standard input, no shell, and its failure ends no rollout."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pyinfra_wsl.rollout.model import Snapshot
from pyinfra_wsl.rollout.watch.happened import Happened

DEADLINE = 30.0
"""Seconds that the command has."""

Note = Callable[[str, str, str], None]
"""Keep a row: its kind, ring and text; the time is now."""


def document(snapshot: Snapshot, happened: Happened) -> dict[str, Any]:
    """Return what the command reads, as ``schemas/rollout_event.json`` has it."""
    raise NotImplementedError


async def tell(command: Sequence[str], event: Mapping[str, Any], deadline: float = DEADLINE) -> str:
    """Tell the command of an event; return what went wrong, empty for nothing. It never raises."""
    raise NotImplementedError


class Teller:
    """Tells of each row once, one after the other: ``look`` at each tick, ``await finish()`` before the control ends.

    Args:
        note: keeps a row: of kind ``told`` before the command is started, so that a control that takes over tells nothing twice,
            and of kind ``not told`` where it failed.

    """

    def __init__(self, note: Note) -> None:
        """Take where rows are kept."""

    def look(self, snapshot: Snapshot, events: Sequence[Happened]) -> None:
        """Begin to tell of what was not told yet; returns at once, and does nothing where no command is declared."""

    async def finish(self) -> None:
        """Wait until all was told that is to be, each within its deadline."""


def untold(events: Sequence[Happened]) -> list[Happened]:
    """Return what is to be told and was not, the oldest first."""
    raise NotImplementedError


def stamp(now: datetime) -> str:
    """Return a time as documents have it."""
    return now.isoformat(timespec="seconds")
