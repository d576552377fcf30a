"""``@linssh/HOST``: a Linux host over SSH, by pyinfra's own SSH connector; who cannot be reached stands in the report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from paramiko import Channel
from pyinfra.api.command import StringCommand
from pyinfra.connectors.util import CommandOutput
from typing_extensions import override

from pyinfra_wsl.connectors import work
from pyinfra_wsl.connectors.command import LookShell, escaped
from pyinfra_wsl.connectors.shell import with_code
from pyinfra_wsl.connectors.ssh import ReportedSSHConnector
from pyinfra_wsl.core import heard

_PIECE = 65536
_LINES = 100_000
_SECONDS = 300
"""How long a host may take to say what it is like, since a whole fleet waits for it."""


class LinSSHConnector(ReportedSSHConnector):
    """Connect to Linux hosts over SSH.

    .. code:: shell

        pyinfra @linssh/build-01.corp.example fact pyinfra_wsl.facts.Kvm
    """

    machine = "host"
    guide = "docs/linux.md"
    _looking = False
    _channel: Channel | None = None

    @override
    def _connect(self) -> None:
        super()._connect()
        assert self.client is not None  # noqa: S101 - it leaves a client or raises
        begin = self.client.exec_command
        setattr(self.client, "exec_command", lambda *given, **more: self._bounded(*begin(*given, **more)))  # noqa: B010

    @override
    def run_shell_command(
        self, command: StringCommand, print_output: bool = False, print_input: bool = False, **arguments: Any
    ) -> tuple[bool, CommandOutput]:
        """Run a command; a look is bounded in time and size, and shown only where it failed: escaped, without what it read."""
        with work.under_way(self.host):
            return self._run(command, print_output, print_input, arguments)

    @override
    def disconnect(self) -> None:
        """End what is still under way, and hang up."""
        work.end(self.host)
        super().disconnect()

    def _run(
        self, command: StringCommand, print_output: bool, print_input: bool, arguments: dict[str, Any]
    ) -> tuple[bool, CommandOutput]:
        if not isinstance(command, LookShell):
            self._channel = None
            done, output = super().run_shell_command(command, print_output, print_input, **arguments)
            code = None if done or self._channel is None else self._channel.exit_status
            return done, CommandOutput(with_code(list(output), code))
        self._looking = True
        try:
            done, output = super().run_shell_command(command, False, print_input, **arguments)
        finally:
            self._looking = False
        return done, output if done else escaped(CommandOutput([one for one in output if not one.line.startswith("|")]))

    def _bounded(self, stdin: Any, stdout: Any, stderr: Any) -> tuple[Any, Any, Any]:
        """Return the streams of a program; of a look those that end."""
        self._channel = stdout.channel
        if not self._looking:
            return stdin, stdout, stderr
        channel, deadline = stdout.channel, time.monotonic() + _SECONDS
        return stdin, Lines(channel, channel.recv, deadline), Lines(channel, channel.recv_stderr, deadline)


class Lines:
    """The lines of a stream, whatever bytes it has; where it has no end, the program is ended, so that it has failed.

    pyinfra's own way to end a reader, by a kill, can leave paramiko's thread with a lock that is none.

    Args:
        channel: where the program runs.
        receive: takes the next bytes of the stream.
        deadline: until when, by the clock of `time.monotonic`.

    """

    def __init__(self, channel: Channel, receive: Callable[[int], bytes], deadline: float) -> None:
        """Keep the stream; nothing is read yet."""
        self.channel, self._receive, self._deadline = channel, receive, deadline

    def __iter__(self) -> Iterator[str]:
        """Yield them, as text."""
        begun: list[bytes] = []  # of one line, which may be as long as all
        size, count = 0, 0
        while piece := self._next():
            size += len(piece)
            begun.append(piece)
            whole: list[bytes] = []
            if b"\n" in piece:
                *whole, rest = b"".join(begun).split(b"\n")
                begun = [rest]
            count += len(whole)
            yield from (line.decode("utf-8", "replace") for line in whole)
            if size > heard.LARGEST or count > _LINES:
                self.channel.close()
                yield "it says more than a host has to say; the rest was not read"
                return
        if rest := b"".join(begun):
            yield rest.decode("utf-8", "replace")
        if time.monotonic() >= self._deadline:
            yield f"it did not end within {_SECONDS} s"

    def _next(self) -> bytes:
        left = self._deadline - time.monotonic()
        self.channel.settimeout(max(0.0, left))
        try:
            if left > 0:
                return self._receive(_PIECE)
        except TimeoutError:
            pass
        self.channel.close()
        return b""
