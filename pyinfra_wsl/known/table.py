"""The table: which signs belong to which error, its area, cause and remedy, and what of a fleet file repairs it.

Data in ``data/``: entries in files by subject (``*.yml``) and the numbers of names (``names.json``). A name may have several
entries: what stands around it decides. So a run says what the program was of which it tells, in `of` and `of_exit`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

FILES = ("hypervisor", "wsl", "distros", "windows", "network", "docker_desktop", "docker_engine", "kvm", "connection")
"""The files of the table, in the order of its page."""

UNKNOWN = "unknown"
"""The area of what tells no cause by itself."""

CODE, CONTEXT = 50, 10
"""What an entry weighs that is known by a name or number; and what fits its surroundings, on top."""

_WIN32 = 0x80070000


@dataclass(frozen=True, slots=True)
class Entry:
    """One error, or one of several causes of it.

    Args:
        id: its own name in the table.
        area: which part of a machine it is about; ``unknown`` where the name alone tells no cause.
        cause: what is wrong.
        remedy: a person's next step.
        names: names of errors that mean it.
        match: expressions that find what programs say of it.
        wsl: names of WSL's own messages that mean it.
        where: an expression that has to be found as well.
        unless: an expression that must not be found.
        repaired_by: keys of a fleet file.
        exits: exit codes of programs that mean it and are no errors of Windows, by the program's name.
        sure: whether Windows' text alone is not enough, since it stands in errors of anything.
        weight: how much it says: of two, the heavier is the cause. Words that any failure brings with it are light.

    """

    id: str
    area: str
    cause: str
    remedy: str
    names: tuple[str, ...] = ()
    match: tuple[re.Pattern[str], ...] = ()
    wsl: tuple[str, ...] = ()
    where: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None
    repaired_by: tuple[str, ...] = ()
    exits: Mapping[str, Sequence[int]] = field(default_factory=lambda: MappingProxyType({}))
    sure: bool = False
    weight: int = 0

    def fits(self, text: str) -> bool:
        """Whether it can be meant where a text stands around its name."""
        return not (self.where and not self.where.search(text)) and not (self.unless and self.unless.search(text))


def of(name: str, around: str) -> Entry | None:
    """Return what the name of an error means; None where nothing is known of it.

    Args:
        name: as `name_of` tells it.
        around: what was printed with it, or the name of the program that ended with it.

    """
    flat = " ".join(around.split())
    found = [one for one in _by_name().get(name, ()) if one.fits(flat)]
    return max(found, key=_rank, default=None)


def of_exit(program: str, code: int) -> Entry | None:
    """Return what an exit code means; None where nothing is known of it, or no more than that something failed.

    Args:
        program: which ended with it, as ``dism`` or ``msiexec wsl``: the surroundings in which an error of Windows is meant.
        code: the exit code, signed or not.

    """
    signed = code - (1 << 32) if code >= 1 << 31 else code
    own = next((one for one in load() if signed in one.exits.get(program, ())), None) or of(name_of(code), program)
    return own if own is not None and own.area != UNKNOWN else None


def name_of(code: int) -> str:
    """Return the name of an error by its number, which may be signed, or an error of Win32; empty where it has none."""
    number = code & 0xFFFFFFFF
    return _by_number().get(_WIN32 | number if number <= 0xFFFF else number, "")


@cache
def load() -> tuple[Entry, ...]:
    """Return all entries, which are read once."""
    return tuple(entry for file in FILES for entry in entries(file))


@cache
def numbers() -> Mapping[str, int]:
    """Return the numbers of all names, as an HRESULT or NTSTATUS; a name that is one stands for itself."""
    named: Mapping[str, str] = json.loads(_text("names.json"))["names"]
    itself = {name: int(name, 16) for entry in load() for name in entry.names if name.startswith("0x")}
    return {name: int(number, 16) for name, number in named.items()} | itself


def entries(file: str) -> tuple[Entry, ...]:
    """Return the entries of a file of the table."""
    import yaml  # noqa: PLC0415 - who tells of no error needs none

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    rows: list[dict[str, Any]] = yaml.load(_text(f"{file}.yml"), loader)  # noqa: S506 - either loader is a safe one
    return tuple(map(_entry, rows))


def pattern(text: str) -> re.Pattern[str]:
    """Compile an expression; a space may be missing in the text, where a line was broken."""
    return re.compile(text.replace(" ", " ?"), re.IGNORECASE)


@cache
def _by_name() -> Mapping[str, Sequence[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in load():
        for name in entry.names:
            found.setdefault(name, []).append(entry)
    return found


@cache
def _by_number() -> Mapping[int, str]:
    return {number: name for name, number in numbers().items()}


def _rank(entry: Entry) -> tuple[bool, bool, int]:
    """Of several, what tells a cause, and what fits the surroundings, is meant; then the heaviest."""
    return entry.area != UNKNOWN, entry.where is not None, entry.weight or CODE


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        id=row.get("id") or row["names"][0],
        area=row["area"],
        cause=row["cause"],
        remedy=row["remedy"],
        names=tuple(row.get("names", ())),
        match=tuple(map(pattern, row.get("match", ()))),
        wsl=tuple(row.get("wsl", ())),
        where=pattern(row["where"]) if "where" in row else None,
        unless=pattern(row["unless"]) if "unless" in row else None,
        repaired_by=tuple(row.get("repaired_by", ())),
        exits=row.get("exits", {}),
        sure=row.get("sure", False),
        weight=row.get("weight", 0),
    )


def _text(name: str) -> str:
    return (resources.files("pyinfra_wsl.known") / "data" / name).read_text("utf-8")
