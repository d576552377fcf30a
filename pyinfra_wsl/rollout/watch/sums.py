"""A rollout's laptops in few numbers, by one pass over all of them: there may be 100,000."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from pyinfra_wsl.rollout.model import Laptop, RingStanding, Snapshot, Standing, State

SHOWN: tuple[State, ...] = ("converged", "at work", "due", "deferred", "offline", "failed", "given up", "waiting")
"""The order in which they are shown: what is done first, what nobody may begin last."""

WORDS: dict[State, str] = {"waiting": "not begun"}
"""How people call a state where they do not by its own name."""

_REASONS = 200  # of one ring: a sentence may hold a name or a number, and then is each laptop's own


@dataclass
class Sum:
    """One ring in numbers.

    Args:
        standing: how the ring stands.
        counts: how many laptops stand how.
        verified: how many were found as declared by their own programs.
        tries: how often all of them together were tried.
        next_try: from when on the next of those may be tried that were offline, or wait; by these states.
        reasons: what those that are deferred wait for, and how many.
        failures: why those failed that did, and how many.
        zones: of those that are due, how many are in each time zone, and one of them.
        later: of those that were offline, or wait, in each time zone the one that is tried first, and when, but for its window.
        sites: of those that are due, how many are at each site.

    """

    standing: RingStanding
    counts: Counter[State] = field(default_factory=Counter)
    verified: int = 0
    tries: int = 0
    next_try: dict[State, datetime] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    zones: dict[str | None, tuple[int, Laptop]] = field(default_factory=dict)
    later: dict[State, dict[str | None, tuple[datetime, Laptop]]] = field(default_factory=dict)
    sites: Counter[str] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        """What the ring is called."""
        return self.standing.ring.name

    @property
    def total(self) -> int:
        """How many laptops it has."""
        return self.counts.total()

    @property
    def open(self) -> bool:
        """Whether its laptops may be worked on and its gate is shut."""
        return self.standing.opened is not None and self.standing.passed is None

    @property
    def share(self) -> float:
        """The part that is converged, from 0 to 1; of no laptops it is 1."""
        return self.counts["converged"] / self.total if self.total else 1.0


@dataclass(frozen=True)
class Sums:
    """A rollout in numbers.

    Args:
        rings: in their order.
        busy: how many laptops are at work at each site that is declared, in all rings.

    """

    rings: tuple[Sum, ...]
    busy: Counter[str]

    @property
    def counts(self) -> Counter[State]:
        """How many laptops stand how, in all rings."""
        found: Counter[State] = Counter()
        for one in self.rings:
            found.update(one.counts)
        return found


def summed(snapshot: Snapshot) -> Sums:
    """Return a rollout in numbers."""
    rings = tuple(map(Sum, snapshot.rings))
    busy: Counter[str] = Counter()
    tallies = [one.counts for one in rings]
    for one in snapshot.laptops.values():
        state = one.state
        tallies[one.ring][state] += 1
        ring = rings[one.ring]
        ring.tries += one.tries
        if one.verified:
            ring.verified += 1
        if state in _TELLING:
            _tell(ring, one, busy)
    return Sums(rings, busy)


_TELLING = frozenset({"due", "at work", "deferred", "offline", "failed", "given up"})


def _tell(ring: Sum, one: Standing, busy: Counter[str]) -> None:
    """Note what is to be said of a laptop beside its state."""
    state, site = one.state, one.laptop.site
    if state == "at work":
        if site is not None:
            busy[site] += 1
    elif state == "due":
        zone = one.laptop.zone
        ring.zones[zone] = (ring.zones[zone][0] + 1, one.laptop) if zone in ring.zones else (1, one.laptop)
        if site is not None:
            ring.sites[site] += 1
    elif state in ("deferred", "offline"):
        if one.again is not None:
            _note_later(ring, one, one.again)
        if state == "deferred":
            _count(ring.reasons, one.why)
    else:
        _count(ring.failures, one.why)


def _note_later(ring: Sum, one: Standing, again: datetime) -> None:
    """Note when a laptop is tried again."""
    if one.state not in ring.next_try or again < ring.next_try[one.state]:
        ring.next_try[one.state] = again
    zones = ring.later.setdefault(one.state, {})
    if one.laptop.zone not in zones or again < zones[one.laptop.zone][0]:
        zones[one.laptop.zone] = (again, one.laptop)


def _count(found: Counter[str], why: str) -> None:
    """Count a sentence, of which there may be as many as laptops."""
    found[why if why in found or len(found) < _REASONS else ""] += 1
