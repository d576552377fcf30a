"""The sessions that this machine's runs have open, written down, so that the next run ends at once what a dead one has left.

A session that lives on holds its laptop's lock until Windows ends it (`runspace.IDLE`). Each process that has sessions open holds
a lock of its own on the file in which they stand; the system lets go of that however the process ends. Whoever can take the
lock of another's file so knows that nobody works in those sessions any more. That holds on one machine, and where locks work at
all: a home on a share may be several machines', of which each sees its own locks alone, and a run that works must not be ended
by another. So what another machine has written is left alone, and where no lock is to be had nothing is written. Whatever goes
wrong here costs that quarter of an hour, and nothing else: no run fails of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

try:
    import fcntl
except ImportError:  # on Windows nothing is remembered
    fcntl = None  # type: ignore[assignment]

from pyinfra_wsl.connectors.command import trace
from pyinfra_wsl.connectors.winrm.options import Options
from pyinfra_wsl.report.run import RUN_ID

_LARGEST = 4 * 2**20  # bytes of a file that are read
_OLDEST = 86400.0  # seconds after which no session is left that nobody has asked
_OPEN = sum(getattr(os, name, 0) for name in ("O_RDWR", "O_NOFOLLOW", "O_NONBLOCK"))  # NFS locks what can be written only
_MACHINE_ID = Path("/etc/machine-id")
_ID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_RESOURCE = re.compile(r"http://schemas\.microsoft\.com/powershell/[\w.-]{1,200}")


@dataclass(frozen=True, slots=True)
class Left:
    """A session that may live on without us.

    Args:
        identity: its id, which is ours to choose.
        resource: the endpoint.

    """

    identity: str
    resource: str


def whose(options: Options) -> str:
    """Return what a session is found again by: nobody but the account that opened it may end it."""
    return f"{options.user or ''} {options.address}"


def folder() -> Path:
    """Return where they are written down; raises RuntimeError for somebody without a home."""
    state = os.environ.get("XDG_STATE_HOME") or ""
    return Path(state if Path(state).is_absolute() else Path.home() / ".local" / "state") / "pyinfra-wsl" / "sessions"


def machine() -> str:
    """Return by what this machine's files are told from those of others that have the same home: its name and its number."""
    number = b""
    with suppress(OSError):
        number = _MACHINE_ID.read_bytes()
    return hashlib.sha256(platform.node().encode("utf-8", "replace") + b"\n" + number).hexdigest()[:12]


@dataclass
class Remembered:
    """What one process has open.

    Args:
        place: returns the folder of all processes' files.
        machine: as of `machine`.

    """

    place: Callable[[], Path] = folder
    machine: Callable[[], str] = machine
    _open: dict[Left, str] = field(default_factory=dict)
    _dead: dict[Left, str] | None = None
    _file: BinaryIO | None = None

    def opened(self, key: str, session: Left) -> None:
        """Write a session down.

        Args:
            key: `whose` it is.
            session: that is open now.

        """
        self._open[session] = key
        self._note(_line(session, key))

    def closed(self, session: Left) -> None:
        """Note that a session has ended; with the last one the file goes."""
        (self._dead or {}).pop(session, None)
        if self._open.pop(session, None) is None:
            return
        if self._open:
            self._note({"closed": session.identity})
        else:
            self._forget()

    def dead(self, key: str) -> list[Left]:
        """Return the sessions that processes which are gone have left, of one account on one laptop.

        Args:
            key: `whose` they are.

        """
        if self._dead is None:
            self._dead = {}
            try:
                self._dead.update(self._found(self.place()))
            except Exception as error:  # noqa: BLE001 - it is a help only, of files that anything may have befallen
                trace(error)
        return [session for session, one in self._dead.items() if one == key]

    def _found(self, place: Path) -> Iterator[tuple[Left, str]]:
        """Yield what dead processes have left, and take it over: they stand in a file of this process from now on."""
        own, prefix = Path(self._file.name).name if self._file else "", f"{self.machine()}-"
        for path in sorted(place.glob("*.jsonl")) if fcntl and place.is_dir() else ():
            if path.name == own:
                continue
            with suppress(OSError), _opened(path) as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # BlockingIOError: its process lives
                fresh = time.time() - os.fstat(file.fileno()).st_mtime < _OLDEST
                if fresh and not path.name.startswith(prefix):
                    continue
                for session, key in _read(file.read(_LARGEST)) if fresh else ():
                    self.opened(key, session)
                    yield session, key
                path.unlink()

    def _note(self, line: dict[str, str]) -> None:
        if fcntl is None:
            return
        try:
            if self._file is None:
                self._file = self._begun(self.place())
                lines = [_line(session, key) for session, key in self._open.items()]
            else:
                lines = [line]
            self._file.write(b"".join(b"\n" + json.dumps(one).encode() for one in lines))  # first the end of a line that was cut
        except (OSError, RuntimeError) as error:
            trace(error)

    def _begun(self, place: Path) -> BinaryIO:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = place / f"{self.machine()}-{RUN_ID}-{os.getpid()}-{time.monotonic_ns()}.jsonl"
        file: BinaryIO = open(path, "xb", buffering=0, opener=_privately)  # noqa: SIM115 - held for as long as this process lives
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # who has no lock is taken for dead by whoever gets it
            file.close()
            path.unlink()
            raise
        return file

    def _forget(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            with suppress(OSError):
                Path(file.name).unlink()
            with suppress(OSError):
                file.close()


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _opened(path: Path) -> BinaryIO:
    """Open a file, and nothing that leads elsewhere or lets one wait; raises OSError."""
    file: BinaryIO = os.fdopen(os.open(path, _OPEN), "r+b", buffering=0)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(f"{path} is no file")
    return file


def _line(session: Left, key: str) -> dict[str, str]:
    return {"open": session.identity, "resource": session.resource, "whose": key}


def _read(text: bytes) -> Iterator[tuple[Left, str]]:
    """Yield the sessions that a file has open; a line that is none of ours, as one that was cut, is left out."""
    found: dict[str, tuple[Left, str]] = {}
    for line in text.splitlines():
        try:
            told: Any = json.loads(line)
        except (ValueError, RecursionError):  # UnicodeDecodeError too
            continue
        if not isinstance(told, dict) or not all(isinstance(one, str) for one in told.values()):
            continue
        found.pop(told.get("closed", ""), None)
        identity, resource = told.get("open", ""), told.get("resource", "")
        if _ID.fullmatch(identity) and _RESOURCE.fullmatch(resource):
            found[identity] = Left(identity, resource), told.get("whose", "")
    yield from found.values()


REMEMBERED = Remembered()
"""This process'."""
