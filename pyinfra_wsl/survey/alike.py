"""What several people of one laptop have alike, which can be declared once for all of them, and what each has for themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pyinfra_wsl.core import source
from pyinfra_wsl.core.adopted import Adopted
from pyinfra_wsl.core.problem import Path

WHOLE: Path = ("user",)
"""The place of a note that is about all of a person's."""


def alike(people: Mapping[str, Sequence[Adopted]]) -> Iterator[Adopted]:
    r"""Yield what every one of several people has as a value, and what only some have as a note that names them.

    A fleet file declares for all of them or for none: what one of them does not have, or has otherwise, a run would change, and
    of whom it is not known it would have to wait for.

    Args:
        people: what was told of each, by account: ``CORP\alice``.

    """
    values = {account: dict(_values(found)) for account, found in people.items()}
    for path in dict.fromkeys(path for theirs in values.values() for path in theirs):
        told = {account: theirs[path] for account, theirs in values.items() if path in theirs}
        if len(told) == len(people) and len({_text(one) for one in told.values()}) == 1:
            yield Adopted(path, next(iter(told.values())))
        else:
            said = [f"{account} has {_said(path, told, account, people[account])}" for account in people]
            yield Adopted(path, note=f"not alike, so not declared: {'; '.join(said)}")
    yield from _notes(people)


def _values(found: Sequence[Adopted]) -> Iterator[tuple[Path, Any]]:
    for one in found:
        if one.value is not None:
            yield from _leaves(one.path, one.value)


def _leaves(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping) and value:
        for name, below in value.items():
            yield from _leaves((*path, name), below)
    else:
        yield path, value


def _said(path: Path, told: Mapping[str, Any], account: str, found: Sequence[Adopted]) -> str:
    """Return what somebody has at a place; where they have none and a note is about it, more may be there than is known."""
    if account in told:
        return _shown(path, told[account])
    return "none that is known" if any(one.note and one.path in (WHOLE, path[: len(one.path)]) for one in found) else "none"


def _shown(path: Path, value: Any) -> str:
    """Return a value as a comment has it; what a fleet file may not hold is not in its comments either."""
    inner = value
    for part in reversed(path):
        inner = {part: inner}
    return "what may be a secret" if any(source.secrets(inner)) else _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _notes(people: Mapping[str, Sequence[Adopted]]) -> Iterator[Adopted]:
    """Yield the notes of all, once where each has the same, else under their names."""
    notes = {account: dict.fromkeys((one.path, one.note) for one in found if one.note) for account, found in people.items()}
    for account, theirs in notes.items():
        for path, note in theirs:
            shared = all((path, note) in others for others in notes.values())
            if not shared or account == next(iter(notes)):
                yield Adopted(path, note=note if shared else f"{account}: {note}")
