"""What workers need is loaded while the inventory is read, by them and by control: before it is known what they may know."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Collection
from contextlib import suppress
from typing import IO, cast

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.garbage import undisturbed
from pyinfra_wsl.rollout.model import EngineError
from pyinfra_wsl.rollout.surroundings import bare

_MODULE = "pyinfra_wsl.rollout.cluster.process"
RUNNER = "runner"
"""The word on a worker's command line by which it starts its runner, too: that takes longer than all else."""


def load() -> None:
    """Load distributed, which takes a quarter of a second; raises `EngineError` where it is not installed."""
    if sys.modules.get("distributed"):
        return
    try:
        with undisturbed():
            import distributed  # noqa: F401, PLC0415
    except ModuleNotFoundError as error:
        raise EngineError(f"workers need {error.name}. Next: pip install 'pyinfra-wsl[scale]'") from None
    except ImportError as error:
        raise EngineError(f"workers cannot be had: {escape(error)}. Next: pip install 'pyinfra-wsl[scale]'") from None


class Process:
    """A worker's process.

    Args:
        without: names in the environment of what it must not know.
        runner: whether it is to start its runner, too.

    """

    def __init__(self, without: Collection[str] = (), *, runner: bool = True) -> None:
        """Start it: it loads what it needs, and waits to be told whose worker it is. Raises `OSError`."""
        self.known = bare(without)
        self._said = said = tempfile.TemporaryFile()  # noqa: SIM115 - without a name, which would outlive a control that is killed
        command = [sys.executable, "-P", "-m", _MODULE, *([RUNNER] if runner else [])]
        self.popen = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=said, stderr=said, bufsize=0, start_new_session=True, env=self.known
        )  # fmt: skip

    @property
    def said(self) -> list[str]:
        """The lines of all that it has said."""
        number = self._said.fileno()
        return os.pread(number, os.fstat(number).st_size, 0).decode("utf-8", "replace").strip().splitlines()

    @property
    def pipe(self) -> IO[bytes]:
        """What it is told by; it ends with it."""
        return cast(IO[bytes], self.popen.stdin)


class Early:
    """So many workers, of which those that nobody has taken end with the block.

    Args:
        count: how many; none where those of a scheduler are to work.
        runner: whether each is to start its runner, too.

    """

    def __init__(self, count: int, *, runner: bool = True) -> None:
        """Begin without any."""
        self._count, self._runner = count, runner
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
            for _ in range(self._count):
                self._made.append(Process(runner=self._runner))
            load()

    def take(self, without: Collection[str]) -> Process | None:
        """Return one; None where there is none: those that were begun with what they must not know are ended.

        Args:
            without: names in the environment of what that is.

        """
        if any(one.known.keys() & set(without) for one in self._made):
            self._end()
        return self._made.pop() if self._made else None

    def __exit__(self, *_error: object) -> None:
        """End those that are left."""
        self._end()

    def _end(self) -> None:
        for one in self._made:
            one.popen.kill()  # it has begun nothing, and may be stuck; its runner ends with its own pipe
        for one in self._made:
            one.popen.wait()
            one.pipe.close()
        self._made.clear()
