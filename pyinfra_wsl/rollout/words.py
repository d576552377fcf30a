"""Numbers, spans and times as a rollout's sentences have them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def count(number: int, what: str = "laptop") -> str:
    """Write a number of things: ``1 laptop``, ``3 laptops``."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def are(number: int) -> str:
    """Return the verb for a number of things."""
    return "is" if number == 1 else "are"


def share(part: float) -> str:
    """Write a share of 1: ``95 %``."""
    percent = Decimal(str(part)) * 100
    return f"{percent.normalize():f} %"


def needed(part: float, of: int) -> int:
    """Return how many of a number a share is, at least."""
    return math.ceil(Decimal(str(part)) * of)


def span(length: timedelta) -> str:
    """Write a length of time by its two largest units: ``2 h``, ``1 d 4 h``."""
    left, found = max(0, round(length.total_seconds())), []
    for unit, seconds in _UNITS:
        number, left = divmod(left, seconds)
        found += [f"{number} {unit}"] if number else []
    return " ".join(found[:2]) or "0 s"


def moment(when: datetime, here: ZoneInfo | None = None) -> str:
    """Write a time to the minute: ``Fri 2026-11-27 18:00 (Europe/Berlin)``; in UTC unless a zone is given."""
    there = when.astimezone(here or UTC)
    zone = "UTC" if here is None else here.key or there.tzname() or "local"
    return f"{_DAYS[there.weekday()]} {there:%Y-%m-%d %H:%M} ({zone})"


def listed(names: Iterable[str], most: int = 3) -> str:
    """Write some names, of many the first: ``LT-1, LT-2 and 5 more``."""
    known = list(names)
    if len(known) <= most + 1:
        return ", ".join(known)
    return f"{', '.join(known[:most])} and {len(known) - most} more"


def week(days: Iterable[int]) -> str:
    """Write days of the week, of which Monday is 0, those in a row as one: ``Mon-Fri, Sun``."""
    left, rows = sorted(days), list[list[int]]()
    for day in left:
        if rows and rows[-1][-1] == day - 1:
            rows[-1].append(day)
        else:
            rows.append([day])
    if len(left) == len(_DAYS):
        return "every day"
    dash = {1: "", 2: ", "}
    return ", ".join(_DAYS[row[0]] + (dash.get(len(row), "-") + _DAYS[row[-1]]) * (len(row) > 1) for row in rows)
