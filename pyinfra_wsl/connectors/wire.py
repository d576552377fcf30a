"""The wire of an agent over SSH: one channel of paramiko's."""

from __future__ import annotations

import time

from paramiko import Channel, SSHClient, SSHException

from pyinfra_wsl import agent
from pyinfra_wsl.agent.channel import TooMuchError
from pyinfra_wsl.core import heard

_PIECE = 65536  # bytes that are read at once
_PACKET = 32768 - 64  # bytes that are sent at once: what paramiko puts into one packet of OpenSSH's size
_SEND = 60.0  # seconds, whatever is sent, and more of them for each byte
_SLOWEST = 16384  # bytes a second


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
        with _REFUSED:
            self._channel: Channel = transport.open_session(timeout=60)
            self._channel.exec_command(agent.command_line().encode())
        self._lines = bytearray()

    def write(self, data: bytes) -> None:
        """Send bytes; raises OSError when the connection is gone, or the other side takes them too slowly."""
        deadline = time.monotonic() + _SEND + len(data) / _SLOWEST
        for start in range(0, len(data), _PACKET):
            piece = data[start : start + _PACKET]
            while piece:
                if (left := deadline - time.monotonic()) <= 0:
                    raise TimeoutError("the laptop does not take what is sent")
                self._channel.settimeout(left)
                with _GONE:
                    sent = self._channel.send(piece)
                if not sent:
                    raise ConnectionError("the connection ended")
                piece = piece[sent:]

    def read_line(self, timeout: float) -> bytes:
        """Return the next line, empty at the end; raises what `agent.channel.Wire` says."""
        deadline = time.monotonic() + timeout
        start = 0
        while (end := self._lines.find(b"\n", start)) < 0:
            start = len(self._lines)
            if start > heard.LARGEST:
                self._lines.clear()
                raise TooMuchError
            if (left := deadline - time.monotonic()) <= 0:
                raise TimeoutError
            if not (piece := self._receive(left)):
                return b""
            self._lines += piece
        with memoryview(self._lines) as seen:
            line = bytes(seen[:end])
        del self._lines[: end + 1]
        return line

    def _receive(self, seconds: float) -> bytes:
        begun = time.monotonic()
        self._channel.settimeout(seconds)
        try:
            with _GONE:
                return self._channel.recv(_PIECE)
        except TimeoutError as error:
            if time.monotonic() - begun < seconds / 2:  # not ours, but the network's own
                raise ConnectionError(str(error) or "the connection timed out") from error
            raise

    def last_words(self) -> str:
        """Return what the program said on standard error so far."""
        words = b""
        while self._channel.recv_stderr_ready() and len(words) < _PIECE:
            words += self._channel.recv_stderr(_PIECE)
        return words.decode("utf-8", "replace")

    def close(self) -> None:
        """Close the channel: the end of its input ends the agent."""
        self._channel.close()


class _AsOSError:
    """Raises paramiko's own errors and its EOFError, which pyinfra would not contain to the laptop, as OSErrors."""

    def __init__(self, what: str = "") -> None:
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, SSHException | EOFError):
            raise ConnectionError(f"{self._what}{str(error) or 'the connection ended'}") from error


_GONE = _AsOSError()
_REFUSED = _AsOSError("the SSH server starts no program: ")
