"""What runs did one after the other: a host's own, and how the fleet came along."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pyinfra_wsl.report import reading
from pyinfra_wsl.report.results import Document

_KEPT = ("host", "outcome", "run", "changes", "groups")


@dataclass
class Point:
    """One run of a fleet.

    Args:
        name: of its folder.
        ended: when it ended; None where nothing tells.
        outcomes: how many hosts ended how.
        changed: how many hosts were changed.
        drifted: how many of these were converged after the last run that looked at them: somebody has changed them, or the fleet
            file says something else since.

    """

    name: str
    ended: datetime | None
    outcomes: Counter[str] = field(default_factory=Counter)
    changed: int = 0
    drifted: int = 0


@dataclass
class Told:
    """Runs that were read, the oldest first, and what of them could not be used."""

    runs: list[tuple[Path, list[Document]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read(folder: Path, *, most: int | None = None, since: datetime | None = None, last: str = "", slim: bool = False) -> Told:
    """Return the runs below a folder, the oldest first.

    Args:
        folder: where runs leave their results.
        most: how many of the newest are read; all where it is None.
        since: older runs are left out, and those that do not tell when they ended.
        last: the name of the run with which it ends; the newest where it is empty.
        slim: whether of each host only the newest result is kept as it is, of the one before what was found too, and of older
            ones how they ended and what was changed: many runs of many hosts are more than fits into a machine.

    """
    found, seen = Told(), Counter[str]()
    there = reading.runs(folder)
    end = next((number for number, one in enumerate(there, 1) if one.name == last), len(there))
    for one in reversed(there[:end][-most if most else None :]):
        named = reading.started(one)
        if since and named and named < since:
            continue
        read_ = reading.read(one)
        found.problems += read_.problems
        kept = [document for document in read_.documents if not since or _is_since(document, since)]
        if kept:
            found.runs.append((one, [_slim(document, seen) for document in kept] if slim else kept))
    found.runs.reverse()
    return found


def _slim(document: Document, seen: Counter[str]) -> Document:
    """Return what is kept of a result, as often as its host was seen already in newer runs."""
    number = seen[document["host"]]
    seen[document["host"]] += 1
    if not number:
        return document
    return {name: document.get(name) for name in (*_KEPT, *(["before"] if number == 1 else []))}


def _is_since(document: Document, since: datetime) -> bool:
    ended = reading.ended(document)
    return ended is not None and ended >= since


def points(runs: Iterable[tuple[Path, Sequence[Document]]]) -> list[Point]:
    """Return how the fleet came along, run by run."""
    found, last = [], dict[str, str]()
    for folder, documents in runs:
        point = Point(folder.name, next(filter(None, map(reading.ended, documents)), None) or reading.started(folder))
        for one in documents:
            point.outcomes[one["outcome"]] += 1
            if one["changes"]:
                point.changed += 1
                point.drifted += last.get(one["host"]) == "converged"
            if one["outcome"] not in ("offline", "not looked at"):
                last[one["host"]] = one["outcome"]
        found.append(point)
    return found


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield every single value of nested ones, with where it stands: ``wsl.services.WSLService``."""
    if isinstance(value, dict) and value:
        for name, one in value.items():
            yield from leaves(one, (*path, name))
    elif isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value):
        for number, one in enumerate(value):
            yield from leaves(one, (*path, str(number)))
    else:
        yield ".".join(path), value


def differences(old: Any, new: Any, most: int) -> list[tuple[str, Any, Any]]:
    """Return what differs between two looks at a host: where, what was there, and what is there; None for nothing.

    Args:
        old, new: what two runs found.
        most: how many are returned.

    """
    before, after = dict(leaves(old)), dict(leaves(new))
    names = dict.fromkeys([*before, *after])
    changed = ((name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name))
    return [one for _, one in zip(range(most), changed, strict=False)]
