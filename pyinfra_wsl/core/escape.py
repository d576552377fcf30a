r"""Words of a machine as they may be shown: no terminal obeys them, and no line of them passes for one of ours.

A terminal takes orders in control characters (ECMA-48: C0, DEL, C1), and Unicode's own turn a line's order around (UAX 9) or
begin a new one. Half of a surrogate pair cannot be written at all. All of them are shown as Python writes them: ``\x1b``.
"""

from __future__ import annotations

import re

LONGEST = 4000
"""Characters that are shown of one text; nobody reads more of it in a line."""

_SPACES = frozenset("\u00a0\u2007\u202f\u3000")
"""Spaces that Windows' own translations hold, and that do nothing but part words."""

_PLAIN = b"\n" + bytes(range(0x20, 0x7F))
"""All that stands in JSON as a rule."""
_OTHERS = re.compile(r"[^\n\x20-\x7e]+")


def escape(text: object, longest: int = LONGEST) -> str:
    """Return a text as one line that can be shown anywhere.

    Args:
        text: what a machine said, or a sentence that holds it.
        longest: characters that are shown; of more, how many are left out.

    """
    said = str(text)
    left_out = len(said) - longest
    if left_out > 0:
        said = said[:longest]
    if not said.isprintable():
        said = "".join(one if one.isprintable() or one in _SPACES else _escaped(one) for one in said.strip("\r\n"))
    return f"{said}… ({left_out} more characters)" if left_out > 0 else said


def escape_json(text: str) -> str:
    """Return JSON with escapes in the place of what no terminal should get; it means the same.

    Args:
        text: JSON whose strings hold whatever a machine said; outside of strings only line ends are left alone.

    """
    if text.isascii() and not text.encode().translate(None, _PLAIN):  # a tenth of the time of a search
        return text
    return _OTHERS.sub(_shown, text)


def _shown(others: re.Match[str]) -> str:
    found = others[0]
    if found.isprintable():
        return found
    return "".join(one if one.isprintable() or one in _SPACES else _units(one) for one in found)


def _escaped(one: str) -> str:
    return repr(one)[1:-1]


def _units(one: str) -> str:
    """Return a character as JSON escapes it: by its units of UTF-16."""
    data = one.encode("utf-16-be", "surrogatepass")
    return "".join(rf"\u{data[place]:02x}{data[place + 1]:02x}" for place in range(0, len(data), 2))
