"""Time zones of laptops by their names in the IANA database, as this machine's Python knows it."""

from __future__ import annotations

import re
import zoneinfo
from functools import cache
from zoneinfo import ZoneInfo

from pyinfra_wsl.core import show
from pyinfra_wsl.core.formats.quantities import MeantError
from pyinfra_wsl.core.nearest import folded, nearest
from pyinfra_wsl.core.windows.zone_names import IANA

_IANA = {folded(one): zone for one, zone in IANA.items()}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,30}(/[A-Za-z0-9_+-]{1,30}){0,3}")
_HERE = ("localtime", "local", "system")
_KNOWN_EVERYWHERE = "Etc/UTC"
_SHORT = 5  # characters: abbreviations of zones


class ZoneError(MeantError):
    """A time zone is not known: which, and why not; and what to write, or to do."""


def find(name: str) -> ZoneInfo:
    """Return a time zone.

    Args:
        name: in the IANA database: ``Europe/Berlin``.

    Raises:
        ZoneError: this machine knows none of that name.

    """
    if (found := _find(name)) is None:
        raise ZoneError(*_why(name))
    return found


@cache
def _find(name: str) -> ZoneInfo | None:
    if not _NAME.fullmatch(name) or name.casefold() in _HERE:
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):  # of a folder of the database an OSError
        return None


@cache
def _why(name: str) -> tuple[str, str]:
    """Return what is wrong with a name, and what to write."""
    shown = show.value(name)
    if (same := _IANA.get(folded(name))) is not None:
        return f"{shown} is Windows' name of a time zone", f"write {same}"
    if name.casefold() in _HERE:
        return f"{shown} names no time zone", "leave it out for that of the machine from which it is rolled out"
    if _find(_KNOWN_EVERYWHERE) is None:
        return f"{shown} cannot be looked up: this machine has no time zones", "pip install tzdata"
    short = "/" not in name and len(name) <= _SHORT  # CEST is not nearly EST
    meant = nearest(name, zoneinfo.available_timezones(), 1 if short else 0.75) or _of_city(name)
    right = f"did you mean {meant}?" if meant else "write a name of the IANA database, as Europe/Berlin"
    return f"{shown} is no time zone that this machine knows", right


def _of_city(name: str) -> str | None:
    """Return the zone whose last part is meant: ``Europe/Berlin`` of ``Berlin``."""
    cities = {one.rpartition("/")[2]: one for one in sorted(zoneinfo.available_timezones()) if "/" in one}
    meant = nearest(name.rpartition("/")[2], cities, 0.85)
    return cities[meant] if meant else None
