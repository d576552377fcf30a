"""Sizes as WSL reads them: digits and a unit in upper case, powers of 1024.

Source: ``ParseMemorySize`` in src/shared/inc/stringshared.h.
"""

from __future__ import annotations

import re

_UNITS = {"": 1, "B": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_LIMIT = 2**64
_STORED = re.compile(r"[ \t\n\v\f\r]*([+-]?)(\d+)([BKMGT]?)(B?)", re.ASCII)
_MEANT = re.compile(r"\s*(\d{1,20}(?:[.,]\d{1,20})?)\s*([bkmgt]?)(?:i?b)?\s*", re.ASCII | re.IGNORECASE)

PATTERN = (
    "^(?:(?:0|[1-9][0-9]{0,17})B?|(?:0|[1-9][0-9]{0,14})KB?|(?:0|[1-9][0-9]{0,11})MB?"
    "|(?:0|[1-9][0-9]{0,8})GB?|(?:0|[1-9][0-9]{0,5})TB?)$"
)
"""The sizes that a fleet file may say: those that WSL reads, without signs, leading zeros and numbers that overflow 64 bits."""


def stored(text: str) -> int | None:
    """Return the bytes that WSL makes of a size, None where it refuses it; signs and overflow as strtoull has them."""
    match = _STORED.fullmatch(text)
    if match is None:
        return None
    sign, number, unit, byte = match.groups()
    if unit == "B" and byte:
        return None
    significant = number.lstrip("0")
    value = int(significant or "0") if len(significant) <= 20 else _LIMIT
    if value == 0 and not (text[0] == "0" and number == "0"):
        return None
    if value >= _LIMIT:
        value = _LIMIT - 1
    elif sign == "-":
        value = -value
    return value * _UNITS[unit] % _LIMIT


def declared(value: object) -> int | None:
    """Return the bytes of a size in a fleet file: a number of bytes or a text such as ``8GB``; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value < _LIMIT else None
    return stored(value) if isinstance(value, str) and re.fullmatch(PATTERN.rstrip("$"), value) else None


def text(value: int) -> str:
    """Write bytes in the largest unit without a remainder: ``8589934592`` is ``8GB``."""
    for unit in "TGMK":
        if value and value % _UNITS[unit] == 0:
            return f"{value // _UNITS[unit]}{unit}B"
    return str(value)


def suggest(value: object) -> str:
    """Return the right form of what somebody meant as a size: ``8gb`` and ``8 GiB`` are ``8GB``, ``2.5GB`` is ``2560MB``."""
    match = _MEANT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return "8GB"
    number, unit = match[1].replace(",", "."), _UNITS[match[2].upper()]
    whole, _, part = number.partition(".")
    size = int(whole) * unit + int(part or "0") * unit // 10 ** len(part)
    return text(size) if declared(text(size)) is not None else "8GB"
