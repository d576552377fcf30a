"""A JSON object changed where its values are, so that everything else in the text stays as it was written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.core.formats import json_value

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class _Member:
    """One key with its value: where the key begins and ends, and where the value does."""

    name: str
    key: int
    after_key: int
    begin: int
    end: int


def edit(old: str, changes: Mapping[str, Any]) -> str:
    """Return an object's text with some values changed, and keys that are not there behind all others.

    Args:
        old: the text of an object that can be read; blank for none.
        changes: values by key.

    """
    if not old.strip():
        return f"{{\n{_lines(changes, '  ')}\n}}"
    members = _members(old)
    text = old
    for member in reversed(members):
        if member.name in changes:
            text = text[: member.begin] + _value(changes[member.name], old, _indent(old, members)) + text[member.end :]
    there = {member.name for member in members}
    added = {name: value for name, value in changes.items() if name not in there}
    return _with(text, added) if added else text


def _members(text: str) -> list[_Member]:
    found, at = [], _after(text, _after(text, 0) + 1)
    while text[at] != "}":
        name, after_key = _DECODER.raw_decode(text, at)
        begin = _after(text, _after(text, after_key) + 1)
        _, end = _DECODER.raw_decode(text, begin)
        found.append(_Member(name, at, after_key, begin, end))
        at = _after(text, end)
        at = _after(text, at + 1) if text[at] == "," else at
    return found


def _after(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _indent(text: str, members: list[_Member]) -> str | None:
    """Return what stands before each key on its line; None where they share one."""
    before = text[_after(text, 0) + 1 : members[0].key] if members else "\n  "
    return before.rpartition("\n")[2] if "\n" in before else None


def _with(text: str, added: Mapping[str, Any]) -> str:
    members = _members(text)
    opened = _after(text, 0) + 1
    if not members:
        end = "\r\n" if "\r\n" in text else "\n"
        return f"{text[:opened]}{end}{_lines(added, '  ').replace(chr(10), end)}{end}{text[_after(text, opened) :]}"
    first, last = members[0], members[-1]
    before, colon = text[opened : first.key], text[first.after_key : first.begin]
    between = text[members[-2].end : last.key] if len(members) > 1 else f",{before or colon.partition(':')[2]}"
    indent = _indent(text, members)
    more = "".join(f"{between}{json_value.text(name)}{colon}{_value(value, text, indent)}" for name, value in added.items())
    return text[: last.end] + more + text[last.end :]


def _lines(values: Mapping[str, Any], indent: str) -> str:
    return ",\n".join(f"{indent}{json_value.text(name)}: {_value(value, '', indent)}" for name, value in values.items())


def _value(value: Any, text: str, indent: str | None) -> str:
    """Return a value as text, in lines where the object is."""
    if indent is None:
        return json_value.text(value, separators=(",", ":") if " " not in text.partition(":")[2][:1] else None)
    shown = json_value.text(value, indent=indent or "  ").replace("\n", f"\n{indent}")
    return shown.replace("\n", "\r\n") if "\r\n" in text else shown
