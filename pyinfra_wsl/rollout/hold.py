"""One rollout at a time: a lock beside its state that the operating system frees, however its holder ends."""

from __future__ import annotations

import fcntl
import getpass
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.failure import StepError

_LONGEST = 200
_MINE: dict[Path, os.stat_result] = {}  # what this process holds
_PATIENCE = 1.0  # seconds: who only looks whether it is held holds it for a moment


class HeldError(StepError):
    """Somebody else runs this rollout."""


def beside(path: Path) -> Path:
    """Return the lock's file of a state file."""
    return path.with_name(f"{path.name}.lock")


@contextmanager
def held(path: Path, holder: str) -> Iterator[None]:
    """Hold the lock of a state file for the block.

    Args:
        path: of the state file.
        holder: who takes it, for those who come meanwhile.

    Raises:
        HeldError: somebody else holds it; it says who.
        OSError: the file cannot be written, or is a link: where that leads is somebody's file, which stays as it is.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(beside(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)  # it is emptied
    try:
        if not _taken(descriptor):
            who = escape(os.pread(descriptor, _LONGEST, 0).decode("utf-8", "replace").strip("\0\n")) or "somebody"
            cause = f"a rollout of {path} is under way: {who}"
            remedy = (
                "wait for its end, look at it with 'pyinfra-wsl rollout status', or pause it with 'pyinfra-wsl rollout pause'"
            )
            raise HeldError(cause, remedy, "locked")
        with suppress(OSError):  # a full disk keeps nobody from the lock
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, holder.encode()[:_LONGEST], 0)
        _MINE[path] = os.fstat(descriptor)
        try:
            yield
        finally:
            del _MINE[path]
    finally:
        os.close(descriptor)


def is_lost(path: Path) -> bool:
    """Whether the lock that this process holds is none any more, since somebody has removed or replaced its file."""
    if (mine := _MINE.get(path)) is None:
        return False
    try:
        return not os.path.samestat(mine, beside(path).stat())
    except OSError:
        return True


def is_held(path: Path) -> bool:
    """Whether anybody holds the lock of a state file; False where that cannot be looked at."""
    try:
        descriptor = os.open(beside(path), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)  # a pipe lets one wait
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def _taken(descriptor: int) -> bool:
    """Take the lock, which who looks at it may hold for a moment; whether it was free."""
    last = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > last:
                return False
            time.sleep(0.05)
        else:
            return True


def who() -> str:
    """Return who runs this process, and where."""
    try:
        name = getpass.getuser()
    except (ImportError, KeyError, OSError):
        name = "somebody"
    return f"{name}@{socket.gethostname()}"
