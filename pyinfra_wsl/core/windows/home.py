r"""What is ours on a laptop, below ``%ProgramFiles%\pyinfra-wsl``: whose it is, and what runs that were cut off have left there.

By default users read below ``%ProgramFiles%``, and who may read a file may also hold it open: a lock, for ever. So the folder is
for administrators only; one user is granted what they need of it by name: their own task's folder, and to read the archive that
they import. (That they get there needs no right on the folders above, since everybody may pass through: Microsoft, "Bypass
traverse checking".)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.windows import hive
from pyinfra_wsl.core.windows.account_names import is_person
from pyinfra_wsl.core.windows.user import ADMINISTRATORS, HOME, ICACLS, RUNS, User, cleaned

LOOK = "look"
"""How the ids of runs begin that only look, and hold no lock: their tasks may be under way whoever holds it."""

_CACHE, _HIVES = rf"{HOME}\cache", rf"{HOME}\hives"
_LOOKS, _PARTS = timedelta(days=1), timedelta(days=7)  # no look takes so long; an upload goes on after a weekend
_COPIES = timedelta(minutes=10)  # twice what the request may take in which a copy is made and removed
_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
_PART = re.compile(r"[0-9a-f]{64}[.a-z0-9]{0,16}\.(part|copy)")
_MANY = 50  # at once; the next run goes on


@cache
def before_lock() -> tuple[Call, ...]:
    """Return the calls that make our folder, unless it is there, and let nobody but administrators into it."""
    # icacls.exe is given the folder it works in: variables are expanded in paths, not in arguments of programs.
    own = call.run(ICACLS, ".", "/inheritance:r", "/grant:r", *ADMINISTRATORS, folder=HOME, timeout=60)
    return call.file_write(rf"{HOME}\.keep", b"", expected=""), own


@cache
def left() -> tuple[Call, ...]:
    """Return the calls that list what earlier runs may have left."""
    return call.file_list(RUNS), call.file_list(_CACHE), call.file_list(_HIVES)


def sweep(runs: Answer, cached: Answer, hives: Answer, own: str, now: str) -> list[Call]:
    """Return the calls that take away what earlier runs left, for who holds the lock.

    Args:
        runs: what `left` found of tasks' folders.
        cached: what it found of files on their way here.
        hives: what it found of copies of people's registry.
        own: how the ids of this run begin.
        now: the time, ISO 8601 in UTC.

    """
    tasks = [one for entry in _entries(runs) for one in _task(entry, own, now)]
    parts = [one for entry in _entries(cached) for one in _part(entry, now)]
    return tasks + parts + [one for entry in _entries(hives) for one in _copy(entry, now)]


def readable(path: str, user: User) -> Call:
    """Return the call that lets one user read a file of ours: the archive that they import."""
    return call.run(ICACLS, path, "/grant", f"*{user.sid}:R", timeout=30)


def _entries(listed: Answer) -> list[Any]:
    entries = listed.value.get("entries") if listed.exists else None
    return [one for one in entries if isinstance(one, dict)][:_MANY] if isinstance(entries, list) else []


def _task(entry: Any, own: str, now: str) -> Iterator[Call]:
    name = str(entry.get("name"))
    if not _NAME.fullmatch(name) or name.startswith((own, LOOK + own)):
        return
    if name.startswith(LOOK) and not _older(entry, now, _LOOKS):
        return
    if entry.get("link"):
        yield call.file_remove(rf"{RUNS}\{name}")
    else:
        yield from cleaned(name, rf"{RUNS}\{name}")


def _part(entry: Any, now: str) -> Iterator[Call]:
    name = str(entry.get("name"))
    if _PART.fullmatch(name) and _older(entry, now, _PARTS):
        # Only administrators write in here, so that a folder may go with what robocopy.exe has put into it.
        yield call.file_remove(rf"{_CACHE}\{name}", tree=name.endswith(".copy") or None)


def _copy(entry: Any, now: str) -> Iterator[Call]:
    """A copy that stayed: a restart unloads it, so that no key tells of it any more, or its person is logged on by now."""
    sid = str(entry.get("name"))
    if is_person(sid) and _older(entry, now, _COPIES):
        yield from hive.taking_away(sid, "%ProgramFiles%").values()


def _older(entry: Any, now: str, than: timedelta) -> bool:
    try:
        return datetime.fromisoformat(now) - datetime.fromisoformat(str(entry.get("modified"))) > than
    except (ValueError, TypeError):
        return False
