"""The standard input of a program on a laptop, as it arrives over a connection."""

from __future__ import annotations

from typing import Protocol

import asyncssh

PIECE = 1 << 16
"""Bytes that are read at once."""


class Reader(Protocol):
    """What bytes come out of: a channel of SSH, a stream."""

    async def read(self, n: int, /) -> bytes:
        """Return so many bytes at most, none at the end."""


class Input:
    """Lines of any length out of pieces.

    Args:
        reader: where they come from.

    """

    def __init__(self, reader: Reader) -> None:
        """Read nothing yet."""
        self._reader = reader
        self._pieces: list[bytes] = []

    async def readline(self) -> bytes:
        """Return the next line with its end, b"" at the end of the input."""
        while not (self._pieces and b"\n" in self._pieces[-1]):
            try:
                piece = await self._reader.read(PIECE)
            except (asyncssh.Error, OSError):  # who called is gone
                piece = b""
            if not piece:
                return b""
            self._pieces.append(piece)
        line, end, rest = self._pieces.pop().partition(b"\n")
        whole = b"".join([*self._pieces, line, end])
        self._pieces = [rest] if rest else []
        return whole
