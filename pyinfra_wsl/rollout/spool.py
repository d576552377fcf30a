"""What runners have told, a file each, until whoever asked has taken it down: nothing is lost where that process is killed."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from pyinfra_wsl.report import file_name
from pyinfra_wsl.rollout import wire
from pyinfra_wsl.rollout.model import Event

_ENDING = ".told"
_LOCK = "runner.lock"


class Spool:
    """A folder of answers that may not have been heard.

    Args:
        folder: where; made where it is not there.

    """

    def __init__(self, folder: Path) -> None:
        """Keep the folder; nothing is written yet."""
        self.folder = folder

    @staticmethod
    def name(shard: str, number: int, kind: str) -> str:
        """Return the name of an answer's file.

        Args:
            shard: the name of the shard.
            number: of the host within it.
            kind: of the answer.

        """
        return f"{file_name.of(shard)}.{number:05}.{kind}{_ENDING}"

    def keep(self, name: str, line: bytes) -> None:
        """Write an answer, whole or not at all; raises OSError where it cannot be written.

        Args:
            name: as of `name`.
            line: the answer.

        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = self.folder / f"{name}.new"
        made.unlink(missing_ok=True)  # what a killed one has left, or a link that leads to another's file
        with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - with these rights
            file.write(line)
        made.replace(self.folder / name)

    def drop(self, name: str) -> None:
        """Forget an answer that was heard; what is not there any more was heard before."""
        with suppress(OSError):
            (self.folder / Path(name).name).unlink()

    def left(self) -> Iterator[tuple[str, str, Event]]:
        """Yield what was told and not forgotten: the file's name, the shard's, and that; broken files are passed over."""
        with suppress(OSError):
            for path in sorted(self.folder.glob(f"*{_ENDING}")):
                with suppress(OSError, wire.WireError):
                    told = wire.read(path.read_bytes())
                    yield path.name, str(told.get("id", "")), wire.event_of(told)

    def _lock(self) -> BinaryIO:
        """Open the file of the lock: none that a link leads to, and without waiting where it is a pipe; raises OSError."""
        descriptor = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        return os.fdopen(descriptor, "r+b", buffering=0)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Say for the time of the block that somebody may still write here; ends with the process, however that ends."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock() as held:
            fcntl.flock(held, fcntl.LOCK_SH)
            yield

    def is_idle(self, seconds: float = 0.0) -> bool:
        """Whether nobody writes here any more.

        Args:
            seconds: for which it is waited that they come to their end.

        """
        until = time.monotonic() + seconds
        with suppress(FileNotFoundError), self._lock() as held:
            while True:
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    if time.monotonic() >= until:
                        return False
                    time.sleep(0.1)
                else:
                    return True
        return True

    def writers(self) -> list[int]:
        """Return the processes of this machine that may still write here, as far as the system tells (proc(5), /proc/locks)."""
        try:
            held, locks = (self.folder / _LOCK).stat(), Path("/proc/locks").read_text()
        except OSError:
            return []
        place = f"{os.major(held.st_dev):02x}:{os.minor(held.st_dev):02x}:{held.st_ino}"
        return sorted({int(words[4]) for words in map(str.split, locks.splitlines()) if len(words) > 5 and words[5] == place})
