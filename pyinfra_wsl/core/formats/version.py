"""Versions of the WSL package: numbers with dots, of which trailing zeros say nothing.

Releases are named ``2.6.1``, their installers ``wsl.2.6.1.0.x64.msi`` and the registry says ``2.6.1.0``
(msipackage/package.wix.in, .github/workflows/winget.yml).
"""

from __future__ import annotations

import re
from functools import lru_cache

_FORM = re.compile(r"\d+(\.\d+)*", re.ASCII)


def parse(text: str) -> tuple[int, ...]:
    """Return a version as numbers without trailing zeros; raises ValueError where it is none."""
    return (_once if len(text) <= _SHORT else _parse)(text)


def _parse(text: str) -> tuple[int, ...]:
    if not _FORM.fullmatch(text.strip()):
        raise ValueError(f"{text!r} is not a version; write it like 2.6.1")
    numbers = [int(part) for part in text.strip().split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


_SHORT = 64
_once = lru_cache(maxsize=512)(_parse)  # a fleet has few versions


def known(text: str | None) -> tuple[int, ...] | None:
    """Return a version that somebody else wrote as numbers; None for none, or where it is no version."""
    try:
        return parse(text) if text else None
    except ValueError:
        return None


def at_least(have: str, minimum: str) -> bool:
    """Whether a version is not older than another; raises ValueError where one is none."""
    return parse(have) >= parse(minimum)


def same(one: str, other: str) -> bool:
    """Whether two ways to write a version mean the same one; raises ValueError where one is none."""
    return parse(one) == parse(other)
