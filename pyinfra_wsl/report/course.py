"""The course of a rollout as it lies beside the results of its laptops, read again whoever has written, damaged or changed it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pyinfra_wsl.report import reading

FILE = "rollout.course"
"""Its name: no host's result is called so, which all end in ``.json``."""

STATES = ("converged", "at work", "due", "deferred", "offline", "failed", "given up", "waiting")
"""How laptops of a ring may stand."""

_LARGEST = 8 * 2**20  # bytes
_MOST = 1000  # rings, points of one, rows
_LARGEST_NUMBER = 10**9


@dataclass(frozen=True)
class Ring:
    """One ring.

    Args:
        name: what it is called.
        counts: how many laptops stand how.
        opened, ready, passed: when it was opened, since when its gate would open but for a wait or a word, and when it did.
        gate: what must be true, in words.
        approved: who gave their word.
        waits: what waits for what, a sentence each.
        points: when how many were converged, the oldest first.

    """

    name: str
    counts: Mapping[str, int]
    opened: datetime | None
    ready: datetime | None
    passed: datetime | None
    gate: str
    approved: str
    waits: Sequence[str]
    points: Sequence[tuple[datetime, int]]

    @property
    def total(self) -> int:
        """How many laptops it has."""
        return sum(self.counts.values())

    @property
    def percent(self) -> int:
        """The share that is converged, in whole percent; only all of them are 100."""
        return 100 * self.counts["converged"] // self.total if self.total else 100


@dataclass(frozen=True)
class Row:
    """One line of what has happened: when, what, of which ring (empty for all), and a sentence."""

    time: datetime
    kind: str
    ring: str
    text: str


@dataclass(frozen=True)
class Course:
    """A rollout over time.

    Args:
        name, inventory, stage, why, holder: as of the rollout.
        begun, until: the first and the last moment of which it tells.
        rings: in their order.
        rows: what has happened, the oldest first.

    """

    name: str
    inventory: str
    stage: str
    why: str
    holder: str
    begun: datetime
    until: datetime
    rings: Sequence[Ring]
    rows: Sequence[Row]

    @property
    def seen(self) -> list[str]:
        """How laptops of any ring stand."""
        return [name for name in STATES if any(ring.counts[name] for ring in self.rings)]

    def place(self, when: datetime | None) -> float:
        """Return where a moment lies between the first and the last, from 0 to 100; of none it is the last."""
        whole = (self.until - self.begun).total_seconds()
        if when is None or whole <= 0:
            return 100.0
        return min(max((when - self.begun).total_seconds() / whole, 0.0), 1.0) * 100


def read(folder: Path) -> Course | None:
    """Return the course that lies in the folder of a run; None where there is none.

    Raises:
        ValueError: what lies there is none; one sentence.

    """
    path = folder / FILE
    if not path.is_file():
        return None
    found = reading.whole(path, _LARGEST)
    try:
        return _course(found)
    except (LookupError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"it is not the course of a rollout: {type(error).__name__} {error}") from error


def all_of(folders: Iterable[Path]) -> tuple[list[Course], list[str]]:
    """Return the courses that lie in folders of runs, the newest first; and what could not be used, a sentence each."""
    found, problems = [], []
    for folder in folders:
        try:
            if (one := read(folder)) is not None:
                found.append(one)
        except ValueError as error:
            problems.append(f"{folder.name}/{FILE}: {error}")
    return sorted(found, key=lambda one: one.begun, reverse=True), problems


def _course(found: Any) -> Course:
    texts = {name: _text(found[name]) for name in ("name", "inventory", "stage", "why", "holder")}
    rings = tuple(map(_ring, found["rings"][:_MOST]))
    rows = tuple(Row(_time(one[0]), *map(_text, one[1:4])) for one in found["rows"][:_MOST])
    return Course(**texts, begun=_time(found["begun"]), until=_time(found["until"]), rings=rings, rows=rows)


def _ring(found: Any) -> Ring:
    return Ring(
        name=_text(found["name"]),
        counts={name: _number(found["counts"].get(name, 0)) for name in STATES},
        opened=_maybe(found["opened"]),
        ready=_maybe(found["ready"]),
        passed=_maybe(found["passed"]),
        gate=_text(found["gate"]),
        approved=_text(found["approved"]),
        waits=tuple(map(_text, found["waits"][:_MOST])),
        points=tuple((_time(when), _number(many)) for when, many in found["points"][:_MOST]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("where there is to be a text")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST_NUMBER:
        raise TypeError("where there is to be a number")
    return value


def _maybe(value: Any) -> datetime | None:
    return None if value is None else _time(value)


def _time(value: Any) -> datetime:
    return reading.moment(_text(value))
