"""Spans, times of day, days of the week and percentages as people write them in a fleet file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

from pyinfra_wsl.core import show

SPAN = r"^(?=[0-9])(?:[0-9]{1,4}d)?\s?(?:[0-9]{1,5}h)?\s?(?:[0-9]{1,6}m)?\s?(?:[0-9]{1,8}s)?$"
TIME = r"^(?:[01]?[0-9]|2[0-3]):[0-5][0-9]$"
"""A time of day; a window may end at 24:00, too."""
PERCENT = r"^(?:100(?:\.0+)?|[0-9]{1,2}(?:\.[0-9]{1,4})?) ?%?$"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_LONGEST = timedelta(days=365)
_PARTS = re.compile(r"(?:(\d+)d)?\s?(?:(\d+)h)?\s?(?:(\d+)m)?\s?(?:(\d+)s)?")
_MEANT_SPAN = re.compile(r"([0-9]{1,6})\s*(s|m|h|d|w)[a-z]*\.?", re.IGNORECASE)
_MEANT_TIME = re.compile(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?\s*(?:uhr|h)?\s*([ap]\.?m\.?)?", re.IGNORECASE)
_WORDS = {
    **{name: (number,) for number, name in enumerate(DAYS)},
    **{name: (number,) for number, name in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))},
    "tues": (1,), "thur": (3,), "thurs": (3,),
    "weekdays": tuple(range(5)), "weekend": (5, 6), "daily": tuple(range(7)),
}  # fmt: skip


class MeantError(Exception):
    """A value is not what is meant.

    Args:
        message: what is wrong with it.
        remedy: the right form.

    """

    def __init__(self, message: str, remedy: str) -> None:
        """Keep both; the text is both."""
        super().__init__(f"{message}; {remedy}")
        self.message, self.remedy = message, remedy


def span(value: Any) -> timedelta:
    """Return a length of time: ``90s``, ``10m``, ``4h``, ``7d``, ``1h30m``; 0 may stand without a unit.

    Raises:
        MeantError: it is none, or longer than a year.

    """
    if value == 0 and not isinstance(value, bool):
        return timedelta(0)
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise MeantError(f"{show.value(value)} has no unit", f"write {value}s, {value}m, {value}h or {value}d")
    if not isinstance(value, str) or not re.fullmatch(SPAN, value):
        raise MeantError(f"{show.value(value)} is no length of time", f"write {_meant_span(value)}")
    numbers = _PARTS.fullmatch(value)
    days, hours, minutes, seconds = (int(one or 0) for one in (numbers.groups() if numbers else ()))
    found = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if found > _LONGEST:
        raise MeantError(f"{show.value(value)} is too long", f"the most is {_LONGEST.days}d")
    return found


def _meant_span(value: Any) -> str:
    if isinstance(value, str) and (meant := _MEANT_SPAN.fullmatch(value.strip())):
        number, unit = int(meant[1]), meant[2].lower()
        return f"{number * 7}d" if unit == "w" else f"{number}{unit}"
    return "a number and its unit, as 90s, 10m, 4h, 7d or 1h30m"


def ending(value: Any) -> time:
    """Return a time of day at which something ends, as of `of_day`; 24:00 is midnight."""
    return time(0) if value == "24:00" else of_day(value)


def of_day(value: Any) -> time:
    """Return a time of day: ``18:00``.

    Raises:
        MeantError: it is none. A number is none either: what YAML 1.1 makes of 18:00 without quotes is 1080.

    """
    if isinstance(value, str) and re.fullmatch(TIME, value):
        hours, minutes = value.split(":")
        return time(int(hours), int(minutes))
    kind = "a number" if isinstance(value, int | float) and not isinstance(value, bool) else "no time of day"
    raise MeantError(f"{show.value(value)} is {kind}, where a time of day is meant", f'write "{_meant_time(value)}", in quotes')


def _meant_time(value: Any) -> str:
    meant = set(_of_number(value)) if isinstance(value, int) and not isinstance(value, bool) else set[str]()
    if isinstance(value, str) and (found := _MEANT_TIME.fullmatch(value.strip())):
        hours, minutes, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
        hours = hours % 12 + 12 * half.startswith("p") if half and hours <= 12 else hours
        meant |= {f"{hours:02}:{minutes:02}"} if hours < 24 and minutes < 60 else set()
    return meant.pop() if len(meant) == 1 else "18:00"


def _of_number(value: int) -> Iterator[str]:
    """Yield the times of day that a number may have been: an hour, what YAML 1.1 makes of one, or one without its colon."""
    if 0 <= value < 24:
        yield f"{value:02}:00"
        return
    if value % 60 == 0 and value < 24 * 60:
        yield f"{value // 60:02}:00"
    if 100 <= value < 2400 and value % 100 < 60:
        yield f"{value // 100:02}:{value % 100:02}"


def days(value: Any) -> frozenset[int]:
    """Return days of the week, of which Monday is 0: ``[mon, tue]``, ``mon-fri``, ``weekend``.

    Args:
        value: a word, words with commas, or a list of them.

    Raises:
        MeantError: a word is no day.

    """
    words = value if isinstance(value, list) else [value]
    return frozenset(_days(word for one in words for word in (one.split(",") if isinstance(one, str) else [one])))


def _days(words: Iterable[Any]) -> Iterator[int]:
    for word in words:
        said = re.sub(r"\s+", "", word).lower().replace("–", "-") if isinstance(word, str) else ""
        first, dash, last = said.partition("-")
        begins, ends = _WORDS.get(first, ()), _WORDS.get(last, ()) if dash else (0,)
        if not begins or not ends or (dash and (len(begins) > 1 or len(ends) > 1)):
            raise MeantError(f"{show.value(word)} is no day of the week", f"write {', '.join(DAYS)}, or mon-fri")
        yield from ((begins[0] + n) % 7 for n in range((ends[0] - begins[0]) % 7 + 1)) if dash else begins


def percent(value: Any) -> Decimal:
    """Return a percentage: ``10``, ``10%``, ``0.5%``.

    Raises:
        MeantError: it is none, or a share of 1, as which 0.1 is meant.

    """
    return _percent(value, lambda found: found < 1)


def share(value: Any) -> Decimal:
    """Return the percentage that must be reached, as of `percent`; here a mere 1 is refused, too, as which all is meant."""
    return _percent(value, lambda found: found <= 1)


def _percent(value: Any, doubtful: Callable[[Decimal], bool]) -> Decimal:
    text = value.strip() if isinstance(value, str) else str(value)
    plain = isinstance(value, int | float | str) and not isinstance(value, bool)
    if not plain or not re.fullmatch(PERCENT, text):
        raise MeantError(f"{show.value(value)} is no percentage", "write a number from 0 to 100, as 10 or 10%")
    found = Decimal(text.removesuffix("%").strip())
    if found and doubtful(found) and not text.endswith("%"):
        meant = f"{(found * 100).normalize():f}"
        raise MeantError(f"{text} is no more than one percent", f"write {meant}%, or {text}% where that is meant")
    return found
