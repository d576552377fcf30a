"""The time of a rollout: what somebody sets the clock to moves windows, and shortens or lengthens no wait."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SET = timedelta(seconds=30)
"""By more the clock is not corrected but set."""

_LOCALTIME = Path("/etc/localtime")
_BOOT = getattr(time, "CLOCK_BOOTTIME", None)


def steady() -> float:
    """Return seconds that pass whatever the clock is set to, those in which the machine sleeps among them."""
    return time.monotonic() if _BOOT is None else time.clock_gettime(_BOOT)


class Clock:
    """The time, compared with the seconds that pass.

    Args:
        wall: seconds since 1970.
        passing: seconds that pass.

    """

    def __init__(self, wall: Callable[[], float] = time.time, passing: Callable[[], float] = steady) -> None:
        """Begin with the time as it is."""
        self._wall, self._passing = wall, passing
        self._known, self._since = wall(), passing()

    def now(self) -> datetime:
        """Return the time."""
        return datetime.fromtimestamp(self._known + self._passing() - self._since, UTC)

    def look(self) -> timedelta:
        """Take the clock as it is; return by how much it was set since the last look, 0 where it was only corrected."""
        wall, passing = self._wall(), self._passing()
        by = timedelta(seconds=wall - (self._known + passing - self._since))
        self._known, self._since = wall, passing
        return by if abs(by) > SET else timedelta(0)


def here() -> ZoneInfo:
    """Return this machine's time zone; UTC where it is not known."""
    names = [os.environ.get("TZ", "").removeprefix(":")]
    with suppress(OSError):
        names.append(str(_LOCALTIME.resolve()).rpartition("zoneinfo/")[2])
    for name in names:
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            if name:
                return ZoneInfo(name)
    with suppress(OSError, ValueError), _LOCALTIME.open("rb") as file:
        return ZoneInfo.from_file(file, "local")
    return ZoneInfo("UTC")
