"""Control characters, which belong nowhere in a declaration."""

from __future__ import annotations

import re

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""What no text may hold; TAB and newline are not among them."""

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
    return f"holds the control character U+{ord(found[0]):04X}; remove it"
