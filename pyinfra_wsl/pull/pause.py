"""A laptop that is left alone for a while: until when, and why; it ends by itself."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull import files
from pyinfra_wsl.pull.form.fields import Fields, parse_time, time_text
from pyinfra_wsl.pull.form.refused import RefusedError

LONGEST = timedelta(days=90)
_LARGEST = 4096
_REASON = 200
STAYS = "why stands on the laptop: pyinfra-wsl pull status"


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause: until when, and why."""

    until: datetime
    reason: str


def begin(home: Path, until: datetime, reason: str, now: datetime) -> Pause:
    """Leave the laptop alone; raises StepError where that would not end, or has no reason."""
    if not now < until <= now + LONGEST:
        raise StepError(f"a pause ends within {LONGEST.days} days from now", "give --until a date like 2026-12-24", "until")
    if not reason.strip():
        raise StepError("a pause has a reason, for those who find the laptop as it is", "give --reason TEXT", "reason")
    made = Pause(until, reason.strip()[:_REASON])
    files.write(_path(home), json.dumps({"until": time_text(made.until), "reason": made.reason}).encode())
    return made


def told(made: Pause, detail: str) -> str:
    """Return what is handed back of why: a person typed it, who may have named somebody.

    Args:
        made: the pause.
        detail: ``full``, or ``brief``, in which nobody is named.

    """
    return made.reason if detail == "full" else STAYS


def end(home: Path) -> None:
    """End it before its time."""
    with suppress(FileNotFoundError):
        _path(home).unlink()


def now_is(home: Path, now: datetime) -> Pause | None:
    """Return the pause in which it is now; None where there is none, its time is over, or it cannot be read."""
    try:
        found = Fields(files.read(_path(home), _LARGEST) or b"", "it")
        made = Pause(parse_time(found.text("until")), found.text("reason"))
    except (OSError, RefusedError, ValueError):
        return None
    return made if now < made.until <= now + LONGEST else None


def _path(home: Path) -> Path:
    return home / "disabled.json"
