"""When a laptop may be begun, by its own clock.

A window is meant as the clock on the wall shows it: an hour that a change of the clocks leaves out is in no window, and one that
comes twice is in its window both times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pyinfra_wsl.core.windows import zone as zones
from pyinfra_wsl.rollout.model import Laptop, Rollout, Window

_DAYS_AHEAD = 22  # a window that a change of the clocks leaves out is there again a week later; no two changes are that near
_DAY = timedelta(days=1)


def open_at(rollout: Rollout, laptop: Laptop, now: datetime, here: ZoneInfo) -> bool:
    """Whether a laptop may be begun; where there are windows, never while its time zone is not known.

    Args:
        rollout: with its windows; without any, always.
        laptop: which one.
        now: the time.
        here: the time zone of laptops that declare none.

    """
    if not rollout.windows:
        return True
    zone = zone_of(laptop, here)
    return zone is not None and covered(rollout.windows, zone, now)


def next_open(rollout: Rollout, laptop: Laptop, now: datetime, here: ZoneInfo) -> datetime | None:
    """Return from when on a laptop may be begun, in UTC: `now` where it may; None for never. Arguments as of `open_at`."""
    if not rollout.windows:
        return now
    zone = zone_of(laptop, here)
    return None if zone is None else opening(rollout.windows, zone, now)


def zone_of(laptop: Laptop, here: ZoneInfo) -> ZoneInfo | None:
    """Return a laptop's time zone; None where this machine does not know it."""
    try:
        return here if laptop.zone is None else zones.find(laptop.zone)
    except zones.ZoneError:
        return None


def covered(windows: Sequence[Window], zone: ZoneInfo, now: datetime) -> bool:
    """Whether one of some windows is open where a zone's clocks hang."""
    wall = now.astimezone(zone).replace(tzinfo=None)
    return any(_covers(window, wall, day) for window in windows for day in (wall.date(), wall.date() - _DAY))


def opening(windows: Sequence[Window], zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return when the first of some windows is open, from `now` on; None where none will be."""
    now = now.astimezone(UTC)
    if covered(windows, zone, now):
        return now
    first = now.astimezone(zone).date() - _DAY
    for days in range(0, _DAYS_AHEAD, 2):  # of two days and one to either side: so the first found is the first
        around = [first + timedelta(days=days + one) for one in range(-1, 4)]
        found = [one for one in _candidates(windows, zone, around) if one >= now and covered(windows, zone, one)]
        if found:
            return min(found)
    return None


def ends(window: Window) -> int:
    """Return on which day a window ends, counted from that on which it begins."""
    return 0 if window.begins < window.ends else 1


def _covers(window: Window, wall: datetime, day: date) -> bool:
    """Whether a window that begins on a day holds a time of the wall's clock."""
    begins = datetime.combine(day, window.begins)
    return day.weekday() in window.days and begins <= wall < datetime.combine(day + _DAY * ends(window), window.ends)


def _candidates(windows: Sequence[Window], zone: ZoneInfo, days: Sequence[date]) -> Iterator[datetime]:
    """Yield when a window may open on some days: when it begins, also by a clock that was put back, and when clocks change."""
    for day in days:
        yield from (
            datetime.combine(day, window.begins, zone).replace(fold=fold).astimezone(UTC)
            for window in windows
            if day.weekday() in window.days
            for fold in (0, 1)
        )
        yield from _changes(zone, day)


def _changes(zone: ZoneInfo, day: date) -> Iterator[datetime]:
    """Yield when a zone's clocks change on a day, to the second."""
    first, last = (datetime.combine(one, time(), UTC) for one in (day, day + _DAY))
    before = first.astimezone(zone).utcoffset()
    if before == last.astimezone(zone).utcoffset():
        return
    while last - first > timedelta(seconds=1):
        middle = (first + (last - first) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == before:
            first = middle
        else:
            last = middle
    yield last
