"""The catalogue: which signs belong to which error, its area, cause and remedy, and what of a fleet file repairs it.

Data in ``data/``: one table in files by subject (``*.yml``), the numbers of names (``names.json``), WSL's messages in its
languages (``wsl-texts.json``) and Windows' (``windows-texts.json``). An entry without cause and remedy has those that runs
tell of the same name (``core/windows/error_table.py``), so that each stands once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from pyinfra_wsl.core.windows.error_table import TABLE
from pyinfra_wsl.errors.sentences import Sentence, sentence
from pyinfra_wsl.errors.settings import MESSAGES

FILES = ("hypervisor", "wsl", "distros", "windows", "network", "docker_desktop", "docker_engine", "kvm", "connection")
"""The files of the table, in the order of its page."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Entry:
    """One error, or one of several causes of it.

    Args:
        id: its own name in the catalogue.
        area: which part of a machine it is about.
        cause: what is wrong; empty where a name alone tells no cause.
        remedy: a person's next step.
        names: names of errors that mean it.
        match: expressions that find what programs say of it.
        wsl: names of WSL's own messages that mean it.
        where: an expression that has to be found as well.
        unless: an expression that must not be found.
        repaired_by: keys of a fleet file.
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
    sure: bool = False
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that is known.

    Args:
        entries: the table.
        numbers: the number of each name, as an HRESULT or NTSTATUS.
        sentences: what WSL and Windows say; those of Windows are named by the error.
        settings: what WSL says of a line of settings.

    """

    entries: tuple[Entry, ...]
    numbers: Mapping[str, int]
    sentences: tuple[Sentence, ...]
    settings: tuple[Sentence, ...]


@cache
def load() -> Catalogue:
    """Return the catalogue, which is read once."""
    numbers = {name: int(number, 16) for name, number in _json("names")["names"].items()}
    numbers |= {error.name: error.hresult for error in TABLE}
    wsl = [(name, text) for name, by in _json("wsl-texts")["texts"].items() for told in by.values() for text in told]
    texts = [(name, text) for name, text in wsl if name not in MESSAGES]
    texts += [(name, text) for name, told in _json("windows-texts")["texts"].items() for text in told]
    table = tuple(entry for file in FILES for entry in entries(file))
    numbers |= {name: int(name, 16) for entry in table for name in entry.names if name.startswith("0x")}
    settings = tuple(sentence(name, text, 2) for name, text in wsl if name in MESSAGES)
    return Catalogue(table, numbers, tuple(sentence(name, text) for name, text in texts), settings)


def entries(file: str) -> tuple[Entry, ...]:
    """Return the entries of a file of the table."""
    return tuple(map(_entry, rows(file)))


def rows(file: str) -> list[dict[str, Any]]:
    """Return a file of the table as it is written."""
    found: list[dict[str, Any]] = yaml.load(_text(f"{file}.yml"), _LOADER)  # noqa: S506  either loader is a safe one
    return found


def _entry(row: Mapping[str, Any]) -> Entry:
    told = next((error for error in TABLE if error.name in row.get("names", ())), None)
    return Entry(
        id=row.get("id") or row["names"][0],
        area=row["area"],
        cause=row.get("cause", told.cause if told else ""),
        remedy=row.get("remedy", told.remedy if told else ""),
        names=tuple(row.get("names", ())),
        match=tuple(map(_pattern, row.get("match", ()))),
        wsl=tuple(row.get("wsl", ())),
        where=_pattern(row["where"]) if "where" in row else None,
        unless=_pattern(row["unless"]) if "unless" in row else None,
        repaired_by=tuple(row.get("repaired_by", ())),
        sure=row.get("sure", False),
        weight=row.get("weight", 0),
    )


def _pattern(text: str) -> re.Pattern[str]:
    """Compile an expression; a space may be missing in the text, where a line was broken."""
    return re.compile(text.replace(" ", " ?"), re.IGNORECASE)


def _json(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_text(f"{name}.json"))
    return found


def _text(name: str) -> str:
    return (resources.files("pyinfra_wsl.errors") / "data" / name).read_text("utf-8")
