"""What workers need is loaded while the inventory is read, by them and by control: before it is known what they may know."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

from pyinfra_wsl.core.garbage import undisturbed
from pyinfra_wsl.rollout.model import EngineError

_MODULE = "pyinfra_wsl.rollout.cluster.process"
_NAMES = frozenset({
    "HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "LOGNAME", "PATH", "SHELL", "SYSTEMROOT", "TERM", "TMPDIR", "TZ", "USER",
    "USERNAME", "VIRTUAL_ENV",
})  # fmt: skip
_KINDS = "DASK_", "DYLD_", "LC_", "OPENSSL_", "PYTHON", "SSL_", "XDG_"
"""Names and beginnings of names of the environment that a process needs to begin. Which of all others hold passwords is not known
before the inventory is: a worker is told of the others by its pipe."""


def load() -> None:
    """Load distributed, which takes a quarter of a second; raises `EngineError` where it is not installed."""
    if sys.modules.get("distributed"):
        return
    try:
        with undisturbed():
            import distributed  # noqa: F401, PLC0415
    except ModuleNotFoundError as error:
        raise EngineError(f"workers need {error.name}. Next: pip install 'pyinfra-wsl[scale]'") from None


class Process:
    """A worker's process.

    Args:
        log: where to put all that it says.
        without: names in the environment of what it must not know.

    """

    def __init__(self, log: Path, without: Collection[str] = ()) -> None:
        """Start it: it loads what it needs, and waits to be told whose worker it is."""
        self.log, self.known = log, bare(os.environ, without)
        with log.open("wb") as said:
            self.popen = subprocess.Popen(
                [sys.executable, "-P", "-m", _MODULE], stdin=subprocess.PIPE, stdout=said, stderr=said, bufsize=0,
                start_new_session=True, env=self.known,
            )  # fmt: skip

    @property
    def pipe(self) -> IO[bytes]:
        """What it is told by; it ends with it."""
        return cast(IO[bytes], self.popen.stdin)


def bare(environment: Mapping[str, str], without: Collection[str] = ()) -> dict[str, str]:
    """Return of an environment what a process needs to begin, but for some names."""
    meant = (name for name in environment if name in _NAMES or name.startswith(_KINDS))
    return {name: environment[name] for name in meant if name not in without}


class Early:
    """So many workers, of which those that nobody has taken end with the block.

    Args:
        count: how many; none where those of a scheduler are to work.

    """

    def __init__(self, count: int) -> None:
        """Begin without any."""
        self._count = count
        self._folder = tempfile.TemporaryDirectory(prefix="pyinfra-wsl-workers-")
        self._made: list[Process] = []

    def __enter__(self) -> Early:
        """Have the block."""
        return self

    @property
    def processes(self) -> list[int]:
        """The numbers of those that nobody has taken."""
        return [one.popen.pid for one in self._made]

    def start(self) -> None:
        """Start them, and load here what is needed for them; what keeps us from it is told when they are to work."""
        with suppress(OSError, EngineError):
            for number in range(self._count):
                self._made.append(Process(Path(self._folder.name, f"{number}.log")))
            load()

    def take(self, without: Collection[str]) -> Process | None:
        """Return one; None where there is none, or it was begun with what it must not know.

        Args:
            without: names in the environment of what that is.

        """
        if self._made and not self._made[-1].known.keys() & set(without):
            return self._made.pop()
        return None

    def __exit__(self, *_error: object) -> None:
        """End those that are left."""
        for one in self._made:
            one.pipe.close()
        for one in self._made:
            one.popen.wait()
        self._folder.cleanup()
