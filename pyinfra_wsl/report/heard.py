"""From whom was heard when: pushed and pulled machines in one table, and who says nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pyinfra_wsl.report import reading, summary
from pyinfra_wsl.report.results import Document

_DAY = len("2026-11-27")
SILENT = timedelta(days=7)
"""After which a machine that said nothing is called silent."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The last word of one machine.

    Args:
        host: its name.
        document: its newest result; None where there is none.
        age: since it ended; None where nothing tells.
        behind: so many serials it has not taken yet; None where it does not pull.
        silent: whether that is too long ago, or never was.

    """

    host: str
    document: Document | None
    age: timedelta | None
    behind: int | None
    silent: bool

    @property
    def how(self) -> str:
        """``pull`` where it came by itself, ``push`` where it was connected to, empty where it was never heard."""
        if self.document is None:
            return ""
        return "pull" if "pull" in self.document else "push"

    @property
    def outcome(self) -> str:
        """How it ended: of a pull its own word, which tells more."""
        if self.document is None:
            return "never heard"
        told = self.document.get("pull")
        own = told.get("outcome") if isinstance(told, dict) else None
        return own if isinstance(own, str) and own else str(self.document["outcome"])

    @property
    def serial(self) -> int | None:
        """Of the bundle that it has."""
        return _serial(self.document)

    @property
    def source(self) -> str:
        """What it says of the place from which it fetches; empty where it does not pull."""
        return _told(self.document, "source") or ""

    @property
    def good(self) -> str | None:
        """When what is published there was good last; None where it does not say."""
        return _told(self.document, "good")

    @property
    def lacks(self) -> tuple[int, str, str] | None:
        """The serial that it knows of and did not take, since when, and why; None where it says nothing of the kind."""
        return _lacks(self.document)

    @property
    def values(self) -> dict[str, Any]:
        """As plain values."""
        ended = reading.ended(self.document) if self.document else None
        return {
            "host": self.host, "how": self.how or None, "outcome": self.outcome if self.document else None,
            "last_word": ended.isoformat() if ended else None, "serial": self.serial, "behind": self.behind,
            "silent": self.silent, "behind_since": self.lacks[1] if self.lacks else None,
            "why": self.lacks[2] if self.lacks else None, "source": self.source or None, "good": self.good,
        }  # fmt: skip


def last_words(names: Iterable[str], documents: Sequence[Document], now: datetime) -> list[Heard]:
    """Return the last word of each machine, those first that say nothing.

    Args:
        names: the fleet's machines.
        documents: the newest result of each host.
        now: the time.

    """
    known = {one["host"].casefold(): one for one in documents}
    theirs = [(name, known.get(name.casefold())) for name in names]
    newest = max((_rank(one) for _, one in theirs if one is not None and _serial(one) is not None), default=None)
    found = [_heard(name, one, newest, now) for name, one in theirs]
    return sorted(found, key=lambda one: (not one.silent, -(one.age.total_seconds() if one.age else float("inf")), one.host))


def _heard(name: str, one: Document | None, newest: tuple[int, int] | None, now: datetime) -> Heard:
    ended = reading.ended(one) if one is not None else None
    age = now - ended if ended is not None else None
    behind = None
    if one is not None and newest is not None and _serial(one) is not None:
        epoch, serial = _rank(one)
        behind = newest[1] - serial if epoch == newest[0] else newest[1]
        if (lacks := _lacks(one)) is not None:  # its own word counts for itself only
            behind = max(behind, lacks[0] - serial)
    return Heard(name, one, age, behind, age is None or age > SILENT)


def _serial(one: Document | None) -> int | None:
    told = one.get("pull") if one is not None else None
    serial = told.get("serial") if isinstance(told, dict) else None
    return serial if type(serial) is int else None


def _told(one: Document | None, name: str) -> str | None:
    told = one.get("pull") if one is not None else None
    value = told.get(name) if isinstance(told, dict) else None
    return value if isinstance(value, str) else None


def _lacks(one: Document | None) -> tuple[int, str, str] | None:
    told = one.get("pull") if one is not None else None
    found = told.get("behind") if isinstance(told, dict) else None
    if not isinstance(found, dict) or type(found.get("serial")) is not int:
        return None
    since, code = found.get("since"), found.get("code")
    return (found["serial"], since, code) if isinstance(since, str) and isinstance(code, str) else None


def _rank(one: Document) -> tuple[int, int]:
    epoch = one["pull"].get("epoch")
    return epoch if type(epoch) is int else 0, _serial(one) or 0


def print_heard(found: Sequence[Heard], console: Console) -> None:
    """Print them.

    Args:
        found: as of `last_words`.
        console: where to print.

    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for _column in range(5):
        table.add_column(no_wrap=True)
    for one in found:
        age = Text(_ago(one.age), "yellow" if one.silent else "default")
        name, how_it_ended, serials = (Text(summary.shown(text)) for text in (one.host, one.outcome, _serials(one)))
        table.add_row(name, how_it_ended, one.how, age, serials)
    console.print(table)
    silent = sum(one.silent for one in found)
    behind = sum(bool(one.behind) for one in found)
    console.print(f"\n{len(found)} machines: {silent} silent, {behind} behind", soft_wrap=True)
    newest = [one for one in found if one.behind == 0]
    if behind and len(newest) == 1:
        words = f"serial {newest[0].serial} is said by {summary.shown(newest[0].host)} alone: look whether it was published"
        console.print(Text(words), soft_wrap=True)


def _serials(one: Heard) -> str:
    """Return how fresh a laptop's bundle is: by what all of them say, and by what it says itself."""
    words = [] if one.serial is None else [f"serial {one.serial}"]
    if one.behind:
        words.append(f"{one.behind} behind")
    if one.lacks is not None:
        serial, since, code = one.lacks
        words.append(f"serial {serial} is not taken since {since[:_DAY]}: {code}")
    elif one.good is not None and one.source not in ("", "ok"):
        words.append(f"its source is {one.source} since {one.good[:_DAY]}")
    return ", ".join(words)


def _ago(age: timedelta | None) -> str:
    if age is None:
        return ""
    minutes = int(age.total_seconds() // 60)
    for unit, size in (("day", 1440), ("hour", 60)):
        if minutes >= size:
            number = minutes // size
            return f"{number} {unit}{'s' if number != 1 else ''} ago"
    return f"{max(minutes, 0)} minute{'s' if minutes != 1 else ''} ago"
