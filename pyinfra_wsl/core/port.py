"""A port as host data have it, which no form holds where they come from an inventory of a person's own or from ``--data``."""

from __future__ import annotations

LAST = (1 << 16) - 1
_DIGITS = len(str(LAST))  # Python refuses to read numbers with thousands of them


def number(given: object) -> int | None:
    """Return the port that a number or a text means; None where it is none.

    Args:
        given: anything.

    """
    text = str(given) if isinstance(given, str) or type(given) is int else ""
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        return None
    return int(text) if 0 < int(text) <= LAST else None
