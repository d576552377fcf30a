r"""Patterns as JSON Schema has them (2020-12, 6.4): those of ECMA 262.

There ``$`` is the end of a text. Python's stands before a last newline too, and lets ``LT-1\n`` pass for a name.
"""

from __future__ import annotations

import re
from functools import cache

_PARTS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$", re.DOTALL)


def holds(pattern: str, text: str) -> bool:
    """Whether a pattern of a schema is found in a text."""
    return _compiled(pattern).search(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_PARTS.sub(lambda part: r"\Z" if part[0] == "$" else part[0], pattern))
