"""The wire of an agent over WinRM: lines become input objects of one pipeline, and its output objects lines again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator

import gevent
from gevent.lock import RLock
from pypsrp.complex_objects import PSInvocationState
from pypsrp.messages import EndOfPipelineInput, PipelineInput
from pypsrp.powershell import PowerShell

from pyinfra_wsl import agent
from pyinfra_wsl.agent.channel import TooMuchError
from pyinfra_wsl.connectors.winrm.runspace import Runspace
from pyinfra_wsl.core import heard
from pyinfra_wsl.core.failure import LostError

MOST = 32 * 2**20
"""Characters that a pipeline is sent before another takes its place: Windows takes 50 MB (about_Remote_Troubleshooting)."""
LARGEST = 9 * 2**20
"""Characters of one request: Windows takes objects of 10 MB."""

_WARM = 60.0  # seconds after which a session that nobody asks is asked, so that neither it nor its connection is taken for idle
_RENEW = 120.0
_REFUSED = "no-language mode"
"""Stands in the words with which a runspace refuses any script (ParserStrings, ScriptsNotAllowed)."""


class _BegunError(Exception):
    """pypsrp has begun a pipeline, and asks for its input, which comes later."""


def _later() -> Iterator[str]:
    raise _BegunError
    yield ""


class RunspaceWire:
    """Start the agent in a runspace and carry its lines.

    Args:
        runspace: open, and used by nobody else from now on.

    """

    def __init__(self, runspace: Runspace) -> None:
        """Begin nothing yet: the first line does."""
        self._runspace = runspace
        self._pipeline: PowerShell | None = None
        self._sent = 0
        self._unsent = b""
        self._lines: deque[bytes] = deque()
        self._words = ""
        self._turn = RLock()
        self._asked = time.monotonic()
        self._warmer = gevent.spawn(self._keep_warm)

    def write(self, data: bytes) -> None:
        """Send lines; raises LostError, an OSError, when the laptop does not take them."""
        *lines, self._unsent = (self._unsent + data).split(b"\n")
        with self._turn:
            for line in lines:
                self._send(line.decode("ascii"))

    def _send(self, line: str) -> None:
        if len(line) > LARGEST:
            raise LostError(f"a request of {len(line) / 2**20:.0f} MiB is more than PowerShell takes", "declare less at once")
        if self._pipeline is not None and self._sent + len(line) > MOST:
            self._end(self._pipeline)
        self._runspace.make_room(len(line))
        pipeline = self._pipeline = self._pipeline or self._begin()
        self._sent += len(line)
        self._asked = time.monotonic()
        self._runspace.send(pipeline, [PipelineInput(data=line)])

    def _begin(self) -> PowerShell:
        pipeline = PowerShell(self._runspace.pool)
        pipeline.add_script(agent.pipeline_script(), use_local_scope=False)
        self._sent = 0
        with self._runspace.talk():
            try:
                pipeline.begin_invoke(input=_later(), remote_stream_options=0)
            except _BegunError:
                return pipeline
        raise AssertionError("pypsrp begins a pipeline without its input")

    def _end(self, pipeline: PowerShell) -> None:
        """End a pipeline that was sent as much as it may be; what it still answers is kept. The runspace keeps all it has."""
        self._runspace.send(pipeline, [EndOfPipelineInput()])
        deadline = time.monotonic() + _RENEW
        while pipeline.state == PSInvocationState.RUNNING:
            if time.monotonic() > deadline:
                raise LostError("the laptop does not take what is sent", "run again, what was done is kept")
            self._take(pipeline, deadline - time.monotonic())
        self._runspace.end(pipeline)
        self._pipeline = None

    def read_line(self, timeout: float) -> bytes:
        """Return the next line, empty at the end; raises what `agent.channel.Wire` says."""
        deadline = time.monotonic() + timeout
        with self._turn:
            while not self._lines:
                if self._pipeline is None or self._pipeline.state != PSInvocationState.RUNNING:
                    return b""
                if (left := deadline - time.monotonic()) <= 0:
                    raise TimeoutError
                self._take(self._pipeline, left)
            return self._lines.popleft()

    def _take(self, pipeline: PowerShell, seconds: float) -> None:
        """Take what the pipeline has said: events before the answer that ends them."""
        self._runspace.poll(pipeline, seconds)
        self._asked = time.monotonic()
        said = [str(one.message_data) for one in pipeline.streams.information] + pipeline.output
        words = [str(one) for one in pipeline.streams.error]
        pipeline.output.clear()
        pipeline.clear_streams()
        if any(len(one) > heard.LARGEST for one in map(str, said)) or self._runspace.unfinished > heard.LARGEST * 2:
            raise TooMuchError
        self._lines += (str(one).encode("utf-8", "surrogatepass") for one in said)
        self._words = (self._words + " ".join(words))[:4000]
        if _REFUSED in self._words:
            self._lines.append(b'{"refused":"NoLanguage"}')

    def _keep_warm(self) -> None:
        while True:
            gevent.sleep(_WARM / 2)
            if self._pipeline is None or time.monotonic() - self._asked < _WARM or not self._turn.acquire(blocking=False):
                continue
            try:
                self._take(self._pipeline, 1.0)
            except OSError:
                return  # who asks next finds out
            finally:
                self._turn.release()

    def last_words(self) -> str:
        """Return what the pipeline said of errors."""
        return self._words

    def close(self) -> None:
        """End the pipeline and its session: with it ends what runs there."""
        self._warmer.kill()
        self._runspace.close(self._pipeline)
