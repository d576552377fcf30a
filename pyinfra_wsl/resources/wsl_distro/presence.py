r"""Whether the file system of a registered distribution is where it is registered: there, gone, or not to be seen.

WSL keeps a registration whose disk is gone, and lists it as any other. .NET's ``File.Exists`` says no for what is not there and
for what may not be looked at (Microsoft, "File.Exists"), so that gone is only what a folder which can be listed does not list. It
is asked in the person's own session, whose drives and rights are those with which WSL opens it.

Where a file system lies is known only from the registration, which is asked in the same request. So a run notes it below
``HKLM\SOFTWARE\pyinfra-wsl\Disks``, and the next one asks there ahead; a wrong note costs a request and decides nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.windows.machine import value_of

KEY = r"HKLM\SOFTWARE\pyinfra-wsl\Disks"

_MANY, _DEEP = 32, 24
"""Distributions that are looked for at once, and folders down to one: no person has more."""
_LOCAL = re.compile(r"[A-Za-z]:\\[^%/]+")  # the agent expands variables
_ODD = re.compile(r"~|[. ](\\|$)")  # Windows finds it under another name than a folder lists
_SPECIAL = re.compile(r"[\[\]*?`]")  # means something in a pattern of PowerShell


def note(sid: str, name: str, path: str) -> Call:
    """Return the call that notes where a person's distribution has its file system.

    Args:
        sid: whose.
        name: the distribution's.
        path: of its disk's file, or of its folder for WSL 1.

    """
    return call.registry_write(rf"{KEY}\{sid}", name.lower(), "String", path)


def forget(sid: str, name: str) -> Call:
    """Return the call that takes a note away."""
    return call.registry_remove(rf"{KEY}\{sid}", name.lower())


def noted(key: Answer, sid: str) -> Mapping[str, str]:
    """Return what was noted of a person, by names in lower case, from the answer to `KEY` with its subkeys."""
    keys = key.value.get("keys") or {} if key.ok else {}
    own = Answer(True, next((one for name, one in keys.items() if name.lower() == sid.lower()), {}))
    return {name: str(value_of(own, name) or "") for name in own.value.get("values") or {}}


def questions(paths: Iterable[str], missed: Iterable[str] = ()) -> dict[str, Call]:
    """Return what is asked.

    Args:
        paths: of file systems.
        missed: those that were not seen when they were asked for: then what their folders list is asked too.

    """
    asked = {_name("disk", path): call.file_state(path) for path in list(paths)[:_MANY] if _LOCAL.fullmatch(path)}
    for path in list(missed)[:_MANY]:
        asked |= {_name("folder", f"{folder}\\{name}"): call.file_list(folder, _pattern(name)) for folder, name in _way(path)}
    return asked


class Seen:
    """What the answers tell of one path.

    Args:
        path: of a file system.
        answers: by the names of `questions`.

    """

    def __init__(self, path: str, answers: Mapping[str, Answer]) -> None:
        """Read them: `there` is None while unknown, and `why` says then why, unless nobody asked; `size` is in bytes."""
        self.there: bool | None = None
        self.size: int | None = None
        self.missed, self.why = False, ""
        answer = answers.get(_name("disk", path))
        if answer is None:
            return
        if answer.exists:
            size = answer.value.get("size")
            self.there, self.size = True, size if isinstance(size, int) else None
            return
        if not answer.ok:
            self.why = answer.message or answer.kind
            return
        self.missed = bool(_LOCAL.fullmatch(path)) and not _ODD.search(path)
        self._read(path, answers)

    def _read(self, path: str, answers: Mapping[str, Answer]) -> None:
        self.why = "it could not be found out whether it is gone"
        for folder, name in _way(path) if self.missed else ():
            answer = answers.get(_name("folder", f"{folder}\\{name}"))
            if answer is None:
                return
            if not answer.exists:
                self.why = f"{folder} cannot be looked into" + (f": {answer.message}" if answer.message else "")
                return
            if not answer.value.get("entries"):
                self.there, self.why = False, ""
                return


def _way(path: str) -> Iterator[tuple[str, str]]:
    r"""Yield each folder down to a path with the name in it that leads on: ``C:\`` and ``Users``, ``C:\Users`` and ``bo``, …"""
    drive, *names = path.split("\\")
    folder = f"{drive}\\"
    for name in names[:_DEEP]:
        yield folder, name
        folder = f"{folder.rstrip(chr(92))}\\{name}"


def _pattern(name: str) -> str:
    """Return a pattern that fits a name, and maybe others: then it is not said to be gone."""
    return _SPECIAL.sub("?", name)


def _name(what: str, path: str) -> str:
    """Return a name for a question about a path, which its owner chose."""
    return f"{what} {hashlib.sha256(path.lower().encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"
