"""The shape of what each verb answers: anything else is no answer of our agent, and nothing may be read from it.

The fields are those that the verb's function in ``agent/agent.ps1`` returns; the contract cases in ``tests/agent`` hold an
agent to it. Further fields are none of our business.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pyinfra_wsl.core import show
from pyinfra_wsl.core.call import Answer, Call

_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_SUBJECTS = ("exe", "key", "path", "class")

Check = Callable[[Any], bool]


class ShapeError(ValueError):
    """An answer does not have the shape that it should have; its text names what was asked, and what is wrong."""


def answer(asked: Call, message: Any) -> Answer:
    """Return what was answered to a call.

    Args:
        asked: the call.
        message: one element of ``results``.

    Raises:
        ShapeError: it is not as the verb has it.

    """
    wrong = next(_wrong(asked, message), "")
    if wrong:
        raise ShapeError(f"its answer to {told(asked)} has {wrong}")
    return Answer.from_message(message)


def told(asked: Call) -> str:
    """Return a call as a person may read it: the verb, and what it is about."""
    subject = next((str(asked.fields[name]) for name in _SUBJECTS if asked.fields.get(name)), "")
    return f"{asked.verb} {show.name(subject)}".rstrip()


def _wrong(asked: Call, message: Any) -> Iterator[str]:
    if not isinstance(message, Mapping) or not isinstance(message.get("ok"), bool):
        yield "no word about success"
    elif not message["ok"]:
        yield from _fields(message.get("error"), {"kind": _text, "message": _text}, "an error")
    elif not isinstance(message.get("value"), Mapping):
        yield "a value that is no object"
    else:
        yield from _value(asked, message["value"])


def _value(asked: Call, value: Mapping[str, Any]) -> Iterator[str]:
    if asked.verb in _THERE:
        yield from _fields(value, {"exists": _truth}, "a value")
        if value.get("exists") is True:
            yield from _fields(value, _THERE[asked.verb], "a value")
    else:
        yield from _fields(value, _ALWAYS.get(asked.verb, {}), "a value")
    if asked.verb == "registry.read" and value.get("exists") is True:
        yield from _key(value)
    if asked.verb == "cim.get":
        yield from _objects(value["objects"], "returns" if asked.fields.get("method") else "")


def _fields(value: Any, checks: Mapping[str, Check], what: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{what} that is no object"
        return
    for name, fits in checks.items():
        if name not in value:
            yield f"{what} without {name}"
        elif not fits(value[name]):
            yield f"{what} whose {name} is of the wrong kind"


def _key(key: Any) -> Iterator[str]:
    if isinstance(key, Mapping) and "error" in key:  # of a key below it, which could not be opened
        yield from _fields(key["error"], {"kind": _text, "message": _text}, "an error")
        return
    yield from _fields(key, {"values": _object, "keys": _object}, "a key")
    if isinstance(key, Mapping) and _object(key.get("values")) and _object(key.get("keys")):
        for one in key["values"].values():
            yield from _fields(one, {"type": _text, "data": _DATA.get(_kind(one), _anything)}, "a value in a key")
        for below in key["keys"].values():
            yield from _key(below)


def _kind(value: Any) -> str:
    return str(value.get("type")) if isinstance(value, Mapping) else ""


def _objects(objects: list[Any], method: str) -> Iterator[str]:
    for one in objects:
        yield from _fields(one, {method: _object} if method else {}, "an object")
        yield from (
            f"an object whose {show.name(name)} is of the wrong kind"
            for name, value in one.items()
            if name != method and _object(value)
        )


def _anything(_value: Any) -> bool:
    return True


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _truth(value: Any) -> bool:
    return isinstance(value, bool)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _object(value: Any) -> bool:
    return isinstance(value, Mapping)


def _list(value: Any) -> bool:
    return isinstance(value, list)


def _base64(value: Any) -> bool:
    return isinstance(value, str) and len(value) % 4 == 0 and _BASE64.fullmatch(value) is not None


def _entries(value: Any) -> bool:
    return isinstance(value, list) and not any(True for one in value for _wrong in _fields(one, _ENTRY, "an entry"))


def _or_null(fits: Check) -> Check:
    return lambda value: value is None or fits(value)


_ENTRY: Mapping[str, Check] = {"name": _text, "folder": _truth, "link": _truth, "size": _or_null(_whole), "modified": _text}
_THERE: Mapping[str, Mapping[str, Check]] = {
    "registry.read": {"values": _object, "keys": _object},
    "file.state": {"path": _text, **_ENTRY},
    "file.list": {"entries": _entries},
    "file.read": {"path": _text, "size": _whole, "modified": _text, "sha256": _or_null(_text), "data": _base64},
}
"""What a verb answers of something that is there."""
_ALWAYS: Mapping[str, Mapping[str, Check]] = {
    "run": {"exit_code": _or_null(_whole), "timed_out": _truth, "stdout": _base64, "stderr": _base64, "seconds": _number},
    "file.append": {"size": _whole},
    "file.remove": {"existed": _truth},
    "file.wait": {"seconds": _number},
    "file.lock": {"seconds": _number},
    "cim.get": {"objects": _list},
}
_DATA: Mapping[str, Check] = {
    "String": _or_null(_text), "ExpandString": _or_null(_text), "DWord": _or_null(_whole), "QWord": _or_null(_whole),
    "MultiString": _or_null(lambda value: _list(value) and all(map(_text, value))), "Binary": _or_null(_base64),
    "None": _or_null(_base64),
}  # fmt: skip
"""What a value of the registry holds, by its kind; null where its bytes are not of the kind's size."""
