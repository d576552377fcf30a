"""Bodies that are sealed with what a login agreed upon, over HTTP (MS-WSMV 2.2.9.1)."""

from __future__ import annotations

import re
import struct

import spnego
from spnego.exceptions import SpnegoError

PROTOCOL = "application/HTTP-SPNEGO-session-encrypted"
_EDGE = b"--Encrypted Boundary"
_STREAM = b"\tContent-Type: application/octet-stream\r\n"
_HEAD = re.compile(rb"Content-Type: (\S+)\r\n\s*OriginalContent: type=([^;]+);charset=([^;]+);Length=(\d+)", re.IGNORECASE)


class UnsealError(ValueError):
    """A sealed body does not open: it is of another connection, or damaged. Windows answers 400 with nothing in it."""


def is_sealed(kind: str) -> bool:
    """Whether a Content-Type says that a body is sealed."""
    return kind.lower().startswith("multipart/encrypted")


def unseal(body: bytes, context: spnego.ContextProxy) -> bytes:
    """Open a body; raises UnsealError."""
    head = _HEAD.search(body)
    _, found, rest = body.partition(_STREAM)
    sealed, closed, _ = rest.rpartition(_EDGE + b"--")
    if head is None or not found or not closed or len(sealed) < 4:
        raise UnsealError("not sealed as WinRM has it")
    (size,) = struct.unpack("<i", sealed[:4])
    try:
        plain = context.unwrap_winrm(sealed[4 : 4 + size], sealed[4 + size :])
    except (SpnegoError, ValueError, struct.error) as problem:
        raise UnsealError(str(problem)) from None
    if len(plain) != int(head[4]):
        raise UnsealError("another length than it says")
    return plain


def seal(body: bytes, context: spnego.ContextProxy) -> tuple[str, bytes]:
    """Return the Content-Type and the bytes of a sealed body."""
    header, data, padding = context.wrap_winrm(body)
    original = f"type=application/soap+xml;charset=UTF-8;Length={len(body) + padding}"
    head = f"\tContent-Type: {PROTOCOL}\r\n\tOriginalContent: {original}\r\n"
    written = b"".join(
        (_EDGE, b"\r\n", head.encode(), _EDGE, b"\r\n", _STREAM, struct.pack("<i", len(header)), header, data, _EDGE, b"--\r\n")
    )
    return f'multipart/encrypted;protocol="{PROTOCOL}";boundary="Encrypted Boundary"', written
