"""What differs from the fleet file, setting by setting: a look before a run, in the words of its plans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import WHAT_FAILED, Deferred, Plan
from pyinfra_wsl.report.journal import Foretold
from pyinfra_wsl.survey.run import Looked
from pyinfra_wsl.survey.since import History, Since

Kind = Literal["differs", "waits", "unknown"]
"""``differs``: a run would change it; ``waits``: it would, and not now; ``unknown``: nobody can tell now, or it cannot be brought
about."""

_LOGON = "user logon"
_EXIT = {"drift": 2, "unknown": 1, "none": 0}


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting of one host.

    Args:
        host: its name.
        resource: of what.
        setting: what people call the setting: ``.wslconfig [wsl2] memory``.
        change: how it is and how it should be: ``9GB → 8GB``; empty where the setting says it all.
        kind: how sure that is.
        why: for what it waits or why it is not known, in a sentence; empty where it simply differs.
        since: what earlier runs tell.

    """

    host: str
    resource: str
    setting: str
    change: str
    kind: Kind = "differs"
    why: str = ""
    since: Since = field(default_factory=Since)


@dataclass(frozen=True, slots=True)
class Drift:
    """What was found on all hosts.

    Args:
        hosts: the names of all that were to be looked at.
        differences: by host, in the order of what is declared.
        lost: hosts that could not be looked at, or not as a whole, and why.

    """

    hosts: Sequence[str]
    differences: Sequence[Difference]
    lost: Sequence[tuple[str, Failure]]

    @property
    def outcome(self) -> Literal["drift", "unknown", "none"]:
        """``drift`` where anything is known to differ, else ``unknown`` where anything is not known or nothing was looked at."""
        if any(one.kind != "unknown" for one in self.differences):
            return "drift"
        return "unknown" if self.lost or self.differences or not self.hosts else "none"

    @property
    def exit_code(self) -> int:
        """2 for drift, 1 where none was found and not all is known, else 0."""
        return _EXIT[self.outcome]

    @property
    def differing(self) -> set[str]:
        """The names of the hosts of which anything is known to differ."""
        return {one.host for one in self.differences if one.kind != "unknown"}

    @property
    def unseen(self) -> set[str]:
        """The names of the hosts of which not all is known."""
        return {name for name, _failure in self.lost} | {one.host for one in self.differences if one.kind == "unknown"}

    def document(self) -> dict[str, Any]:
        """Return it as plain values, for ``--json``."""
        return {
            "outcome": self.outcome,
            "hosts": list(self.hosts),
            "differences": [
                {
                    "host": one.host, "resource": one.resource, "setting": one.setting, "change": one.change, "kind": one.kind,
                    "why": one.why, "declared_until": one.since.declared or None, "open_since": one.since.open or None,
                }
                for one in self.differences
            ],
            "not_looked_at": [
                {"host": name, "cause": failure.cause, "remedy": failure.remedy, "code": failure.code}
                for name, failure in self.lost
            ],
        }  # fmt: skip


def drift(looked: Iterable[Looked], root: Path) -> Drift:
    """Return what differs on hosts.

    Args:
        looked: the hosts after the look.
        root: the folder of results, which tell since when.

    """
    hosts = list(looked)
    found = [one for host in hosts for one in _of_host(host, History(root, host.name))]
    return Drift([one.name for one in hosts], found, [(one.name, why) for one in hosts for why in one.failures])


def _of_host(host: Looked, history: History) -> Iterator[Difference]:
    for told in host.foretold:
        since, whose = None, f"{told.person}: " if told.person else ""
        for setting, change, kind, why in _of_plan(told):
            since = since or history.of(told.resource)
            yield Difference(host.name, told.resource, f"{whose}{setting}", change, kind, why, since)
    yield from (Difference(host.name, "", f"operation {name}", "") for name in host.others)


def _of_plan(told: Foretold) -> Iterator[tuple[str, str, Kind, str]]:
    plan: Plan = told.plan
    for failure in (*plan.failures, *plan.foreseen):
        yield told.words, "", "unknown", failure.said
    if plan.failures:
        return
    for step in plan.steps:
        for part in step.parts or (step.sentence,):
            yield (*_parted(part), "differs", "")
    for one in plan.deferred:
        yield (*_parted(one.sentence or told.words), _waits(one), f"waits for {one.waits_for}: {one.reason}")


def _waits(one: Deferred) -> Kind:
    """What waits for a logon is not always known, and what waits for what failed was not looked at."""
    told = one.waits_for not in (_LOGON, WHAT_FAILED) or "→" in one.sentence.replace("unknown →", "")
    return "waits" if told else "unknown"


def _parted(sentence: str) -> tuple[str, str]:
    setting, colon, change = sentence.partition(": ")
    return (setting, change) if colon and "→" in change else (sentence, "")


def grouped(differences: Iterable[Difference]) -> dict[str, dict[tuple[str, str, str], list[str]]]:
    """Return the hosts by setting, and by change, reason and since when, in the order in which they were found."""
    found: dict[str, dict[tuple[str, str, str], list[str]]] = {}
    for one in differences:
        found.setdefault(one.setting, {}).setdefault((one.change, one.why, one.since.said), []).append(one.host)
    return found
