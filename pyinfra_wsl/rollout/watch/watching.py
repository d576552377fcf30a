"""All who watch a rollout, behind one face: its control looks, and each of them sees as often as it needs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from zoneinfo import ZoneInfo

from rich.console import Console

from pyinfra_wsl.rollout.model import Snapshot
from pyinfra_wsl.rollout.watch import metrics, page
from pyinfra_wsl.rollout.watch.happened import Happened
from pyinfra_wsl.rollout.watch.notify import Note, Teller
from pyinfra_wsl.rollout.watch.screen import Screen

METRICS = 15.0
"""Seconds between two metrics: as often as Prometheus asks by default, or nearly."""

COURSE = 60.0
"""Seconds between two courses, where nothing happens."""


class Watching:
    """Screen, metrics, the course for the page of a report, and the command that is told; entered and left as a context.

    Args:
        here: the time zone in which times are shown.
        note: keeps a row; may fail.
        folder: of the rollout's results.
        metrics: the file for node_exporter; None for none.
        console: where to print; standard output where it is None.

    """

    def __init__(
        self, here: ZoneInfo, note: Note, folder: Path, metrics: Path | None = None, console: Console | None = None
    ) -> None:
        """Take who is to see it; nothing is shown or written before the first look."""
        self._screen, self._teller = Screen(here, console), Teller(note)
        self._note, self._folder, self._metrics = note, folder, metrics
        self._last: tuple[Snapshot, Sequence[Happened]] | None = None
        self._known = -1
        self._rests = {"metrics": 0.0, "course": 0.0}
        self._problems = dict.fromkeys(self._rests, "")

    def __enter__(self) -> Watching:
        """Begin to show."""
        self._screen.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Write all of it a last time, and leave it on the screen."""
        try:
            if self._last is not None:
                self._write(*self._last, last=True)
        finally:
            self._screen.__exit__(kind, error, trace)

    def look(self, snapshot: Snapshot, events: Sequence[Happened]) -> None:
        """See how it stands; to be called within a loop of asyncio, about each second and whenever something has happened."""
        self._last = snapshot, events
        self._screen.look(snapshot, events)
        self._teller.look(snapshot, events)
        self._write(snapshot, events)

    async def finish(self) -> None:
        """Wait until the command was told of all that it is to be told of."""
        await self._teller.finish()

    def _write(self, snapshot: Snapshot, events: Sequence[Happened], *, last: bool = False) -> None:
        happened = last or len(events) != self._known
        self._known = len(events)
        if self._metrics is not None and self._is_time("metrics", METRICS, happened):
            self._tell("metrics", metrics.write(snapshot, self._metrics))
        if self._is_time("course", COURSE, happened):
            self._tell("course", page.write(self._folder, snapshot, events))

    def _is_time(self, what: str, seconds: float, happened: bool) -> bool:
        now = time.monotonic()
        if not happened and now < self._rests[what]:
            return False
        self._rests[what] = now + seconds
        return True

    def _tell(self, what: str, problem: str) -> None:
        """Keep what keeps a file from being written, once for each reason."""
        if problem and problem != self._problems[what]:
            self._teller.keep("note", None, problem)
        self._problems[what] = problem
