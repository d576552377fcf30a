"""The course of a rollout, left beside the results of its laptops for ``report --html``."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.pull import files
from pyinfra_wsl.report import course, results
from pyinfra_wsl.rollout.model import Gate, Snapshot
from pyinfra_wsl.rollout.watch import waits
from pyinfra_wsl.rollout.watch.happened import Happened
from pyinfra_wsl.rollout.watch.status import stamp
from pyinfra_wsl.rollout.watch.sums import SHOWN, Sum, Sums, summed

_POINTS = 60
_FIRST, _LAST = 100, 400  # rows that are kept of a rollout that went on for long
_LONGEST = 1000  # characters of a sentence
_UTC = ZoneInfo("UTC")  # as all times of the page


def document(snapshot: Snapshot, events: Sequence[Happened], now: datetime) -> dict[str, Any]:
    """Return the rings, their gates and what happened, over time, as `report.course` reads them.

    Args:
        snapshot: how the rollout stands.
        events: what has happened, the oldest first.
        now: aware.

    """
    sums, until = summed(snapshot), _until(snapshot, events, now)
    names = [one.name for one in sums.rings]
    rows = [one for one in events if one.kind != "told"]
    kept = rows if len(rows) <= _FIRST + _LAST else [*rows[:_FIRST], *rows[-_LAST:]]
    done = _done(snapshot, len(names))
    return {
        "name": snapshot.name,
        "inventory": snapshot.inventory,
        "stage": snapshot.stage,
        "why": snapshot.why,
        "holder": snapshot.holder,
        "begun": stamp(snapshot.begun),
        "until": stamp(until),
        "rings": [
            {**_ring(number, snapshot, sums, now), "points": _points(times, snapshot.begun, until)}
            for number, times in enumerate(done)
        ],
        "rows": [
            [stamp(one.time), one.kind, "" if one.ring is None else names[one.ring], escape(one.text, _LONGEST)] for one in kept
        ],
    }


def _until(snapshot: Snapshot, events: Sequence[Happened], now: datetime) -> datetime:
    """Return the last moment of which it tells: of a rollout that came to its end, when it did."""
    last = max((one.time for one in events), default=now) if snapshot.stage in ("ended", "aborted") else now
    return max(last, snapshot.begun)


def _ring(number: int, snapshot: Snapshot, sums: Sums, now: datetime) -> dict[str, Any]:
    ring, of = sums.rings[number], sums.rings[number].standing
    return {
        "name": ring.name,
        "counts": {state: ring.counts[state] for state in SHOWN},
        "opened": stamp(of.opened),
        "ready": stamp(of.ready),
        "passed": stamp(of.passed),
        "gate": words(of.ring.gate),
        "approved": of.approved,
        "waits": [escape(one, _LONGEST) for one in _waits(ring, number, snapshot, sums, now)],
    }


def _waits(ring: Sum, number: int, snapshot: Snapshot, sums: Sums, now: datetime) -> list[str]:
    return waits.of_ring(number, snapshot, sums, now, _UTC) if ring.total else []


def words(gate: Gate) -> str:
    """Return what must be true for a gate to open, in words."""
    verified = " and verified" if gate.verify else ""
    found = [f"{gate.share * 100:g} % converged{verified}"]
    found += ["no new kind of failure"] if gate.new_failures else []
    found += ["a person's word"] if gate.approve else []
    minutes = gate.wait.total_seconds() / 60
    found += [f"all of it for {minutes / 60:g} h" if minutes >= 60 else f"all of it for {minutes:g} min"] if minutes else []
    return ", ".join(found)


def _done(snapshot: Snapshot, rings: int) -> list[list[datetime]]:
    """Return when laptops came to be converged, by rings and in order."""
    found: list[list[datetime]] = [[] for _ in range(rings)]
    for one in snapshot.laptops.values():
        if one.state == "converged":
            found[one.ring].append(one.changed or snapshot.begun)
    for times in found:
        times.sort()
    return found


def _points(times: Sequence[datetime], begun: datetime, until: datetime) -> list[tuple[str | None, int]]:
    """Return how many were converged at each of some moments; none where nothing was."""
    if not times:
        return []
    step = (until - begun) / _POINTS
    moments = [begun + step * number for number in range(_POINTS)] + [until]
    return [(stamp(when), bisect_right(times, when)) for when in moments]


def write(folder: Path, snapshot: Snapshot, events: Sequence[Happened], now: datetime | None = None) -> str:
    """Put the course into the folder of the results, in the place of what is there; it never raises.

    To be called when something has happened, and at the end.

    Args:
        folder: of the rollout's results; it is made where it is not there.
        snapshot: how the rollout stands.
        events: what has happened, the oldest first.
        now: aware; the time of this machine where it is None.

    Returns:
        What kept it from being written; empty for nothing.

    """
    path = folder / course.FILE
    try:
        files.write(path, results.written(document(snapshot, events, now or datetime.now(UTC))) + b"\n")
    except OSError as error:
        return f"{path} cannot be written: {error.strerror or error}. Next: look at its folder, space and rights"
    return ""
