"""``@winlocal/NAME``: the laptop on which this runs; the agent is a process of its own, with a pipe each way."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import IO, Any, NoReturn

from pyinfra.api.host import Host
from pyinfra.api.state import State
from typing_extensions import override

from pyinfra_wsl import agent
from pyinfra_wsl.agent.channel import TooMuchError
from pyinfra_wsl.connectors.session import Session
from pyinfra_wsl.connectors.windows import WindowsConnector
from pyinfra_wsl.core import heard
from pyinfra_wsl.core.failure import LostError, StepError
from pyinfra_wsl.core.talk import Restart
from pyinfra_wsl.core.windows.user import POWERSHELL

_PIECE = 65536
_WORDS = 65536  # bytes of standard error that are kept
_FAREWELL = 5.0  # seconds for an agent whose input has ended
_NO_WINDOW = 0x08000000  # CREATE_NO_WINDOW (Microsoft, "Process Creation Flags")


class RestartingError(LostError):
    """The laptop goes down, and this process with it: the next start goes on."""


def command() -> list[str]:
    """Return the command that starts the agent here: PowerShell by its path, since a name alone is looked up."""
    path = POWERSHELL.replace("%SystemRoot%", os.environ.get("SYSTEMROOT", r"C:\Windows"))
    return [path, *agent.command_line().split()[1:]]


class LocalWire:
    """Start the agent as a process, and carry its lines.

    A thread each reads what it prints: Windows has no way to wait for a pipe with an end, and a thread that waits does no harm.

    Args:
        words: the command.

    Raises:
        OSError: it does not start.

    """

    def __init__(self, words: Sequence[str]) -> None:
        """Start it."""
        flags = _NO_WINDOW if sys.platform == "win32" else 0
        self._process = subprocess.Popen(
            list(words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, creationflags=flags
        )
        self._heard = threading.Condition()
        self._lines, self._words = bytearray(), bytearray()
        self._ended = False
        for work in (self._read_lines, self._read_words):
            threading.Thread(target=work, daemon=True).start()

    def _read_lines(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        for piece in _pieces(self._process.stdout):
            with self._heard:
                self._heard.wait_for(lambda: len(self._lines) <= heard.LARGEST)  # nobody keeps what nobody takes
                self._lines += piece
                self._heard.notify_all()
        with self._heard:
            self._ended = True
            self._heard.notify_all()

    def _read_words(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - it is a pipe
        for piece in _pieces(self._process.stderr):
            if len(self._words) < _WORDS:
                self._words += piece

    def write(self, data: bytes) -> None:
        """Send bytes; raises OSError where the agent has ended."""
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        view = memoryview(data)
        while view:
            view = view[self._process.stdin.write(view[:_PIECE]) or 0 :]

    def read_line(self, timeout: float) -> bytes:
        """Return the next line, empty at the end; raises what `agent.channel.Wire` says."""
        deadline, start = time.monotonic() + timeout, 0
        with self._heard:
            while (end := self._lines.find(b"\n", start)) < 0:
                start = len(self._lines)
                if len(self._lines) > heard.LARGEST:
                    self._lines.clear()
                    self._heard.notify_all()
                    raise TooMuchError
                if self._ended:
                    return b""
                if (left := deadline - time.monotonic()) <= 0:
                    raise TimeoutError
                self._heard.wait(left)
            line = bytes(self._lines[:end])
            del self._lines[: end + 1]
            self._heard.notify_all()
        return line

    def last_words(self) -> str:
        """Return what the agent said on standard error so far."""
        return self._words.decode("utf-8", "replace")

    def close(self) -> None:
        """End the agent by ending its input; one that does not end is killed."""
        with suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(_FAREWELL)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    with suppress(OSError, ValueError):
        while piece := stream.read(_PIECE):
            yield piece


class LocalSession(Session):
    """The session with the laptop on which this runs: it cannot wait for a restart, which ends it too."""

    gone = False
    """Whether the laptop is restarting."""

    @override
    def _restart(self, asked: Restart) -> NoReturn:
        self.restarts += 1
        self.gone = True
        self._tell(asked.progress or "restarting")
        ended = self.channel.wait_for_end(asked.timeout)
        self.end()
        if ended:
            raise RestartingError("the laptop restarts", "nothing: the next start goes on", "restarting")
        self.gone = False
        raise StepError("the laptop was told to restart and does not", "look at its screen: a program may hold the restart up")


class WinLocalConnector(WindowsConnector):
    """Converge the laptop on which this runs.

    .. code:: shell

        pyinfra @winlocal/LT-0001 fact pyinfra_wsl.facts.WslDistros
    """

    handles_execution = True
    session_class = LocalSession

    def __init__(self, state: State, host: Host) -> None:
        """Look by which command the agent is started: host data ``agent_command`` names another one than PowerShell."""
        super().__init__(state, host)
        words = host.data.get("agent_command")
        self._words = [str(one) for one in words] if words else command()

    @staticmethod
    @override
    def make_names_data(name: str | None) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        """Return the one laptop there is."""
        yield name or "@winlocal", {}, ["@winlocal"]

    @override
    def try_to_connect(self) -> None:
        """Do nothing: whoever runs here is there."""

    @override
    def open_wire(self) -> LocalWire:
        """Start the agent."""
        try:
            return LocalWire(self._words)
        except OSError as error:
            cause = f"the agent does not start: {error.strerror or error}"
            raise LostError(cause, "look whether Windows PowerShell is there, and which policy forbids it", "agent") from error

    @override
    def hang_up(self) -> None:
        """Do nothing: there is no connection beside the wire."""
