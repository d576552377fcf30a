"""What Windows' C library makes of a text file's bytes, as WSL opens ``.wslconfig`` (``_wfopen`` with ``rt,ccs=UTF-8``).

From the source of the Universal C Runtime: ``_read_nolock``, ``translate_ansi_or_utf8_nolock``, ``configure_text_mode``.
"""

from __future__ import annotations

import codecs

PIECE = 2048
"""Bytes that are read and decoded at once; how many follow a byte order mark makes no difference to their size."""

_LONGEST = 4
"""Bytes among which the lead byte of a character is looked for."""

_CTRL_Z = 0x1A


class UnreadableError(Exception):
    """The C library does not open UTF-16 with the high byte first. As which error WSL tells it is not verified."""


def windows_letters(data: bytes) -> str:
    r"""Return a file's UTF-16 units, each as one character, with ``\r\n`` as ``\n``; Ctrl+Z ends the file.

    Raises:
        UnreadableError: the library refuses to open it.

    """
    if data.startswith(codecs.BOM_UTF16_BE):
        raise UnreadableError
    if data.startswith(codecs.BOM_UTF16_LE):
        units = _units(data[2 : len(data) // 2 * 2].decode("utf-16-le", "surrogatepass"))
        return _text_mode(units)
    return _units(_pieces(_text_mode_bytes(data.removeprefix(codecs.BOM_UTF8))))


def _text_mode(units: str) -> str:
    return units.partition(chr(_CTRL_Z))[0].replace("\r\n", "\n")


def _text_mode_bytes(data: bytes) -> bytes:
    return data.partition(bytes([_CTRL_Z]))[0]


def _pieces(data: bytes) -> str:
    """Decode piece by piece; one that ends where no character can is lost with all that follows."""
    text, at = "", 0
    while at < len(data):
        piece = data[at : at + PIECE]
        kept = _whole(piece)
        if kept is None:
            break
        text += piece[:kept].decode("utf-8", "replace")
        at += kept
        if not kept:  # a character that the file's end cuts off
            break
    return text.replace("\r\n", "\n")


def _whole(piece: bytes) -> int | None:
    """Return how many bytes of a piece are whole characters, None where its end is none."""
    if piece[-1] < 0x80:
        return len(piece)
    for count in range(1, min(_LONGEST, len(piece)) + 1):
        length = _length(piece[-count])
        if length:
            return len(piece) if length == count else len(piece) - count
    return None


def _length(byte: int) -> int:
    """Return how many bytes a lead byte announces, 0 where it is none."""
    return 2 if 0xC0 <= byte < 0xE0 else 3 if 0xE0 <= byte < 0xF0 else 4 if 0xF0 <= byte < 0xF8 else 0


def _units(text: str) -> str:
    """Return one character for each UTF-16 unit."""
    data = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(data[at] | data[at + 1] << 8) for at in range(0, len(data), 2))
