"""One pull at a time: a lock that the operating system frees, however its holder ends."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.failure import StepError

_PLACE = 1024  # the byte that is locked: Windows lets nobody read a locked one, and who holds it stands before
_LONGEST = 200
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK, getattr(errno, "EDEADLOCK", errno.EDEADLK))
_LOOKS, _BETWEEN = 20, 0.02


class HeldError(StepError):
    """Another pull is under way."""


@contextmanager
def held(path: Path, holder: str) -> Iterator[None]:
    """Hold the lock for the block.

    Args:
        path: of its file.
        holder: who takes it, for those who come meanwhile.

    Raises:
        HeldError: somebody else holds it; it says who.
        OSError: the file cannot be written, or is a link: where that leads is somebody's file, which stays as it is.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)  # it is emptied
    try:
        try:
            _take(descriptor)
        except OSError as error:
            if error.errno not in _TAKEN:  # as on a share without locks, where nobody would ever let go of it
                raise
            words = f"another pull is under way: {_holder(descriptor)}"
            raise HeldError(words, "wait for its end; it frees itself", "locked") from None
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, holder.encode()[:_LONGEST])
        try:
            yield
        finally:
            with suppress(OSError):
                os.ftruncate(descriptor, 0)  # so that nobody is told of who holds it no more
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    """Return who holds it: whoever has taken it this moment has not yet written that down."""
    for _ in range(_LOOKS):
        os.lseek(descriptor, 0, os.SEEK_SET)
        if who := os.read(descriptor, _LONGEST).decode("utf-8", "replace").strip("\0\n"):
            return escape(who)
        time.sleep(_BETWEEN)
    return "whose it is, is not said"


def _take(descriptor: int) -> None:
    os.lseek(descriptor, _PLACE, os.SEEK_SET)
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - there is none elsewhere

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        os.lockf(descriptor, os.F_TLOCK, 1)
