"""The text of a fleet file: what hosts have in common once, the rest at each, and comments for what is not declared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.survey.adopt import Read

Leaves = dict[tuple[str, ...], Any]
_OWN = ("os", "address")
"""Keys that each host has for itself."""


def leaves(values: Mapping[str, Any], path: tuple[str, ...] = ()) -> Leaves:
    """Return the single values of a mapping by their paths; lists and empty mappings are values."""
    found: Leaves = {}
    for key, one in values.items():
        below = (*path, key)
        found |= leaves(one, below) if isinstance(one, Mapping) and one else {below: one}
    return found


def common(hosts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what more than half of several hosts have alike: declared once, it is overridden by the others.

    Args:
        hosts: the values of each.

    """
    counts: dict[tuple[str, ...], Counter[str]] = {}
    shown: dict[str, Any] = {}
    for values in hosts:
        for path, value in leaves(values).items():
            if path[0] not in _OWN:
                text = repr(value)
                shown[text] = value
                counts.setdefault(path, Counter())[text] += 1
    found: dict[str, Any] = {}
    for path, counter in counts.items():
        text, number = counter.most_common(1)[0]
        if len(hosts) > 1 and number * 2 > len(hosts) and not _clashes(found, path):
            _put(found, path, shown[text])
    return found


def _clashes(values: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    """Whether a value stands where a path goes through, or a mapping where it ends."""
    inner: Any = values
    for part in path:
        if not isinstance(inner, Mapping):
            return True
        if part not in inner:
            return False
        inner = inner[part]
    return True


def rest(values: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a host says besides what is shared, so that both together are its values; null removes what it does not have.

    Args:
        values: of the host.
        shared: what it inherits.

    """
    found: dict[str, Any] = {}
    for key in dict.fromkeys((*values, *shared)):
        if key not in values:
            found[key] = None
        elif key not in shared:
            found[key] = values[key]
        elif isinstance(values[key], Mapping) and isinstance(shared[key], Mapping):
            if below := rest(values[key], shared[key]):
                found[key] = below
        elif repr(values[key]) != repr(shared[key]):
            found[key] = values[key]
    return found


def text(hosts: Sequence[Read], head: Sequence[str]) -> str:
    """Return the fleet file of hosts.

    Args:
        hosts: as they were read; those that could not be looked at become comments.
        head: lines of comment at its top.

    """
    read = [one for one in hosts if not one.failures]
    systems = sorted({one.system for one in read})
    shared = {system: common([one.values for one in read if one.system == system]) for system in systems}
    parts = [*_comments(head), ""]
    if len(systems) == 1 and shared[systems[0]]:
        parts += [_dumped({"defaults": shared[systems[0]]})]
    elif any(shared.values()):
        parts += [_dumped({"groups": {system: one for system, one in shared.items() if one}})]
    parts += ["hosts:" if read else "hosts: {}"]
    for one in read:
        own = rest(one.values, shared[one.system])
        if len(systems) > 1 and shared[one.system]:
            own = {"groups": [one.system], **own}
        parts += _host(one, own)
    for one in hosts:
        parts += [f"  # {_line(f'{one.name}: not looked at: {failure.said}')}" for failure in one.failures]
    return "\n".join(parts) + "\n"


def _host(one: Read, own: Mapping[str, Any]) -> Iterator[str]:
    lines = _dumped({one.name: dict(own)}).splitlines()
    notes = [f"    # {_line(note)}" for note in one.notes]
    if not own:
        yield from (f"  {line}" for line in lines)
        yield from notes
        return
    yield f"  {lines[0]}"
    yield from notes
    yield from (f"  {line}" for line in lines[1:])


def _comments(lines: Sequence[str]) -> list[str]:
    return [f"# {_line(one)}".rstrip() for one in lines]


def _line(words: str) -> str:
    return escape(" ".join(words.split()))


def _put(values: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for part in path[:-1]:
        values = values.setdefault(part, {})
    values[path[-1]] = value


def _dumped(values: Mapping[str, Any]) -> str:
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=120, default_flow_style=False)
