"""Values of JSON compared and written as those who read the files take them, never as Python does.

Python takes true for 1 and 1 for 1.0. dockerd and Docker Desktop are programs in Go, whose encoding/json takes no number for a
bool and no ``1.0`` for a whole number: of dockerd 26.1.5, "cannot unmarshal number 3.0 into Go struct field
Config.CommonConfig.max-concurrent-downloads of type int". The order of an object's keys means nothing (RFC 8259, 4).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_HALVES = re.compile("[\ud800-\udfff]")


def same(one: Any, other: Any) -> bool:
    """Whether two values of JSON are the same to who reads them: of one kind, and equal in all parts.

    Args:
        one: a value as `json.loads` returns it, or as it was declared; a tuple counts as a list.
        other: another.

    """
    kind = _kind(one)
    if kind is not _kind(other):
        return False
    if kind is dict:
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if kind is list:
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _kind(value: Any) -> type:
    """Return what a value is to JSON; a subclass, as of text, is what it is made of."""
    if isinstance(value, Mapping):
        return dict
    if isinstance(value, list | tuple):
        return list
    return next((kind for kind in (bool, int, float, str) if isinstance(value, kind)), type(value))


def text(value: Any, indent: int | str | None = None, separators: tuple[str, str] | None = None) -> str:
    r"""Return a value as JSON that everybody can read; half of a surrogate pair, which no UTF-8 holds, as an escape: ``\ud800``.

    Args:
        value: what is written.
        indent: as of `json.dumps`.
        separators: as of `json.dumps`.

    Raises:
        ValueError: a number in it is none that JSON has.

    """
    written = json.dumps(value, indent=indent, separators=separators, ensure_ascii=False, allow_nan=False)
    return _HALVES.sub(lambda half: rf"\u{ord(half[0]):04x}", written)
