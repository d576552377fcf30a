"""The journal of one host in one run: what changed, what waits, what failed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from pyinfra.api.host import Host

from pyinfra_wsl.core.plan import Deferred, Failure

_KEY = "pyinfra_wsl.journal"


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was made: the noun, its sentence, and how many seconds it took."""

    noun: str
    sentence: str
    seconds: float = 0.0


@dataclass
class Journal:
    """What is said of one host; the same thing said twice counts once."""

    begun: float = field(default_factory=time.monotonic)
    ended: float = 0.0
    changes: list[Change] = field(default_factory=list)
    waiting: list[tuple[str, Deferred]] = field(default_factory=list)
    failures: list[tuple[str, Failure]] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    offline: str = ""
    declared: bool = False

    def changed(self, noun: str, sentence: str, seconds: float = 0.0) -> None:
        """Note a change that was made."""
        self.changes.append(Change(noun, sentence, round(seconds, 3)))
        self._touch()

    def deferred(self, noun: str, deferred: Deferred) -> None:
        """Note a change that waits."""
        if (noun, deferred) not in self.waiting:
            self.waiting.append((noun, deferred))
        self._touch()

    def failed(self, noun: str, failure: Failure) -> None:
        """Note what is impossible or went wrong."""
        if (noun, failure) not in self.failures:
            self.failures.append((noun, failure))
        self._touch()

    def warned(self, noun: str, warning: str) -> None:
        """Note what a person should know although nothing is wrong yet."""
        if (noun, warning) not in self.warnings:
            self.warnings.append((noun, warning))

    def unreachable(self, reason: str) -> None:
        """Note that the host did not answer."""
        self.offline = reason
        self._touch()

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

    def _touch(self) -> None:
        self.ended = time.monotonic()

    touch = _touch


def journal(host: Host) -> Journal:
    """Return a host's journal; begun with the first call."""
    found = host.connector_data.setdefault(_KEY, Journal())
    assert isinstance(found, Journal)  # noqa: S101 - the key is ours alone
    return found
