"""What a rollout would do, and when: ``pyinfra-wsl rollout INVENTORY --plan``."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pyinfra_wsl.rollout import rings, windows
from pyinfra_wsl.rollout.model import Laptop, Retry, Ring, Rollout
from pyinfra_wsl.rollout.words import are, count, listed, moment, needed, share, span, week

_FEW = 5


@dataclass(frozen=True, slots=True)
class _Part:
    """A ring with its laptops.

    Args:
        ring: which one.
        number: its place, from 1.
        laptops: who belongs to it.
        start: before which it does not begin; None where that is never.
        openings: when each of its laptops may be begun then, None for never.
        given_up: when those are given up.

    """

    ring: Ring
    number: int
    laptops: Sequence[Laptop]
    start: datetime | None
    openings: Sequence[datetime | None]
    given_up: timedelta

    @property
    def done(self) -> datetime | None:
        """Before which its gate does not open; None where that is never."""
        lost = sum(one is None for one in self.openings)
        if self.start is None or len(self.laptops) - lost < needed(self.ring.gate.share, len(self.laptops)):
            return None
        times = [self.start, *(one or self.start + self.given_up for one in self.openings)]
        return max(times) + (self.ring.gate.wait if self.laptops else timedelta(0))


def lines(rollout: Rollout, laptops: Sequence[Laptop], now: datetime, here: ZoneInfo) -> list[str]:
    """Return what would happen when, as lines for people; nobody is contacted.

    Times are the earliest: how long laptops take is not known.

    Args:
        rollout: as it is declared.
        laptops: all of the inventory.
        now: the time.
        here: the time zone of laptops that declare none.

    """
    found = [f"{count(len(laptops))} in {count(len(rollout.rings), 'ring')}; times are the earliest, as of {moment(now, here)}"]
    found += _rules(rollout)
    for part in _parts(rollout, laptops, now, here):
        found += ["", *_ring(rollout, part, len(laptops), here)]
    return found


def _rules(rollout: Rollout) -> Iterator[str]:
    if rollout.windows:
        said = "; ".join(f"{week(one.days)} {one.begins:%H:%M}-{one.ends:%H:%M}" for one in rollout.windows)
        yield f"windows: {said}, by each laptop's own clock"
    if rollout.per_site is not None:
        yield f"at once: {rollout.per_site} of a site at most"
    yield f"tried again: {_again(rollout.retry)}"


def _again(retry: Retry) -> str:
    if not retry.until:
        return "nobody"
    longest = f", each wait twice the one before up to {span(retry.longest)}" if retry.longest > retry.first else ""
    return f"who does not answer or waits, after {span(retry.first)}{longest}, until {span(retry.until)} after its ring began"


def _parts(rollout: Rollout, laptops: Sequence[Laptop], now: datetime, here: ZoneInfo) -> Iterator[_Part]:
    dealt = rings.deal(rollout, laptops)
    start: datetime | None = now
    for number, ring in enumerate(rollout.rings):
        members = [one for one in laptops if dealt[one.name] == number]
        part = _Part(ring, number + 1, members, start, _openings(rollout, members, start, here), rollout.retry.until)
        yield part
        start = part.done


def _openings(rollout: Rollout, laptops: Sequence[Laptop], start: datetime | None, here: ZoneInfo) -> Sequence[datetime | None]:
    if start is None:
        return [None] * len(laptops)
    of_zone = {one.zone: one for one in laptops}
    opening = {zone: windows.next_open(rollout, one, start, here) for zone, one in of_zone.items()}
    return [opening[one.zone] for one in laptops]


def _ring(rollout: Rollout, part: _Part, fleet: int, here: ZoneInfo) -> Iterator[str]:
    names = f": {', '.join(rings.bare(one.name) for one in part.laptops)}" if 0 < len(part.laptops) <= _FEW else ""
    yield f"{part.number}. {part.ring.name}, {_kind(part.ring, fleet)}: {count(len(part.laptops))}{names}"
    if not part.laptops:
        yield "   nobody is left for it"
    else:
        yield from (f"   {one}" for one in (*_begins(part, here), *_sites(rollout, part)))
    if part.number < len(rollout.rings):
        conditions = _gate(part)
        yield f"   then {rollout.rings[part.number].name} begins{f', when {conditions}' if conditions else ' at once'}"


def _kind(ring: Ring, fleet: int) -> str:
    if ring.groups or ring.hosts:
        groups = f"group{'s' * (len(ring.groups) > 1)} {listed(ring.groups)}" if ring.groups else ""
        return " and ".join(filter(None, [groups, f"{len(ring.hosts)} by name" if ring.hosts else ""]))
    if ring.percent is not None:
        return f"{share(ring.percent / 100)} of {fleet}"
    return "all that are left" if ring.size is None else f"{ring.size} at most"


def _begins(part: _Part, here: ZoneInfo) -> Iterator[str]:
    if part.start is None:
        yield "does not begin before somebody sees to the ring before"
        return
    times = sorted(one for one in part.openings if one is not None)
    if times:
        last = f", the last of them at {moment(times[-1], here)}" if times[-1] > times[0] else ""
        now = sum(one == part.start for one in times)
        now_all = "at once" if now == len(times) and part.number == 1 else f"from {moment(times[0], here)} on{last}"
        yield f"begun {now_all}"
    if never := [one for one, opening in zip(part.laptops, part.openings, strict=True) if opening is None]:
        named = listed(rings.bare(one.name) for one in never)
        yield f"{count(len(never))} {are(len(never))} in a time zone that is not known here, and never begun: {named}"


def _sites(rollout: Rollout, part: _Part) -> Iterator[str]:
    sites = Counter(one.site for one in part.laptops if one.site is not None)
    if not sites:
        return
    none = len(part.laptops) - sum(sites.values())
    said = listed([*(f"{site} {number}" for site, number in sites.most_common()), *([f"without {none}"] if none else [])], 8)
    most = rollout.per_site
    rounds = math.ceil(max(sites.values()) / most) if most else 1
    turns = f"; {rounds} turns at the largest, {most} at a time" if rounds > 1 else ""
    yield f"sites: {said}{turns}"


def _gate(part: _Part) -> str:
    conditions = list(_conditions(part))
    return " and ".join(filter(None, [", ".join(conditions[:-1]), *conditions[-1:]]))


def _conditions(part: _Part) -> Iterator[str]:
    gate = part.ring.gate
    if part.laptops:
        whole = "all are" if gate.share == 1 else f"{share(gate.share)} are"
        yield f"{whole} converged{' and verified' if gate.verify else ''}"
        if gate.new_failures and part.number > 1:
            yield "no failure is of a new kind"
        if gate.wait:
            yield f"this has been so for {span(gate.wait)}"
    if gate.approve:
        yield f"a person says so (pyinfra-wsl rollout approve {part.ring.name})"
