"""The wire of an agent over SSH: one channel of paramiko's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from paramiko import Channel, SSHClient, SSHException

from pyinfra_wsl import agent

_PIECE = 65536


class SSHWire:
    """Start the agent over an SSH connection and carry its lines.

    Args:
        client: a connected client.

    Raises:
        OSError: the server opens no channel.

    """

    def __init__(self, client: SSHClient) -> None:
        """Open a channel and start the agent in it."""
        transport = client.get_transport()
        if transport is None:
            raise ConnectionError("the SSH connection is closed")
        transport.set_keepalive(15)
        with _as_os_error("the SSH server starts no program: "):
            self._channel: Channel = transport.open_session(timeout=60)
            self._channel.exec_command(agent.command_line().encode())
        self._lines = bytearray()

    def write(self, data: bytes) -> None:
        """Send bytes; raises OSError when the connection is gone."""
        with _as_os_error():
            self._channel.sendall(data)

    def read_line(self, timeout: float) -> bytes:
        """Return the next line, empty at the end; raises TimeoutError after `timeout` seconds without one."""
        deadline = time.monotonic() + timeout
        start = 0
        while (end := self._lines.find(b"\n", start)) < 0:
            start = len(self._lines)
            self._channel.settimeout(max(0.01, deadline - time.monotonic()))
            with _as_os_error():
                piece = self._channel.recv(_PIECE)
            if not piece:
                return b""
            self._lines += piece
        line = bytes(self._lines[:end])
        del self._lines[: end + 1]
        return line

    def last_words(self) -> str:
        """Return what the program said on standard error so far."""
        words = b""
        while self._channel.recv_stderr_ready():
            words += self._channel.recv_stderr(_PIECE)
        return words.decode("utf-8", "replace")

    def close(self) -> None:
        """Close the channel: the end of its input ends the agent."""
        self._channel.close()


@contextmanager
def _as_os_error(what: str = "") -> Iterator[None]:
    """Raise paramiko's own errors and its EOFError, which pyinfra would not contain to the laptop, as OSErrors."""
    try:
        yield
    except (SSHException, EOFError) as error:
        raise ConnectionError(f"{what}{str(error) or 'the connection ended'}") from error
