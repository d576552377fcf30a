"""What was seen of a laptop in one look, and for what it can still be believed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.windows.laptop import Laptop, Target
from pyinfra_wsl.core.windows.reading import Packed, Raw
from pyinfra_wsl.core.windows.resource import WindowsResource

Resource = WindowsResource[Any, Any]


@dataclass
class Snapshot:
    """Answers with the laptop that they show, the time they were given, and which resources were changed since.

    What was asked before all else, for the lock, is answered in `first`.
    """

    target: Target
    answers: Packed
    laptop: Laptop
    taken: float
    locked: bool = False
    stale: set[str] = field(default_factory=set)
    first: Sequence[Answer] = ()

    def serves(self, target: Target, wanted: Resource | None, ttl: float) -> bool:
        """Whether it can still be believed for a resource's plan: nothing on which that rests was changed."""
        needed = {wanted.name, *wanted.needs, *wanted.also(self.laptop)} if wanted else self.stale
        known = target == self.target or target.within(self.target)
        return known and not self.stale & needed and time.monotonic() - self.taken < ttl


def snapshot(target: Target, raw: Raw, laptop: Laptop, before: Sequence[Call], stale: Iterable[str] = ()) -> Snapshot:
    """Return a snapshot of answers, of which those to what was asked before all else are kept apart; these the answers lose."""
    first = tuple(raw.pop(f"before.{number}") for number in range(len(before)))
    return Snapshot(target, Packed(raw), laptop, time.monotonic(), stale=set(stale), first=first)
