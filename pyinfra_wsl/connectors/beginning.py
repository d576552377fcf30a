"""How long a laptop that does not answer holds up the beginning of the others' work, where none is to wait for another.

pyinfra connects to all hosts before any begins. Who is late is waited for by their own work alone and loses nothing by that, so
nobody need wait much longer for them than for all others; but how long is much tells only what the others need, which on a slow
network, or from a machine that is at work, may be seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakKeyDictionary

from pyinfra.api.state import State

LONGEST = 3.0
"""Seconds that a laptop is waited for, whatever the others need."""
_LEAST = 0.5
"""Seconds that it is waited for, however quick they are."""
_LONGER = 1.25
"""Times that it may take what the slowest of those has taken that are there."""
_STEP = 0.25
"""Seconds after which it is looked again how the others are doing."""


class Coming(Protocol):
    """A connection that is coming about, as a greenlet."""

    def ready(self) -> bool:
        """Whether it is there, or it is known why not."""

    def join(self, timeout: float, /) -> None:
        """Wait for that, so many seconds at most."""


@dataclass
class Beginning:
    """The beginning of one run: so many were called, so many of them are there or gave up, of which the slowest took so long."""

    clock: Callable[[], float] = time.monotonic
    called: int = 0
    there: int = 0
    slowest: float = 0.0

    @property
    def patience(self) -> float:
        """Seconds that a laptop is waited for, as things stand: while most are still to come, none of them is late."""
        most_are_there = self.there * 2 >= self.called
        return min(LONGEST, max(_LEAST, _LONGER * self.slowest)) if most_are_there else LONGEST

    def wait_for(self, coming: Coming) -> bool:
        """Wait for a laptop as long as that holds up the others little; whether it is there."""
        begun = self.clock()
        self.called += 1
        while not coming.ready() and (left := begun + self.patience - self.clock()) > 0:
            coming.join(min(left, _STEP))
        if coming.ready():
            self.there += 1
            self.slowest = max(self.slowest, self.clock() - begun)
        return coming.ready()


_RUNS: WeakKeyDictionary[State, Beginning] = WeakKeyDictionary()


def of(state: State) -> Beginning:
    """Return the beginning of a run, the same for all its hosts."""
    return _RUNS.setdefault(state, Beginning())
