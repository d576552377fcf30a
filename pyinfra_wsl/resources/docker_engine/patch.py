"""What is declared of a daemon.json, laid over what stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def patched(have: Mapping[str, Any], want: Mapping[str, Any]) -> dict[str, Any]:
    """Return `have` with what `want` says; objects are merged, None takes a key out, other values are replaced.

    So RFC 7396 has it. dockerd takes a key that is null for one that is not there.

    Args:
        have: what stands in the file.
        want: what is declared.

    """
    made = dict(have)
    for name, value in want.items():
        if value is None:
            made.pop(name, None)
        elif isinstance(value, Mapping):
            old = made.get(name)
            made[name] = patched(old if isinstance(old, Mapping) else {}, value)
        else:
            made[name] = value
    return made
