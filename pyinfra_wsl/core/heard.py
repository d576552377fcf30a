"""JSON out of a machine: read within bounds, whatever it holds, so that one machine's words cost one machine's run.

Python's own reader takes numbers without end (``10**400``), ``NaN`` and ``1e999``, of a name given twice the last, and what is
nested deeper than its stack ends in another kind of error. What comes of those fails far from here, where nobody thinks of it.
"""

from __future__ import annotations

import json
import marshal
import math
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NoReturn

LARGEST = 16 * 2**20
"""Bytes of one text: an agent keeps 4 MiB of each stream of a program, which base64 makes a third longer."""

_DEEPEST = 100
"""Objects and lists within each other: the agent writes no more (``Depth`` in agent.ps1)."""
MOST = 2**17
"""Values in one text: of those that take the most memory, some 30 MB."""
_SHORT = 2048
"""Bytes of a text that is kept with what it means."""
_NESTED = (dict, list)
_DEEP = "it is nested too deep"
_BITS = 64
"""Of a whole number: Windows knows none that are longer."""


class HeardError(ValueError):
    """A text is no JSON, or holds what no machine has to say."""


def parse(data: bytes, largest: int = LARGEST, *, twice: bool = False, most: int = MOST) -> Any:
    """Return what a text of JSON means.

    Args:
        data: the text, in UTF-8 with or without a byte order mark.
        largest: bytes that are taken.
        twice: whether a name may stand twice in one object, as in a file that people write: the last counts, and of objects all
            that they hold, as Go's encoding/json reads them.
        most: values that are taken.

    Raises:
        HeardError: it is no JSON, too long or too deep, or holds a number that no machine has. Its cause is the reader's own
            error where the text is no JSON at all.

    """
    if len(data) > largest:
        raise HeardError(f"it is longer than {largest / 2**20:g} MiB")
    if len(data) <= min(_SHORT, most):
        return marshal.loads(_known(bytes(data), twice))  # noqa: S302 - it was written in this process
    return part(data, 0, twice=twice, most=most)


@lru_cache(maxsize=128)
def _known(data: bytes, twice: bool) -> bytes:
    """Return what a short text means, which programs of a whole fleet say alike, so that each who asks has it for their own."""
    return marshal.dumps(part(data, 0, twice=twice))


def part(data: bytes, around: int, *, twice: bool = False, most: int = MOST) -> Any:
    """Return what a part of a longer text of JSON means, which is within the bounds of that.

    Args:
        data: the part, one whole value.
        around: how many objects and lists are around it.
        twice: as of `parse`.
        most: as of `parse`.

    Raises:
        HeardError: as of `parse`.

    """
    if len(data) > most and sum(data.count(one) for one in (b"[", b"{", b",")) > most:  # each value takes a byte at least
        raise HeardError(f"it holds more than {most} values")
    try:
        text = data.removeprefix(BOM_UTF8).decode()
        if not twice:
            value = _last(text)
            if _names(value, around) == text.count('":') and not _apart(text):
                return value
        value = (_TWICE if twice else _STRICT)(text)
    except RecursionError:
        raise HeardError(_DEEP) from None
    except UnicodeDecodeError as error:
        raise HeardError(f"it is not UTF-8 (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise HeardError(f"{error.msg} (line {error.lineno}, column {error.colno})") from error
    _names(value, around)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise HeardError("a name stands twice in one object")
    return found


def _all(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    _add(found, pairs)
    return found


def _add(found: dict[str, Any], pairs: Iterable[tuple[str, Any]]) -> None:
    for name, value in pairs:
        old = found.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            _add(old, value.items())
        elif old is not None and value is not None and type(old) is not type(value):
            raise HeardError("a name stands twice in one object, with values of two kinds")
        else:
            found[name] = value


def _whole(digits: str) -> int:
    if len(digits) > _BITS // 3 or (number := int(digits)).bit_length() > _BITS:
        raise HeardError(f"it holds a number of {len(digits)} digits")
    return number


def _finite(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise HeardError("it holds a number that is too large")
    return number


def _no_number(name: str) -> NoReturn:
    raise HeardError(f"it holds {name}, which is no number")


def _last(text: str) -> Any:
    """Return what a text means where the last of two names counts; there are no blanks around most."""
    try:
        value, end = _SCAN(text, 0)
    except StopIteration:
        end = -1
    return value if end == len(text) else _LAST.decode(text)


def _apart(text: str) -> bool:
    """Whether a name's closing quote may be apart from its colon.

    Else there are no more names than such pairs, and where as many were read none stands twice: no object needs a call.
    """
    # From behind two letters are found in half the time, in a file's data.
    return "\n" in text or "\t" in text or "\r" in text or (" " in text and text.rfind(" :") >= 0)


def _names(value: Any, around: int) -> int:
    """Return how many names all objects hold; raises HeardError where they are nested too deep."""
    level, names = [value], 0
    for _depth in range(_DEEPEST - around):
        below: list[Any] = []
        for one in level:
            if type(one) is dict:
                names += len(one)
                below += one.values()
            elif type(one) is list:
                below += one
        if not below:
            return names
        level = below
    if any(type(one) in _NESTED for one in level):
        raise HeardError(_DEEP)
    return names


def _reader(hook: Callable[[list[tuple[str, Any]]], Any] | None) -> json.JSONDecoder:
    numbers: dict[str, Any] = {"parse_int": _whole, "parse_float": _finite, "parse_constant": _no_number}
    return json.JSONDecoder(object_pairs_hook=hook, **numbers)


_LAST = _reader(None)
_SCAN: Callable[[str, int], tuple[Any, int]] = vars(_LAST)["scan_once"]
_STRICT, _TWICE = _reader(_once).decode, _reader(_all).decode
