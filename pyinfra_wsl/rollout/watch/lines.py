"""A rollout line by line, where no person looks at a terminal: one for each event, and never more than one for a laptop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from pyinfra_wsl.report.summary import shown
from pyinfra_wsl.rollout.model import Snapshot, Standing
from pyinfra_wsl.rollout.watch import waits
from pyinfra_wsl.rollout.watch.happened import Happened
from pyinfra_wsl.rollout.watch.sums import SHOWN, WORDS, Sums, summed

_ENDS = frozenset({"converged", "failed", "given up"})
"""States in which a laptop stays: of those that are tried again, the line of their ring tells."""


_BEGUN = frozenset({"begun", "holder"})
"""What happens when somebody begins to run it."""


class Lines:
    """What is new since the last time.

    Args:
        here: the time zone in which times are said.

    """

    def __init__(self, here: ZoneInfo) -> None:
        """Begin with nothing told."""
        self._here = here
        self._ended: set[str] = set()
        self._known = 0
        self._rest: list[str] = []
        self._last: tuple[Snapshot | None, int] = (None, 0)
        self._first: datetime | None = None

    def new(self, snapshot: Snapshot, events: Sequence[Happened], now: datetime) -> list[str]:
        """Return the lines that were not told yet, as they may be shown.

        Args:
            snapshot: how the rollout stands.
            events: all that has happened, the oldest first.
            now: aware.

        """
        if self._last[0] is snapshot and self._last[1] == len(events):
            return []
        first = self._last[0] is None
        self._last, self._first = (snapshot, len(events)), self._first or now
        found = self._begin(snapshot, events, now) if first else []
        found += self._laptops(snapshot, now, tell=not first)
        found += self._events(events, snapshot, now)
        found += self._waits(snapshot, now)
        return [shown(one) for one in found]

    def end(self, snapshot: Snapshot, now: datetime) -> list[str]:
        """Return how it stands when one ceases to look."""
        of = summed(snapshot).counts
        others = "".join(f", {of[state]} {WORDS.get(state, state)}" for state in SHOWN[1:] if of[state])
        step = waits.next_step(replace(snapshot, held=False))
        told = f"{snapshot.inventory}: {of['converged']} of {of.total()} converged{others}; {snapshot.stage}"
        return [shown(f"{self._clock(now)} {told}{f'. Next: {step}' if step else ''}")]

    def _begin(self, snapshot: Snapshot, events: Sequence[Happened], now: datetime) -> list[str]:
        """Return how it stands when one begins to look; what happened before somebody began to run it is not told again."""
        begun = [number for number, one in enumerate(events) if one.kind in _BEGUN]
        self._known = begun[-1] if begun else 0
        when = events[self._known].time if events else now
        of = summed(snapshot).counts
        return [f"{self._clock(when)} {snapshot.inventory}: {of['converged']} of {of.total()} converged, {snapshot.stage}"]

    def _laptops(self, snapshot: Snapshot, now: datetime, *, tell: bool) -> Iterator[str]:
        """Yield a line for each laptop that came to its end."""
        for name, one in snapshot.laptops.items():
            if one.state in _ENDS and name not in self._ended:
                self._ended.add(name)
                if tell:
                    yield self._laptop(name, one, snapshot, now)

    def _laptop(self, name: str, one: Standing, snapshot: Snapshot, now: datetime) -> str:
        ring = snapshot.rings[one.ring].ring.name
        tries = f" at try {one.tries}" if one.tries > 1 else ""
        why = f": {one.why}" if one.why and one.state != "converged" else ""
        return f"{self._clock(one.changed or now)} {ring}: {name} {one.state}{tries}{why}"

    def _events(self, events: Sequence[Happened], snapshot: Snapshot, now: datetime) -> Iterator[str]:
        for one in events[self._known :]:
            if one.kind != "told":
                yield waits.row(one, snapshot, self._first or now, self._here)
        self._known = len(events)

    def _waits(self, snapshot: Snapshot, now: datetime) -> Iterator[str]:
        """Yield what is waited for, where that is all that goes on and it is something else than the last time."""
        if any(one.state == "at work" for one in snapshot.laptops.values()):
            return
        sums = summed(snapshot)
        found = [
            f"{ring.name}: {line}"
            for number, ring in enumerate(sums.rings)
            if ring.standing.opened is not None
            for line in self._of_ring(number, snapshot, sums, now)
        ]
        yield from (f"{self._clock(now)} {line}" for line in found if line not in self._rest)
        self._rest = found

    def _of_ring(self, number: int, snapshot: Snapshot, sums: Sums, now: datetime) -> list[str]:
        """Return what a ring waits for, as far as no event and no laptop's own line has told."""
        found = waits.of_ring(number, snapshot, sums, now, self._here, failed=False)
        ready = snapshot.rings[number].ready is not None
        return found[len(waits.of_gate(number, snapshot, sums.rings[number], now)) :] if ready else found

    def _clock(self, when: datetime) -> str:
        """Return a time; from the second day on with its date, since lines are read later."""
        return waits.clock(when, self._first or when, self._here)
