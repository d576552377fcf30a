"""JSON as people read it: the lines that ``json.dumps(…, indent=2)`` makes, in half its time, and parts that are lines already.

Python's own writer is its slow one where lines are indented, and of a result nearly all is known at the first look: that is kept
as text, which takes a tenth of the memory of the values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.report.plain import DEEPEST, plain

_SHORT = json.JSONEncoder(ensure_ascii=False).encode
_INNER = "\n  "
_TEXT = json.encoder.encode_basestring
_WORDS = {None: "null", True: "true", False: "false"}
Writers = Mapping[type, Callable[[Any], str]]
_SIMPLE: Writers = {
    str: _TEXT, int: int.__repr__, bool: _WORDS.__getitem__, type(None): _WORDS.__getitem__,
}  # fmt: skip
"""How values are written that hold no others."""


@dataclass(frozen=True, slots=True)
class Written:
    """A value that stands in a document as the lines of its JSON.

    Args:
        parts: the text, in parts, of which many may be the same objects as of other values: they are kept once.

    """

    parts: tuple[str, ...]

    @classmethod
    def of(cls, value: Any) -> Written:
        """Write a value of mappings by text, lists, text and numbers."""
        return cls((lines(value),))

    @classmethod
    def having(cls, entries: Iterable[str]) -> Written:
        """Return the object that has some entries, each as of `entry`; one at least."""
        between = [one for text in entries for one in (",", text)]
        return cls(("{", *between[1:], "\n}"))


def entry(name: str, value: Any) -> str:
    """Return an entry of an object as lines."""
    return f"{_INNER}{_TEXT(name)}: {lines(value, _INNER)}"


def entry_of_short(name: str, value: Any) -> str:
    """Return an entry as of a value that was made `plain`: in one walk over it where it is plain already, as it nearly always is.

    Args:
        name: the entry's name.
        value: of Python's own kinds alone, none of its texts, lists and mappings longer than a result keeps.

    """
    try:
        text = f"{_INNER}{_TEXT(name)}: {lines(value, _INNER, _PLAIN)}"
    except (TypeError, ValueError, RecursionError):
        return entry(name, plain(value))
    return entry(name, plain(value)) if _DEEP in text else text


def _number(value: float) -> str:
    if plain(value) is not value:
        raise ValueError("it is written in another way")
    return repr(value)


_PLAIN: Writers = {**_SIMPLE, int: _number, float: _number}
_DEEP = _INNER + "  " * DEEPEST
"""Where a line begins that `plain` may have cut: no text holds a line end."""


def lines(value: Any, margin: str = "\n", simple: Writers = _SIMPLE) -> str:
    """Return a value as JSON.

    Args:
        value: mappings by text, lists, text, numbers, and `Written` anywhere in them.
        margin: what a line of it begins with.
        simple: how values are written that hold no others.

    """
    if (write := simple.get(type(value))) is not None:
        return write(value)
    if isinstance(value, Written):
        return "".join(value.parts).replace("\n", margin)  # text holds no line end, but only its escape
    inner = f"{margin}  "
    if isinstance(value, dict) and value:
        parts = [
            f"{inner}{_TEXT(name)}: {write(one) if (write := simple.get(type(one))) is not None else lines(one, inner, simple)}"
            for name, one in value.items()
        ]
        return f"{{{','.join(parts)}{margin}}}"
    if isinstance(value, list | tuple) and value:
        parts = [inner + (_TEXT(one) if type(one) is str else lines(one, inner, simple)) for one in value]
        return f"[{','.join(parts)}{margin}]"
    return _SHORT(value)
