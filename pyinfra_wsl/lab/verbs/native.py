"""Base64 as quick as .NET reads it: by OpenSSL where it is found, since Python's own reader takes most of an upload's time.

.NET's ``Convert.FromBase64String`` is native code. With Python's, which reads letter by letter, a transfer to the lab would show
how slow the lab is, and nothing of who sends.
"""

from __future__ import annotations

import binascii
import ctypes
import ctypes.util
from functools import cache
from typing import Any

_LONG = 1 << 16
"""Letters from which on it is worth it."""


def unbase64(text: str) -> bytes:
    """Return the bytes; raises ValueError for what is no base64, as Python's reader does it where it is strict."""
    decode = _decoder() if len(text) >= _LONG and text.isascii() else None
    body = text.rstrip("=")
    if decode is not None and len(text) % 4 == 0 and len(text) - len(body) <= 2 and "=" not in body:
        room = ctypes.create_string_buffer(len(text) // 4 * 3)  # EVP_DecodeBlock(3): it counts what stands for padding too
        if decode(room, text.encode(), len(text)) == len(room):  # else there was a letter that is none, or space around it
            return memoryview(room)[: len(room) - (len(text) - len(body))].tobytes()
    return binascii.a2b_base64(text, strict_mode=True)


@cache
def _decoder() -> Any:
    """Return OpenSSL's function; None where there is no OpenSSL."""
    try:
        return ctypes.CDLL(ctypes.util.find_library("crypto")).EVP_DecodeBlock
    except (OSError, AttributeError, TypeError):
        return None
