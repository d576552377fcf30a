"""What workers need is loaded while the inventory is read, by them and by control: before it is known what they may know."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

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


class Process:
    """A worker's process.

    Args:
        log: where to put all that it says.
        without: names in the environment of what it must not know.
        runner: whether it is to start its runner, too.

    """

    def __init__(self, log: Path, without: Collection[str] = (), *, runner: bool = True) -> None:
        """Start it: it loads what it needs, and waits to be told whose worker it is."""
        self.log, self.known = log, bare(without)
        command = [sys.executable, "-P", "-m", _MODULE, *([RUNNER] if runner else [])]
        with log.open("wb") as said:
            self.popen = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=said, stderr=said, bufsize=0, start_new_session=True, env=self.known
            )  # fmt: skip

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
                self._made.append(Process(Path(self._folder.name, f"{number}.log"), runner=self._runner))
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
