"""What a release of the WSL package knows, writes, does and is made of: the WSL that is part of Windows too.

``data/wsl-releases.json`` names the source of each row. Source is public from 2.5.9 on; what is said of earlier releases is
believed where its row says so. Words, error names and texts are in the table of `texts`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.wsl.texts import Release, installed, numbers

Table = Mapping[str, Any]


def knows(release: Release, *words: str) -> bool:
    """Whether a release knows a word of wsl.exe's command line.

    Args:
        release: the package's numbers, ``()`` for the WSL that is part of Windows.
        words: the sub-command, then the option, then its value: ``"--manage"``, ``"--move"``.

    Raises:
        LookupError: no release knows it, which is a fault of the lab.

    """
    return _there("words", " ".join(words), release)


def writes(release: Release, value: str) -> bool:
    """Whether a release writes a value of a registration such as ``Modern``; raises LookupError where none does."""
    return _there("values", value, release)


def does(machine: Machine, what: str) -> bool:
    """Whether the laptop's WSL behaves so: a row of ``behaviour``; raises LookupError where there is no such row."""
    return _there("behaviour", what, installed(machine))


def components(release: Release) -> tuple[str, ...]:
    """Return kernel, WSLg, MSRDC, Direct3D and DXCore of a package, as ``wsl --version`` prints them.

    A release that is not in the table has those of the last one before it, or of the first: believed, not known.
    """
    rows = {numbers(name): found for name, found in _tables()["components"].items()}
    before = [one for one in rows if one <= release]
    return tuple(rows[max(before) if before else min(rows)])


def row(table: str, key: str) -> Table:
    """Return what ``words``, ``values`` or ``behaviour`` says of something; raises LookupError where it says nothing."""
    rows: Table = _tables()[table]
    if key not in rows:
        raise LookupError(f"wsl-releases.json has no row {key!r} in {table}")
    found: Table = rows[key]
    return found


def _there(table: str, key: str, release: Release) -> bool:
    found = row(table, key)
    if not release:
        return bool(found.get("inbox"))
    not_in = [numbers(one) for one in found.get("not", ())]
    return numbers(found["since"]) <= release and release[:3] not in not_in


@cache
def _tables() -> dict[str, Table]:
    """Read the tables once."""
    tables: dict[str, Table] = json.loads(files("pyinfra_wsl.lab").joinpath("data", "wsl-releases.json").read_text("utf-8"))
    return tables
