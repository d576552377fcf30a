"""The shape of what each verb answers: anything else is no answer of our agent, and nothing may be read from it.

The fields are those that the verb's function in ``agent/agent.ps1`` returns; the contract cases in ``tests/agent`` hold an
agent to it. Further fields are none of our business.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
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
    wrong = _wrong(asked, message)
    if wrong:
        raise ShapeError(f"its answer to {told(asked)} has {wrong}")
    return Answer.from_message(message)


def told(asked: Call) -> str:
    """Return a call as a person may read it: the verb, and what it is about."""
    subject = next((str(asked.fields[name]) for name in _SUBJECTS if asked.fields.get(name)), "")
    return f"{asked.verb} {show.name(subject)}".rstrip()


# What is wrong is the first thing that is; nothing wrong is an empty text. What is looked at was read from JSON: an object is a
# dict, for which `isinstance` is several times cheaper than for a Mapping, and a look's answers hold hundreds.


def _wrong(asked: Call, message: Any) -> str:
    if not isinstance(message, dict) or not isinstance(message.get("ok"), bool):
        return "no word about success"
    if not message["ok"]:
        return _fields(message.get("error"), _ERROR, "an error")
    if not isinstance(message.get("value"), dict):
        return "a value that is no object"
    return _value(asked, message["value"])


def _value(asked: Call, value: dict[str, Any]) -> str:
    if (there := _THERE.get(asked.verb)) is not None:
        wrong = _fields(value, _EXISTS, "a value")
        if wrong or not value["exists"]:
            return wrong
        return _fields(value, there, "a value") or (_key(value) if asked.verb == "registry.read" else "")
    wrong = _fields(value, _ALWAYS.get(asked.verb, {}), "a value")
    if wrong or asked.verb != "cim.get":
        return wrong
    return _objects(value["objects"], "returns" if asked.fields.get("method") else "")


def _fields(value: Any, checks: Mapping[str, Check], what: str) -> str:
    if not isinstance(value, dict):
        return f"{what} that is no object"
    for name, fits in checks.items():
        if name not in value:
            return f"{what} without {name}"
        if not fits(value[name]):
            return f"{what} whose {name} is of the wrong kind"
    return ""


def _key(key: Any) -> str:
    if isinstance(key, dict) and "error" in key:  # of a key below it, which could not be opened
        return _fields(key["error"], _ERROR, "an error")
    wrong = _fields(key, _KEY, "a key")
    if wrong:
        return wrong
    for one in key["values"].values():
        if wrong := _datum(one):
            return wrong
    return next(filter(None, map(_key, key["keys"].values())), "")


def _datum(value: Any) -> str:
    if type(value) is dict and type(kind := value.get("type")) is str and "data" in value:
        if type(value["data"]) is _USUAL.get(kind) or _DATA.get(kind, _anything)(value["data"]):
            return ""
        return "a value in a key whose data is of the wrong kind"
    return _fields(value, _DATUM, "a value in a key")


def _objects(objects: list[Any], method: str) -> str:
    checks = {method: _object} if method else {}
    for one in objects:
        if wrong := _fields(one, checks, "an object"):
            return wrong
        for name, value in one.items():
            if name != method and isinstance(value, dict):
                return f"an object whose {show.name(name)} is of the wrong kind"
    return ""


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
    return isinstance(value, dict)


def _list(value: Any) -> bool:
    return isinstance(value, list)


def _base64(value: Any) -> bool:
    return isinstance(value, str) and len(value) % 4 == 0 and _BASE64.fullmatch(value) is not None


def _entries(value: Any) -> bool:
    return isinstance(value, list) and not any(_fields(one, _ENTRY, "an entry") for one in value)


def _or_null(fits: Check) -> Check:
    return lambda value: value is None or fits(value)


_ERROR: Mapping[str, Check] = {"kind": _text, "message": _text}
_EXISTS: Mapping[str, Check] = {"exists": _truth}
_KEY: Mapping[str, Check] = {"values": _object, "keys": _object}
_DATUM: Mapping[str, Check] = {"type": _text, "data": _anything}
_ENTRY: Mapping[str, Check] = {"name": _text, "folder": _truth, "link": _truth, "size": _or_null(_whole), "modified": _text}
_THERE: Mapping[str, Mapping[str, Check]] = {
    "registry.read": _KEY,
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
_USUAL: Mapping[str, type] = {"String": str, "ExpandString": str, "DWord": int, "QWord": int}
"""Of them what one look at the type tells."""
