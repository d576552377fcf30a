"""The answers in a line of an agent's, each of which is read and checked once, however many laptops of a fleet give it.

Two thirds of what laptops answer they answer to the byte alike: that a key is not there, that a service starts by itself. The
line is taken apart where an answer begins: inside of a text in JSON a quote has a backslash before it, so that such bytes stand
at the beginning of an object only. If then each piece is one whole value, they are the answers that the line holds; where
anything else is so, the line is read as a whole. What an answer means rests on its own bytes and the kind of its call alone,
so that no laptop has a say in what another one's answer means. Whoever reads an answer leaves it as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from pyinfra_wsl.core import heard, shape
from pyinfra_wsl.core.call import Answer, Call

_FIRST = b'{"ok":'
_NEXT = b"," + _FIRST
_AROUND = 2
"""Lists and objects around an answer: all answers, and the line."""
_LINE = 2**17
"""Bytes of a line that is taken apart; a longer one may hold too much as a whole, though no answer in it does."""
_SHORT = 1024
"""Bytes of an answer that is kept: longer ones are files and outputs, which hardly two laptops have in common."""
_KEPT = 256
"""Answers that are kept: several times those that laptops have alike, and a MiB where all of them are as long as they may be."""


def answers(line: bytes, number: int, calls: Sequence[Call]) -> list[Answer] | None:
    """Return what a line answers to calls; None where it must be read as a whole, which tells what is wrong with it too.

    Args:
        line: of an agent, without its end.
        number: of the request, which the line repeats.
        calls: what was asked.

    """
    pieces = _pieces(line, number, calls) if len(line) <= _LINE else None
    if pieces is None:
        return None
    try:
        return [
            (_known if len(piece) <= _SHORT else _read)(one.verb, one.fields.get("method"), piece)
            for one, piece in zip(calls, pieces, strict=True)
        ]
    except (heard.HeardError, shape.ShapeError):
        return None


def most_of(line: bytes, number: int, calls: Sequence[Call]) -> Call | None:
    """Return to which call the better half of a line is the answer, for a person who is told that it is too much to be read.

    Args:
        line, number, calls: as of `answers`.

    """
    pieces = _pieces(line, number, calls)
    if not pieces:
        return None
    largest = max(range(len(pieces)), key=lambda one: len(pieces[one]))
    return calls[largest] if 2 * len(pieces[largest]) > len(line) else None


def _pieces(line: bytes, number: int, calls: Sequence[Call]) -> list[bytes] | None:
    """Take a line apart into what may be the answers to calls, each without its first bytes; None where it is something else."""
    line = line.strip()
    begin = b'{"id":%d,"results":[%b' % (number, _FIRST)
    if not (line.startswith(begin) and line.endswith(b"]}")):
        return None
    pieces = line[len(begin) : -2].split(_NEXT)
    return pieces if len(pieces) == len(calls) else None


def _read(verb: str, method: str | None, piece: bytes) -> Answer:
    return shape.answer(Call(verb, {"method": method}), heard.part(_FIRST + piece, _AROUND))


_known = lru_cache(maxsize=_KEPT)(_read)
