"""Since when something is not as declared, by the results of earlier runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyinfra_wsl.report import reading
from pyinfra_wsl.report.results import Document

_BLIND = ("offline", "not looked at", "unfinished")
"""Outcomes of runs that tell nothing of a host's resources."""
LONGEST = 400
"""Runs that are looked back at, at most."""


@dataclass(frozen=True, slots=True)
class Since:
    """What earlier runs tell of a resource of a host.

    Args:
        declared: when it was last left as declared, ISO 8601; empty where no run tells so.
        open: when a run first left it otherwise, after that; empty where none did.
        known: whether any earlier run has told of the host.

    """

    declared: str = ""
    open: str = ""
    known: bool = False

    @property
    def said(self) -> str:
        """The same in words; empty where no run has told of the host yet."""
        if self.open:
            return f"left open since the run of {moment(self.open)}"
        if self.declared:
            return f"as then declared after the run of {moment(self.declared)}"
        return "no run has brought it about yet" if self.known else ""


def moment(stamp: str) -> str:
    """Return a time of a result for people: to the minute, in UTC as results have it."""
    return f"{stamp[:16].replace('T', ' ')} UTC"


class History:
    """The results of earlier runs of one host, newest first, read as far as they are asked for.

    Args:
        root: the folder of results.
        host: the host's name.

    """

    def __init__(self, root: Path, host: str) -> None:
        """Read nothing yet."""
        self._root, self._host = root, host

    def of(self, resource: str) -> Since:
        """Return since when a resource is not as declared."""
        opened, known = "", False
        for one in self._documents:
            if one["outcome"] in _BLIND or one["not_reached"] or _left_out(one, resource):
                continue
            left = any(entry.get("resource") == resource for entry in (*one["deferred"], *one["failures"]))
            if not left and not _came_to(one, resource):
                continue
            known = True
            if not left:
                return Since(_ended(one), opened, known)
            opened = _ended(one)
        return Since("", opened, known)

    @cached_property
    def _documents(self) -> list[Document]:
        return list(self._read())

    def _read(self) -> Iterator[Document]:
        runs = sorted((one for one in self._root.glob("*/") if one.is_dir()), key=lambda one: one.name, reverse=True)
        for folder in runs[:LONGEST]:
            if (found := reading.of_host(folder, self._host)) is not None:
                yield found


def _ended(one: Document) -> str:
    ended = one["run"].get("ended") if isinstance(one.get("run"), dict) else None
    return ended if isinstance(ended, str) else ""


def _came_to(one: Document, resource: str) -> bool:
    """Whether the run knew what there is of the resource; of results of earlier versions nobody can tell."""
    part = one["resources"].get(resource)
    return isinstance(part, dict) and part.get("known") is True


def _left_out(one: Document, resource: str) -> bool:
    return resource in one["left_out"]
