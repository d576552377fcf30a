"""What a control process and its runners say to each other: JSON, one value a line, with each secret marked as one.

A runner is asked by lines at its standard input, and answers by lines at its standard output. `id` names the shard of which is
spoken, and is its name.

    {"id": "s1", "shard": {…}}                                          carry this shard out
    {"id": "s1", "end": true}                                           begin no further laptop of it
    {"ready": 4711}                                                     the runner is there; its process
    {"id": "s1", "event": "begun", "worker": "desk 4711"}
    {"id": "s1", "event": "ended", "host": "LT-1", "document": {…}}
    {"id": "s1", "event": "verified", "host": "LT-1", "found": true, "said": []}
    {"id": "s1", "event": "done"}                                       nothing more will be told of it
    {"id": "s1", "event": "lost", "why": "…"}                           nor here, and not all of it was carried out

Requests hold secrets and are for pipes and sealed envelopes only; answers hold none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path, PurePath
from typing import Any

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.secret import Secret
from pyinfra_wsl.rollout.model import Begun, Ended, Event, Member, Shard, Verified

_MARK = "$"
"""Begins the only key of a mapping that stands for a value of which JSON has no kind."""
_DEEPEST = 60
"""So many values may lie within each other; no fleet file comes near it."""

_DOCUMENT = b',"document":'
"""Stands between an answer and its document, and nowhere within a text: a quotation mark has a backslash there."""

Document = dict[str, Any]


class WireError(ValueError):
    """Something cannot travel, or what came is none of ours; its text says what, never a value."""


def pack(value: Any, place: str = "") -> Any:
    """Return a value as JSON has it, so that `unpack` returns its like.

    Args:
        value: None, truth, numbers, text, `Secret`, bytes, paths, dates, and lists, tuples, sets and mappings of them.
        place: where it stands, for whoever is told that it cannot travel.

    Raises:
        WireError: it is of another kind.

    """
    try:
        return _packed(value, _DEEPEST)
    except _UnfitError as error:
        where = f"{place}{''.join(reversed(error.below))}".removeprefix(".")
        raise WireError(f"{escape(where or 'it')} {error.why}") from None


class _UnfitError(Exception):
    """A value cannot travel; where it stands is put together on the way back, of the innermost place first."""

    def __init__(self, why: str) -> None:
        self.why, self.below = why, list[str]()


def _packed(value: Any, left: int) -> Any:
    if type(value) is str or value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Secret):
        return {"$secret": value.reveal()}
    if isinstance(value, str):
        return str.__str__(value)
    if not left:
        raise _UnfitError("lies too deep")
    if isinstance(value, Mapping):
        return _mapping(value, left - 1)
    if isinstance(value, list | tuple | set | frozenset):
        return _many(value, left - 1)
    return _other(value)


def _mapping(value: Mapping[Any, Any], left: int) -> Any:
    named = {}
    for key, one in value.items():
        try:
            named[key] = _packed(one, left)
        except _UnfitError as error:
            error.below.append(f".{_key(key)}")
            raise
    if all(type(key) is str and not key.startswith(_MARK) for key in named):
        return named
    if all(isinstance(key, str) and not isinstance(key, Secret) and not key.startswith(_MARK) for key in named):
        return {str.__str__(key): one for key, one in named.items()}
    return {"$items": [[_packed(key, left), one] for key, one in named.items()]}


def _key(key: Any) -> str:
    return str(key) if isinstance(key, str | int) else type(key).__name__


def _many(value: Any, left: int) -> Any:
    items = []
    for number, one in enumerate(value):
        try:
            items.append(_packed(one, left))
        except _UnfitError as error:
            error.below.append(f"[{number}]")
            raise
    kind = next((name for name, of in (("$tuple", tuple), ("$set", set), ("$frozen", frozenset)) if isinstance(value, of)), None)
    return {kind: items} if kind else items


def _other(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return {"$bytes": bytes(value).hex()}
    if isinstance(value, PurePath):
        return {"$path": str(value)}
    for name, kind in (("$datetime", datetime), ("$date", date), ("$time", time)):
        if isinstance(value, kind):
            return {name: value.isoformat()}
    raise _UnfitError(f"holds a {type(value).__name__}, which cannot be given to a worker")


_MADE: dict[str, Callable[[Any], Any]] = {
    "$secret": Secret, "$bytes": bytes.fromhex, "$path": Path, "$datetime": datetime.fromisoformat, "$date": date.fromisoformat,
    "$time": time.fromisoformat,
}  # fmt: skip
_GATHERED: dict[str, Callable[[Any], Any]] = {"$tuple": tuple, "$set": set, "$frozen": frozenset}


def unpack(value: Any) -> Any:
    """Return what was packed; raises `WireError` for what `pack` does not make."""
    if isinstance(value, list):
        return [unpack(one) for one in value]
    if not isinstance(value, dict):
        return value
    name = next(iter(value), "")
    if not name.startswith(_MARK):
        return {key: unpack(one) for key, one in value.items()}
    try:
        return _made(name, value[name])
    except (TypeError, ValueError):
        raise WireError(f"what came is no {escape(name)}") from None


def _made(name: str, held: Any) -> Any:
    if name == "$items":
        return {unpack(key): unpack(one) for key, one in held}
    if name in _GATHERED:
        return _GATHERED[name](unpack(one) for one in held)
    if name in _MADE:
        return _MADE[name](held)
    raise ValueError


def member(one: Member) -> Document:
    """Return a host as JSON has it; raises `WireError` with the host and the key of what cannot travel."""
    try:
        data = pack(dict(one.data))
    except WireError as error:
        remedy = "write plain values, or let the deploy file make what it needs"
        raise WireError(f"{escape(one.name)}: the host data {error}. Next: {remedy}") from None
    return {
        "name": one.name, "data": data, "groups": list(one.groups), "connector": one.connector, "everybody": list(one.everybody),
    }  # fmt: skip


def member_of(value: Mapping[str, Any]) -> Member:
    """Return the host that `member` has made JSON of."""
    groups, everybody = (tuple(map(str, value[key])) for key in ("groups", "everybody"))
    return Member(str(value["name"]), unpack(value["data"]), groups, str(value["connector"]), everybody)


def shard(one: Shard) -> Document:
    """Return a shard as JSON has it; it holds secrets. Raises `WireError`."""
    members = [member(host) for host in one.members]
    return {"name": one.name, "members": members, "deploy": list(one.deploy), "verify": one.verify}


def shard_of(value: Mapping[str, Any]) -> Shard:
    """Return the shard that `shard` has made JSON of; raises `WireError`."""
    try:
        members = [member_of(host) for host in value["members"]]
        return Shard(str(value["name"]), members, tuple(map(str, value["deploy"])), bool(value["verify"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise WireError(f"what came is no shard ({type(error).__name__})") from None


def request(one: Shard) -> bytes:
    """Return the line by which a runner is asked to carry a shard out; it holds secrets. Raises `WireError`."""
    return line({"id": one.name, "shard": shard(one)})


def event(one: Event) -> Document:
    """Return what was told as JSON has it, but for whose shard it is."""
    if isinstance(one, Begun):
        return {"event": "begun", "worker": one.worker}
    if isinstance(one, Ended):
        return {"event": "ended", "host": one.host, "document": dict(one.document)}
    return {"event": "verified", "host": one.host, "found": one.found, "said": list(one.said)}


def event_of(value: Mapping[str, Any]) -> Event:
    """Return what was told; raises `WireError` for anything else."""
    try:
        match value["event"]:
            case "begun":
                return Begun(str(value["worker"]))
            case "ended":
                return Ended(str(value["host"]), dict(value["document"]))
            case "verified":
                found = value["found"]
                return Verified(str(value["host"]), found if found is None else bool(found), _texts(value["said"]))
    except (KeyError, TypeError, ValueError):
        pass
    raise WireError("what came is none of a runner's answers")


def _texts(said: Sequence[Any]) -> tuple[str, ...]:
    return tuple(map(str, said))


def line(value: Mapping[str, Any]) -> bytes:
    """Return a value as a line, with its end."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of a runner on its way: whoever passes it on needs its head only, and leaves the document as it is.

    Args:
        head: all of it but the document.
        line: the whole.

    """

    head: Document
    line: bytes

    @property
    def event(self) -> Event:
        """What was told; raises `WireError`."""
        return event_of(read(self.line))


def answer(text: bytes) -> Answer:
    """Return a line as an answer; raises `WireError` where its head is none, and says nothing of its document."""
    end = text.find(_DOCUMENT)
    return Answer(read(text if end < 0 else text[:end] + b"}"), text)


def read(text: bytes) -> Document:
    """Return the value of a line; raises `WireError`, which tells nothing of its text."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise WireError("what came is no line of ours")
    return found
