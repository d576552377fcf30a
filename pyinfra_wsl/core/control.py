"""Control characters and those that nobody sees, which belong nowhere in a declaration."""

from __future__ import annotations

import re

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff"
                     r"\ufeff\ufff9-\uffff\U000e0000-\U000e007f]")  # fmt: skip
"""What no text may hold; TAB and newline are not among them.

Besides control characters those of no width, and those that turn the direction of what follows, by which a text looks like
another one (Unicode Technical Standard 39, 5.4; Unicode Technical Report 36, 2.3).
"""

_MORE_THAN_A_LINE = re.compile(r"[\t\n\u2028\u2029]")


def control(text: str, *, one_line: bool) -> str:
    """Return what is wrong with a text that holds a control character, empty for any other.

    Args:
        text: any text of a fleet file.
        one_line: whether TAB and newline are no part of it either.

    """
    found = CONTROL.search(text) or (_MORE_THAN_A_LINE.search(text) if one_line else None)
    if not found:
        return ""
    if found[0] in "\t\n":
        name, escape = ("a TAB", r"\t") if found[0] == "\t" else ("a newline", r"\n")
        return f"holds {name}; remove it, or use single quotes where {escape} is meant"
    return f"holds the {kind(found[0])} U+{ord(found[0]):04X}; remove it"


def kind(one: str) -> str:
    """Return what a character is called of which `control` tells."""
    seen = one < "\xa0" or "\ud800" <= one <= "\udfff" or one in "\u2028\u2029"
    return "control character" if seen else "invisible character"


def plain(text: str, *, one_line: bool) -> str:
    """Return a text without what `control` tells of."""
    without = CONTROL.sub("", text)
    return _MORE_THAN_A_LINE.sub("", without) if one_line else without
