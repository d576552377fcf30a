"""Which results are told: of which hosts, groups and outcomes, and of how far back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from pyinfra_wsl.report.reading import moment
from pyinfra_wsl.report.results import Document

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO = re.compile(r"(\d{1,6})([mhdw])")


class TimeError(ValueError):
    """What somebody wrote is no time; the text says what is one."""


class SelectionError(ValueError):
    """Nothing can be selected as asked: why, and what there is."""


@dataclass(frozen=True)
class Selection:
    """What is asked for; everything where nothing is.

    Args:
        hosts: names of hosts, with ``*`` and ``?`` as in a shell, whatever their case.
        groups: names of groups; one is enough.
        outcomes: outcomes; one is enough.

    """

    hosts: Sequence[str] = ()
    groups: Sequence[str] = ()
    outcomes: Sequence[str] = ()

    def of(self, documents: Sequence[Document]) -> list[Document]:
        """Return the results asked for.

        Raises:
            SelectionError: there is no such host or group among these results.

        """
        known = sorted({group for one in documents for group in one["groups"]})
        _refuse_unknown("group", self.groups, known, "results of earlier versions tell no groups")
        for pattern in self.hosts:
            if not any(_matches(one["host"], pattern) for one in documents):
                raise SelectionError(f"no result is of a host {pattern}")
        return [one for one in documents if self._has(one)]

    def _has(self, one: Document) -> bool:
        if self.hosts and not any(_matches(one["host"], pattern) for pattern in self.hosts):
            return False
        if self.groups and not set(self.groups) & set(one["groups"]):
            return False
        return not self.outcomes or one["outcome"] in self.outcomes


def _matches(host: str, pattern: str) -> bool:
    return fnmatchcase(host.lower(), pattern.lower())


def _refuse_unknown(what: str, names: Iterable[str], known: Sequence[str], none: str) -> None:
    for name in names:
        if name not in known:
            there = f"there is: {', '.join(known[:10])}" if known else none
            raise SelectionError(f"no result is of a {what} {name}; {there}")


def since(words: str, now: datetime) -> datetime:
    """Return the time that somebody means: ``7d``, ``24h``, ``30m``, ``2w`` ago, or a date or time in ISO 8601, UTC unless said.

    Raises:
        TimeError: it is none.

    """
    try:
        if ago := _AGO.fullmatch(words.strip()):
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        return moment(words.strip())
    except (ValueError, OverflowError):
        raise TimeError(f"'{words}' is no time; write 7d, 24h, 30m, 2026-11-21 or 2026-11-21T09:30") from None


def newest_of_each(runs: Iterable[Sequence[Document]]) -> list[Document]:
    """Return the newest result of each host, by host name.

    Args:
        runs: the results of runs, the oldest first.

    """
    found = {one["host"]: one for documents in runs for one in documents}
    return [found[name] for name in sorted(found)]
