"""By what it is seen that a fleet file changes in the middle of a rollout: sums over what is declared, secrets left out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyinfra_wsl.core import show
from pyinfra_wsl.rollout import kept, wire
from pyinfra_wsl.rollout.model import Member, Rollout

_NAMED = 3
_SECRET = re.compile(r"pass(?:word|wd|phrase)?$|secret|token|credential", re.IGNORECASE)
"""How host data of plain pyinfra is called that is a secret, and is plain text there: ``ssh_password``, ``ssh_key_password``."""


def of_members(members: Sequence[Member]) -> dict[str, str]:
    """Return a sum over what is declared for each host, by name."""
    return {one.name: _sum(_without_secrets(wire.member(one))) for one in members}


def of_rest(declared: Rollout, deploy: Sequence[Path]) -> str:
    """Return a sum over how a rollout is declared, and its deploy files; raises OSError where one of these cannot be read."""
    return _sum([kept.text(declared), *(one.read_text("utf-8", "replace") for one in deploy)])


def changed(before: Mapping[str, str], after: Mapping[str, str], *, rest: bool) -> list[str]:
    """Return what is no longer as it was, a few words each; empty where all is.

    Args:
        before: sums by host, at the beginning.
        after: the same now.
        rest: whether what is not of one host has changed.

    """
    return [*_words(before, after), *(["the rings or other parts of the rollout, or a deploy file, changed"] if rest else [])]


def _words(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    kinds = {
        "changed": [name for name, digest in after.items() if name in before and before[name] != digest],
        "new": [name for name in after if name not in before],
        "gone": [name for name in before if name not in after],
    }
    for kind, names in kinds.items():
        if names:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            are = "is " if len(names) == 1 else "are "
            yield f"{', '.join(map(show.name, names[:_NAMED]))}{more} {'' if kind == 'changed' else are}{kind}"


def _without_secrets(value: Any) -> Any:
    """Return a value without what is a secret, and what is called one: from a sum, a password that is short can be found."""
    if isinstance(value, dict):
        hidden = {key for key, one in value.items() if isinstance(one, str) and (key == "$secret" or _SECRET.search(key))}
        return {key: "***" if key in hidden else _without_secrets(one) for key, one in value.items()}
    return [_without_secrets(one) for one in value] if isinstance(value, list) else value


def _sum(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
