"""Fingerprints of OpenPGP keys, so that a repository's key is compared before anything trusts it.

RFC 4880; RFC 9580 for keys of version 6.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator

_PUBLIC_KEY = 6
_ARMOR = re.compile(rb"-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(.*?)-----END PGP PUBLIC KEY BLOCK-----", re.DOTALL)


def fingerprints(data: bytes) -> tuple[str, ...]:
    """Return the fingerprint of every primary key in a key file, armored or not: upper-case hexadecimal digits.

    Args:
        data: the file's bytes.

    Raises:
        ValueError: it is not an OpenPGP key file.

    """
    blocks = [_dearmored(block) for block in _ARMOR.findall(data)] or [data]
    found = tuple(_fingerprint(body) for block in blocks for tag, body in _packets(block) if tag == _PUBLIC_KEY)
    if not found:
        raise ValueError("it holds no public key")
    return found


def _dearmored(block: bytes) -> bytes:
    text = re.split(rb"\r?\n\r?\n", block, maxsplit=1)[-1]
    lines = [line for line in text.split() if not line.startswith(b"=")]
    try:
        return base64.b64decode(b"".join(lines), validate=True)
    except binascii.Error as error:
        raise ValueError("its armor is damaged") from error


def _packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and body of each packet (RFC 4880 section 4.2)."""
    at = 0
    while at < len(data):
        head = data[at]
        if not head & 0x80:
            raise ValueError("it is not an OpenPGP file")
        tag, start, length = _new(data, at) if head & 0x40 else _old(data, at)
        if start + length > len(data):
            raise ValueError("it is cut short")
        yield tag, data[start : start + length]
        at = start + length


def _old(data: bytes, at: int) -> tuple[int, int, int]:
    kind = data[at] & 3
    size = (1, 2, 4, 0)[kind]
    length = int.from_bytes(data[at + 1 : at + 1 + size], "big") if size else len(data) - at - 1
    return (data[at] >> 2) & 15, at + 1 + size, length


def _new(data: bytes, at: int) -> tuple[int, int, int]:
    first = data[at + 1] if at + 1 < len(data) else 0
    if first < 192:
        return data[at] & 63, at + 2, first
    if first < 224:
        return data[at] & 63, at + 3, ((first - 192) << 8) + data[at + 2] + 192 if at + 2 < len(data) else 0
    if first == 255:
        return data[at] & 63, at + 6, int.from_bytes(data[at + 2 : at + 6], "big")
    raise ValueError("it has a packet of partial length, which keys have not")


def _fingerprint(body: bytes) -> str:
    version = body[0] if body else 0
    if version == 4:
        return hashlib.sha1(b"\x99" + len(body).to_bytes(2, "big") + body, usedforsecurity=False).hexdigest().upper()
    if version == 6:
        return hashlib.sha256(b"\x9b" + len(body).to_bytes(4, "big") + body).hexdigest().upper()
    raise ValueError(f"it has a key of version {version}, which nothing trusts any more")
