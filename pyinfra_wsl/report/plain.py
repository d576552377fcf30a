"""What a result may hold: plain values of bounded size, whatever a laptop has said."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import islice
from typing import Any

LONGEST = 10_000
"""Characters of a text, and entries of a list or a mapping, that are kept."""

DEEPEST = 40
"""So deep a value may lie; lists and mappings that lie there are cut."""
_AS_IT_IS = frozenset({bool, type(None)})
_BITS = 64  # of a number: longer ones are none that a laptop counts, and some that Python refuses to write in decimals


def plain(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON can have it: texts, numbers, lists and mappings, cut where they are too long or too deep.

    Args:
        value: anything.
        depth: how deep it lies.

    """
    kind = type(value)
    if kind in _AS_IT_IS or (kind is str and len(value) <= LONGEST) or (kind is int and value.bit_length() <= _BITS):
        return value
    if kind is dict and depth < DEEPEST:
        return {
            name if type(name) is str and len(name) <= LONGEST else str(plain(name)): (
                one if (kind := type(one)) in _AS_IT_IS or (kind is str and len(one) <= LONGEST) else plain(one, depth + 1)
            )
            for name, one in (value.items() if len(value) <= LONGEST else islice(value.items(), LONGEST))
        }
    if (kind is list or kind is tuple) and depth < DEEPEST:
        some = value if len(value) <= LONGEST else value[:LONGEST]
        return [one if type(one) is str and len(one) <= LONGEST else plain(one, depth + 1) for one in some]
    return _rarer(value, depth)


def _rarer(value: Any, depth: int) -> Any:
    """Return what is no more than plain, too long or too deep."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST else clipped(value)
    if isinstance(value, int):
        return value if value.bit_length() <= _BITS else clipped(hex(value))
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, bytes):
        return clipped(value[: 4 * LONGEST].decode("utf-8", "replace"))
    return "…" if depth >= DEEPEST else _several(value, depth)


def _several(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        return plain(dict(islice(value.items(), LONGEST)), depth)
    if isinstance(value, list | tuple):
        return plain(list(islice(value, LONGEST)), depth)
    if isinstance(value, set | frozenset):
        return sorted(plain(list(islice(value, LONGEST)), depth), key=str)
    return clipped(str(value))


def clipped(text: str, longest: int = LONGEST) -> str:
    """Return a text, or its beginning with how much more there is."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text) - longest} more characters)"
