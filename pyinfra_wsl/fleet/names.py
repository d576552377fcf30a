"""The names of machines and groups: each names one thing, and is named where it is meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from pyinfra_wsl.core import show
from pyinfra_wsl.core.nearest import nearest
from pyinfra_wsl.core.problem import Path, Problem
from pyinfra_wsl.fleet.line import beside

_MOST_COMPARED = 100_000
"""Pairs of names that are compared to find what was meant; comparing thousands with thousands takes minutes."""

_MOST_NAMED = 20


def check(data: Mapping[str, Any], line: Callable[[Path], int]) -> Iterator[Problem]:
    """Yield what is wrong with the names in a fleet file.

    Args:
        data: the file's values, of any form.
        line: returns the line of a path.

    """
    hosts, groups = data.get("hosts"), data.get("groups", {})
    if not isinstance(hosts, Mapping) or not isinstance(groups, Mapping):
        return
    instead = _meant(groups)
    first: dict[str, str] = {}
    for name, host in hosts.items():
        if (other := first.setdefault(name.casefold(), name)) != name:
            there = beside(line(("hosts", other)), line(("hosts", name)))
            message = f"is the name of {show.name(other)} in {there} but for its case"
            yield Problem(
                ("hosts", name), message, "names and results of machines are the same in any case: rename or remove one"
            )
        if name in groups:
            yield Problem(("hosts", name), "is a group's name too, so that --limit could not tell them apart", "rename one")
        named = host.get("groups", []) if isinstance(host, Mapping) else []
        for index, group in enumerate(named if isinstance(named, list) else []):
            if isinstance(group, str) and group not in groups:
                yield Problem(("hosts", name, "groups", index), f"no such group {show.value(group)}", instead(group))


def _meant(groups: Mapping[str, Any]) -> Callable[[str], str]:
    """Return what says which group was meant by a name that none has."""
    known = sorted(groups)
    left = _MOST_COMPARED
    more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
    names = ", ".join(map(show.name, known[:_MOST_NAMED])) + more
    listed = f"the groups are {names}" if known else "no group is declared yet: write it below groups:, or leave it out here"

    @cache
    def instead(group: str) -> str:
        nonlocal left
        left -= len(known)
        meant = nearest(group, known) if left > 0 else None
        return f"did you mean {show.name(meant)}?" if meant else listed

    return instead
