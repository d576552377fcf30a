"""The shape of what each verb answers: anything else is no answer of our agent, and nothing may be read from it.

The fields are those that the verb's function in ``agent/agent.ps1`` returns; the contract cases in ``tests/agent`` hold an
agent to it. Further fields are none of our business.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from string import ascii_letters, digits
from typing import Any

from pyinfra_wsl.core import show
from pyinfra_wsl.core.call import Answer, Call

_SUBJECTS = ("exe", "key", "path", "class")

Check = tuple[str, frozenset[type], Callable[[Any], bool] | None]
"""The name of a field, of which kinds it may be, and what else must be so."""


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
    if type(message) is dict and message.get("ok") is True and type(value := message.get("value")) is dict:
        wrong = (_there if asked.verb in _THERE else _always)(asked, value)
        if not wrong:
            return Answer(True, value)
    else:
        wrong = _no_value(message)
        if not wrong:
            return Answer.from_message(message)
    raise ShapeError(f"its answer to {told(asked)} has {wrong}")


def told(asked: Call) -> str:
    """Return a call as a person may read it: the verb, and what it is about."""
    subject = next((str(asked.fields[name]) for name in _SUBJECTS if asked.fields.get(name)), "")
    return f"{asked.verb} {show.name(subject)}".rstrip()


# What is wrong is the first thing that is; nothing wrong is an empty text. What is looked at was read from JSON, which has no
# kinds below its own: a look's answers hold hundreds of values, and to ask for the type itself is the cheapest.


def _no_value(message: Any) -> str:
    if type(message) is not dict or type(message.get("ok")) is not bool:
        return "no word about success"
    return "a value that is no object" if message["ok"] else _fields(message.get("error"), _ERROR, "an error")


def _there(asked: Call, value: dict[str, Any]) -> str:
    if value.get("exists") is not True:
        return _fields(value, _EXISTS, "a value")
    wrong = _fields(value, _THERE[asked.verb], "a value")
    return wrong or (_key(value) if asked.verb == "registry.read" else "")


def _always(asked: Call, value: dict[str, Any]) -> str:
    wrong = _fields(value, _ALWAYS.get(asked.verb, ()), "a value")
    if wrong or asked.verb != "cim.get":
        return wrong
    return _objects(value["objects"], _RETURNS if asked.fields.get("method") else ())


def _fields(value: Any, checks: Sequence[Check], what: str) -> str:
    if type(value) is not dict:
        return f"{what} that is no object"
    for name, kinds, fits in checks:
        if name not in value:
            return f"{what} without {name}"
        found = value[name]
        if type(found) not in kinds or (fits is not None and not fits(found)):
            return f"{what} whose {name} is of the wrong kind"
    return ""


def _key(key: Any) -> str:
    left = [key]
    while left:
        key = left.pop()
        if type(key) is dict and "error" in key:  # of a key below it, which could not be opened
            if wrong := _fields(key["error"], _ERROR, "an error"):
                return wrong
            continue
        if wrong := _fields(key, _KEY, "a key"):
            return wrong
        for one in key["values"].values():
            if wrong := _datum(one):
                return wrong
        if key["keys"]:
            left += reversed(key["keys"].values())
    return ""


def _datum(value: Any) -> str:
    if type(value) is not dict or type(kind := value.get("type")) is not str or "data" not in value:
        return _fields(value, _DATUM, "a value in a key")
    data = value["data"]
    kinds, fits = _DATA.get(kind, _ANYTHING)
    if type(data) in kinds and (data is None or fits is None or fits(data)):
        return ""
    return "a value in a key whose data is of the wrong kind"


def _objects(objects: list[Any], own: Sequence[Check]) -> str:
    for one in objects:
        if wrong := _fields(one, own, "an object"):
            return wrong
        for name, value in one.items():
            if type(value) is dict and not (own and name == _METHOD):
                return f"an object whose {show.name(name)} is of the wrong kind"
    return ""


def _base64(value: str) -> bool:
    """Whether all are letters of base64, but for what fills up its end: of a file that takes a third of a pattern's time."""
    if not value:
        return True
    if len(value) % 4 or not value.isascii():
        return False
    rest = value.encode("ascii").translate(None, _LETTERS)
    return len(rest) <= 2 and value.endswith("=" * len(rest))


def _texts(values: list[Any]) -> bool:
    return all(type(one) is str for one in values)


def _entries(values: list[Any]) -> bool:
    return not any(_fields(one, _ENTRY, "an entry") for one in values)


_LETTERS = f"{ascii_letters}{digits}+/".encode()
_NOTHING = type(None)
_TEXT, _TRUTH, _WHOLE, _NUMBER = (frozenset({str}), frozenset({bool}), frozenset({int}), frozenset({int, float}))
_OBJECT, _LIST, _NULL = (frozenset({dict}), frozenset({list}), frozenset({_NOTHING}))
_METHOD = "returns"

_ERROR: Sequence[Check] = (("kind", _TEXT, None), ("message", _TEXT, None))
_EXISTS: Sequence[Check] = (("exists", _TRUTH, None),)
_KEY: Sequence[Check] = (("values", _OBJECT, None), ("keys", _OBJECT, None))
_RETURNS: Sequence[Check] = ((_METHOD, _OBJECT, None),)
_ENTRY: Sequence[Check] = (
    ("name", _TEXT, None), ("folder", _TRUTH, None), ("link", _TRUTH, None), ("size", _WHOLE | _NULL, None),
    ("modified", _TEXT, None),
)  # fmt: skip
_THERE: Mapping[str, Sequence[Check]] = {
    "registry.read": _KEY,
    "file.state": (("path", _TEXT, None), *_ENTRY),
    "file.list": (("entries", _LIST, _entries),),
    "file.read": (
        ("path", _TEXT, None), ("size", _WHOLE, None), ("modified", _TEXT, None), ("sha256", _TEXT | _NULL, None),
        ("data", _TEXT, _base64),
    ),
}  # fmt: skip
"""What a verb answers of something that is there."""
_ALWAYS: Mapping[str, Sequence[Check]] = {
    "run": (
        ("exit_code", _WHOLE | _NULL, None), ("timed_out", _TRUTH, None), ("stdout", _TEXT, _base64),
        ("stderr", _TEXT, _base64), ("seconds", _NUMBER, math.isfinite),
    ),
    "file.append": (("size", _WHOLE, None),),
    "file.remove": (("existed", _TRUTH, None),),
    "file.wait": (("seconds", _NUMBER, math.isfinite),),
    "file.lock": (("seconds", _NUMBER, math.isfinite),),
    "cim.get": (("objects", _LIST, None),),
}  # fmt: skip
_ANYTHING: tuple[frozenset[type], None] = (_TEXT | _TRUTH | _NUMBER | _OBJECT | _LIST | _NULL, None)
_DATUM: Sequence[Check] = (("type", _TEXT, None), ("data", *_ANYTHING))
_DATA: Mapping[str, tuple[frozenset[type], Callable[[Any], bool] | None]] = {
    "String": (_TEXT | _NULL, None), "ExpandString": (_TEXT | _NULL, None), "DWord": (_WHOLE | _NULL, None),
    "QWord": (_WHOLE | _NULL, None), "MultiString": (_LIST | _NULL, _texts), "Binary": (_TEXT | _NULL, _base64),
    "None": (_TEXT | _NULL, _base64),
}  # fmt: skip
"""What a value of the registry holds, by its kind; null where its bytes are not of the kind's size."""
