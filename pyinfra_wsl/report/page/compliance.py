"""How far what is declared is so: by setting, by group, and by both."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pyinfra_wsl.report.causes import NO_RESOURCES
from pyinfra_wsl.report.results import Document

STATES = ("as declared", "changed", "waits", "failed", "not known")
"""Of one setting on one host: it was so, it was brought about, it waits, it could not be, the run does not tell."""

GOOD = ("as declared", "changed")


@dataclass
class Row:
    """How one setting, or one group, is on how many hosts."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """How many hosts there are."""
        return self.counts.total()

    @property
    def good(self) -> int:
        """On how many hosts it is in place."""
        return sum(self.counts[one] for one in GOOD)

    def percent(self, good: Sequence[str] = GOOD) -> int:
        """Return the share that is good, in whole percent; only all of them are 100."""
        return 100 * sum(self.counts[one] for one in good) // self.total if self.total else 0


def settings(documents: Iterable[Document]) -> dict[str, str]:
    """Return what is declared anywhere, in the order in which runs came to it: names of resources, and what people call them."""
    found: dict[str, str] = {}
    for one in documents:
        for name, part in one["resources"].items():
            found.setdefault(name, part["words"])
    for one in documents:
        for change in one["changes"]:
            if name := change.get("resource", ""):
                found.setdefault(name, change["words"])
    for one in documents:
        for entry in (*one["deferred"], *one["failures"]):
            if (name := entry.get("resource", "")) not in NO_RESOURCES:
                found.setdefault(name, name)
    return found


def state(one: Document, setting: str) -> str:
    """Return how a setting is on a host; empty where nothing tells that it is declared for it."""
    if any(entry.get("resource") == setting for entry in one["failures"]):
        return "failed"
    if any(entry.get("resource") == setting for entry in one["deferred"]):
        return "waits"
    part = one["resources"].get(setting)
    changed = any(entry.get("resource") == setting for entry in one["changes"])
    if part is None and not changed:
        return ""
    known = part.get("known") is True if part is not None else one["outcome"] in ("converged", "deferred")
    if one["not_reached"] or not known:
        return "not known"
    return "changed" if changed else "as declared"


def by_setting(documents: Sequence[Document], group: str = "") -> list[Row]:
    """Return a row for each setting, on how many hosts it is how: of all of them, or of those of a group."""
    rows = []
    for name, words in settings(documents).items():
        row = Row(words)
        row.counts.update(filter(None, (state(one, name) for one in documents if not group or group in one["groups"])))
        rows.append(row)
    return rows


def by_group(documents: Iterable[Document]) -> list[Row]:
    """Return a row for each group: how its hosts ended."""
    rows: dict[str, Row] = {}
    for one in documents:
        for group in one["groups"]:
            rows.setdefault(group, Row(group)).counts[one["outcome"]] += 1
    return [rows[name] for name in sorted(rows)]


def by_both(documents: Sequence[Document]) -> list[tuple[str, list[Row]]]:
    """Return for each group a row of each setting."""
    groups = sorted({group for one in documents for group in one["groups"]})
    return [(group, by_setting(documents, group)) for group in groups]


def keys(documents: Iterable[Document]) -> tuple[list[Row], dict[str, dict[str, Row]]]:
    """Return a row for each declared setting, as ``wslconfig.wsl2.memory``, of all hosts; and of each group, by its name.

    How a setting is on a host is told by what its resource could not do, waits for and has changed, as far as that names the
    setting; what names none is about all of them.
    """
    rows: dict[str, Row] = {}
    groups: dict[str, dict[str, Row]] = {}
    for one in documents:
        counted = [rows, *(groups.setdefault(name, {}) for name in one["groups"])]
        for name, part in one["resources"].items():
            for setting, how in _states(*_of_part(one, name, part)):
                for into in counted:
                    into.setdefault(setting, Row(setting)).counts[how] += 1
    return list(rows.values()), {name: groups[name] for name in sorted(groups)}


def _of_part(one: Document, name: str, part: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Return the settings of a resource, and what is told of it: failures, waits, changes, and whether it is known."""
    told = (("failures", "cause"), ("deferred", "sentence"), ("changes", "sentence"))
    said = (tuple(str(entry[what]) for entry in one[kind] if entry.get("resource") == name) for kind, what in told)
    known = part.get("known") is True and not one["not_reached"]
    return (tuple(part.get("settings", ())), *said, ("known",) if known else ())


@lru_cache(maxsize=4096)
def _states(
    settings: tuple[str, ...], failures: tuple[str, ...], waits: tuple[str, ...], changes: tuple[str, ...], known: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Return how each setting is; most hosts of a fleet are alike."""
    found = dict.fromkeys(settings, "as declared" if known else "not known")
    for sentence in changes:
        named = [one for one in settings if _names(sentence, one)] or [one for one in settings if _is_of_package(sentence, one)]
        found |= dict.fromkeys(named if known else (), "changed")
    for sentences, how in ((waits, "waits"), (failures, "failed")):
        for sentence in sentences:
            found |= dict.fromkeys([one for one in settings if _names(sentence, one)] or settings, how)
    return tuple(found.items())


_SILENT = frozenset({"settings", "state", "package", "wsl_conf", "docker_integration"})
"""Parts of a place that no sentence names: what stands around them does."""


def _names(sentence: str, setting: str) -> bool:
    """Whether a sentence names a setting: each part of its place below the resource, in words or as it is written."""
    parts = [part for part in setting.split(".")[1:] if part not in _SILENT]
    text = sentence.lower()
    return bool(parts) and all(_word(part.lower()).search(text) for part in parts)


def _is_of_package(sentence: str, setting: str) -> bool:
    """Whether a sentence is about a package, which is named by its version alone, and so is the setting."""
    return ".package." in setting and "package" in sentence.lower()


@lru_cache(maxsize=4096)
def _word(part: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(part).replace('_', '[_ ]')}(?![\w-])")
