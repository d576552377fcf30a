"""Everybody who is shown or told how a rollout stands: its screen, the declared command, metrics, and the page of its results."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from pyinfra_wsl.rollout.ledger import Ledger
from pyinfra_wsl.rollout.model import Snapshot
from pyinfra_wsl.rollout.watch import metrics, page
from pyinfra_wsl.rollout.watch.happened import Happened
from pyinfra_wsl.rollout.watch.notify import Teller
from pyinfra_wsl.rollout.watch.screen import Screen

_EVERY = 15.0
"""Seconds after which metrics are written though nothing has happened; node_exporter is asked about as often."""


class Shown:
    """All of them, as a control's `Watch`.

    Args:
        ledger: where what went wrong with them is noted.
        screen: entered and left by others.
        path: of the file for metrics; None for none.

    """

    def __init__(self, ledger: Ledger, screen: Screen, path: Path | None) -> None:
        """Take them; nothing is shown yet."""
        self._ledger, self._screen, self._path = ledger, screen, path
        self._teller = Teller(self._note)
        self._written, self._rows = float("-inf"), -1
        self._last: tuple[Snapshot, Sequence[Happened]] | None = None
        self._said = set[str]()

    def look(self, snapshot: Snapshot, events: Sequence[Happened]) -> None:
        """Show and tell how it stands."""
        self._last = snapshot, events
        self._screen.look(snapshot, events)
        self._teller.look(snapshot, events)
        if time.monotonic() - self._written >= _EVERY or len(events) != self._rows:
            self._write(snapshot, events)

    async def finish(self) -> None:
        """Tell and write what is left."""
        await self._teller.finish()
        if self._last is not None:
            self._write(*self._last)

    def _write(self, snapshot: Snapshot, events: Sequence[Happened]) -> None:
        self._written, self._rows = time.monotonic(), len(events)
        problems = [page.write(self._ledger.documents.folder, snapshot, events)]
        if self._path is not None:
            problems.append(metrics.write(snapshot, self._path))
        for one in filter(None, (*problems, *self._ledger.problems)):
            if one not in self._said:
                self._said.add(one)
                self._teller.keep("note", None, one)
        self._ledger.problems.clear()

    def _note(self, kind: str, ring: int | None, text: str) -> None:
        self._ledger.store.event(kind, text, self._ledger.clock.now(), ring)
