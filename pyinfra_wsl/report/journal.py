"""The journal of one host in one run: what changed, what waits, what failed, and how the host was found."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from pyinfra.api.host import Host

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Deferred

_KEY = "pyinfra_wsl.journal"


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was made: the resource, what people call it, its sentence, and how many seconds it took."""

    resource: str
    words: str
    sentence: str
    seconds: float = 0.0


@dataclass
class Journal:
    """What is said of one host; the same thing said twice counts once.

    Args:
        begun, ended: when the host was first looked at, and when something was last noted.
        changes, waiting, failures, warnings: what was done, waits, went wrong, should be known.
        offline: why the host did not answer; None where it did.
        declared: whether anything declared was looked at for a run that carries it out.
        broken: what could not be brought about, so that what needs it is not tried: resource, and name of a thing or "".
        lost: whether nothing more can be done on the host in this run.
        before: the host as the run found it; None where it was not seen.

    """

    begun: float = field(default_factory=time.monotonic)
    ended: float = 0.0
    changes: list[Change] = field(default_factory=list)
    waiting: list[tuple[str, Deferred]] = field(default_factory=list)
    failures: list[tuple[str, Failure]] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    offline: Failure | None = None
    declared: bool = False
    broken: set[tuple[str, str]] = field(default_factory=set)
    lost: bool = False
    before: dict[str, Any] | None = None

    def changed(self, resource: str, words: str, sentence: str, seconds: float = 0.0) -> None:
        """Note a change that was made."""
        self.changes.append(Change(resource, words, sentence, round(seconds, 3)))
        self.touch()

    def deferred(self, resource: str, deferred: Deferred) -> None:
        """Note a change that waits."""
        if (resource, deferred) not in self.waiting:
            self.waiting.append((resource, deferred))
        self.touch()

    def failed(self, resource: str, failure: Failure) -> None:
        """Note what is impossible or went wrong."""
        if (resource, failure) not in self.failures:
            self.failures.append((resource, failure))
        self.touch()

    def broke(self, resource: str, about: Collection[str]) -> None:
        """Note that a resource could not be brought about, or some things of it by their names."""
        self.broken |= {(resource, name) for name in about or ("",)}

    def warned(self, resource: str, warning: str) -> None:
        """Note what a person should know although nothing is wrong yet."""
        if (resource, warning) not in self.warnings:
            self.warnings.append((resource, warning))

    def unreachable(self, failure: Failure) -> None:
        """Note that the host did not answer."""
        self.offline = failure
        self.touch()

    @property
    def outcome(self) -> str:
        """``offline``, ``failed``, ``deferred`` or ``converged``: the first that is true."""
        if self.offline:
            return "offline"
        if self.failures:
            return "failed"
        return "deferred" if self.waiting else "converged"

    @property
    def seconds(self) -> float:
        """Seconds from the first look at this host to the last thing noted."""
        return round(max(self.ended - self.begun, 0.0), 1)

    def touch(self) -> None:
        """Note that the host was at work until now."""
        self.ended = time.monotonic()


def journal(host: Host) -> Journal:
    """Return a host's journal; begun with the first call."""
    found = host.connector_data.setdefault(_KEY, Journal())
    assert isinstance(found, Journal)  # noqa: S101 - the key is ours alone
    return found
