"""How the fields of a call become arguments: PowerShell's parameter binding, as far as a JSON call can reach it.

Names of verbs and fields are compared without case, as PowerShell's hashtables do; a null is as good as absent. (Microsoft:
"about_Functions_Advanced_Parameters", "about_Type_Conversion".)
"""

from __future__ import annotations

import binascii
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.lab.verbs import native

BINDING = "System.Management.Automation.ParameterBindingException"
Convert = Callable[[Any], Any]
Function = Callable[..., Awaitable[dict[str, Any]]]


class CallFailedError(Exception):
    """A call ends with an error of the agent's own: its kind, its words and .NET's type of exception."""

    def __init__(self, kind: str, message: str, of_type: str = "System.InvalidOperationException") -> None:
        """Keep the fields."""
        super().__init__(message)
        self.kind, self.type = kind, of_type


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb: its function, and for each field how it is read, how it is spelled in Python, and whether it must be there."""

    function: Function
    fields: dict[str, Convert]
    spelled: dict[str, str]
    mandatory: tuple[str, ...]


VERBS: dict[str, Verb] = {}


def verb(word: str, /, **fields: Convert) -> Callable[[Function], Function]:
    """Enter a function as a verb; a field without a default in the function is mandatory, ``class_`` stands for ``class``."""

    def enter(function: Function) -> Function:
        parameters = inspect.signature(function).parameters
        empty = inspect.Parameter.empty
        VERBS[word] = Verb(
            function,
            {field.rstrip("_"): convert for field, convert in fields.items()},
            {field.rstrip("_"): field for field in fields},
            tuple(field.rstrip("_") for field in fields if parameters[field].default is empty),
        )
        return function

    return enter


def bind(call: Any) -> tuple[Function, dict[str, Any]]:
    """Return the function of a call and its arguments; raises CallFailedError ``bad_call``."""
    if not isinstance(call, dict):
        raise CallFailedError("bad_call", "a call is an object")
    given = {name.lower(): value for name, value in call.items() if value is not None}
    spelled = {name.lower(): name for name in call}
    name = str(given.pop("verb", ""))
    if name.lower() not in VERBS:
        raise CallFailedError("bad_call", f"unknown verb: '{name}'")
    known = VERBS[name.lower()]
    for field in given:
        if field not in known.fields:
            raise CallFailedError("bad_call", f"{name} has no field '{spelled[field]}'; it has {', '.join(known.fields)}")
    fields = {field: _convert(field, known.fields[field], value) for field, value in given.items()}
    missing = [field for field in known.mandatory if field not in fields]
    if missing:
        lost = f"Cannot process command because of one or more missing mandatory parameters: {' '.join(missing)}."
        raise CallFailedError("bad_call", lost, BINDING)
    return known.function, {known.spelled[field]: value for field, value in fields.items()}


def _convert(field: str, convert: Convert, value: Any) -> Any:
    try:
        return convert(value)
    except (ValueError, TypeError, OverflowError) as problem:
        words = f"Cannot process argument transformation on parameter '{field}'. {problem}"
        raise CallFailedError("bad_call", words, BINDING) from None


def text(value: Any) -> str:
    """Read a [string]."""
    if isinstance(value, (list, dict)):
        raise TypeError("Cannot convert value to type System.String.")
    return str(value)


def filled(value: Any) -> str:
    """Read a mandatory [string], which may not be empty."""
    if not text(value):
        raise ValueError("Cannot bind argument because it is an empty string.")
    return text(value)


def texts(value: Any) -> list[str]:
    """Read a [string[]]; one word is a list of one."""
    return ["" if item is None else text(item) for item in (value if isinstance(value, list) else [value])]


def number(value: Any) -> float:
    """Read a [double]."""
    if isinstance(value, (list, dict)):
        raise TypeError(f'Cannot convert value "{value}" to type "System.Double".')
    return float(value)


def integer(value: Any) -> int:
    """Read an [int] or [long]."""
    return round(number(value))


def depth(value: Any) -> int:
    """Read an [int] from 0 to 20."""
    if not 0 <= integer(value) <= 20:
        raise ValueError(f"The {integer(value)} argument is not in the range of 0 to 20.")
    return integer(value)


def switch(value: Any) -> bool:
    """Read a [bool], which takes true, false and numbers."""
    if not isinstance(value, (bool, int, float)):
        raise TypeError(f'Cannot convert value "{value}" to type "System.Boolean".')
    return bool(value)


def anything(value: Any) -> Any:
    """Read a field without a type."""
    return value


def unbase64(data: str) -> bytes:
    """Return the bytes of a field of base64; raises CallFailedError ``bad_call``."""
    try:
        return native.unbase64(data)
    except (binascii.Error, ValueError):
        raise CallFailedError("bad_call", "The input is not a valid Base-64 string.", "System.FormatException") from None
