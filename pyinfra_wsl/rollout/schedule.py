"""What is next: decided from how a rollout stands and the time, and from nothing else."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from pyinfra_wsl.rollout import windows
from pyinfra_wsl.rollout.gate import Verdict, judge, known
from pyinfra_wsl.rollout.model import Snapshot, Stage, Standing
from pyinfra_wsl.rollout.retry import deadline
from pyinfra_wsl.rollout.words import are, count, moment

_LATER = frozenset({"deferred", "offline"})
_TO_TRY = _LATER | {"waiting", "due"}


@dataclass(frozen=True, slots=True)
class Next:
    """What is to be done now. Whoever does it asks again at once; an empty one says until when nothing is to be done.

    Args:
        deal: names of laptops for each shard that is to be given to a worker.
        open_ring: number of the ring that is to be opened; its laptops become due.
        pass_ring: number of the ring whose gate has opened.
        give_up: names of laptops whose deadline has passed.
        stage: what the rollout comes to; None where it stays.
        why: of that stage, one sentence.
        wake: when something will be to be done by itself; None where only a result or a person's word changes anything.
        waits: what waits for what, a sentence each.
        judged: number of the ring whose gate is the next to open; None where none is.
        verdict: on that gate.

    """

    deal: tuple[tuple[str, ...], ...] = ()
    open_ring: int | None = None
    pass_ring: int | None = None
    give_up: tuple[str, ...] = ()
    stage: Stage | None = None
    why: str = ""
    wake: datetime | None = None
    waits: tuple[str, ...] = ()
    judged: int | None = None
    verdict: Verdict | None = None


def next(snapshot: Snapshot, now: datetime, here: ZoneInfo, free: int, until: int | None = None) -> Next:  # noqa: A001
    """Return what is to be done now.

    A laptop is begun only where its ring is open, its time has come, its window is open, and not too many of its site are at
    work. It is given up after its ring's deadline, but not before it was tried once.

    Args:
        snapshot: how all stands.
        now: the time.
        here: the time zone of laptops that declare none.
        free: how many shards may be given to workers.
        until: number of the last ring that may be opened; None for all.

    """
    if snapshot.stage != "running":
        return Next(waits=tuple(filter(None, [f"{snapshot.stage}: {snapshot.why}".removesuffix(": ")])))
    last = len(snapshot.rings) - 1 if until is None else min(until, len(snapshot.rings) - 1)
    opened = [number for number, ring in enumerate(snapshot.rings) if ring.opened is not None]
    if not opened:
        return Next(open_ring=0)
    current = opened[-1]
    look = _Look(snapshot, now, here)
    verdict = judge(snapshot, current, now)
    if look.give_up:
        return Next(give_up=look.give_up, judged=current, verdict=verdict)
    found = Next(look.shards(free), judged=current, verdict=verdict, wake=look.wake(current, verdict))
    found = replace(found, waits=tuple(look.waits(snapshot, current, verdict, sum(map(len, found.deal)))))
    passed = snapshot.rings[current].passed is not None
    if verdict.open and not passed:
        found = replace(found, pass_ring=current)
    if verdict.open and current < last:
        return replace(found, open_ring=current + 1)
    stage, why = _stage(look, current, verdict)
    return replace(found, stage=stage, why=why, deal=() if stage else found.deal)


def _stage(look: _Look, current: int, verdict: Verdict) -> tuple[Stage | None, str]:
    """Return what a rollout comes to where no ring is to be opened, and why."""
    if look.at_work:
        return None, ""
    due = any(one.state not in _LATER or not known(one) for one in look.tryable)  # also whom a person wants tried once more
    if verdict.never and not due and current < len(look.snapshot.rings) - 1:
        return "stuck", f"the gate of {look.snapshot.rings[current].ring.name} cannot open: {verdict.never}"
    if look.tryable or current < len(look.snapshot.rings) - 1:
        return None, ""
    return "ended", _summary(list(look.snapshot.laptops.values()))


def _summary(laptops: Sequence[Standing]) -> str:
    others = Counter(one.state for one in laptops if one.state != "converged")
    if not others:
        return f"all {count(len(laptops))} {are(len(laptops))} converged"
    told = ", ".join(f"{number} {state}" for state, number in others.most_common())
    return f"{sum(others.values())} of {count(len(laptops))} {are(sum(others.values()))} not converged: {told}"


@dataclass(frozen=True)
class _Look:
    """A rollout at a moment: who may be begun, who not yet, and why."""

    snapshot: Snapshot
    now: datetime
    here: ZoneInfo
    _openings: dict[str | None, datetime | None] = field(default_factory=dict)

    @cached_property
    def tryable(self) -> list[Standing]:
        """Return the laptops of open rings that are to be tried, now or later, in the order in which they are."""
        found = [one for one in self.snapshot.laptops.values() if one.state in _TO_TRY and self._opened(one) is not None]
        return sorted(found, key=lambda one: (one.ring, known(one), one.again or self.now, one.laptop.name))

    @cached_property
    def at_work(self) -> list[Standing]:
        return [one for one in self.snapshot.laptops.values() if one.state == "at work"]

    @cached_property
    def give_up(self) -> tuple[str, ...]:
        """Return whose deadline has passed, of those who were tried or never can be."""
        return tuple(one.laptop.name for one in self.tryable if self._is_over(one))

    @cached_property
    def ready(self) -> list[Standing]:
        """Return who may be begun now but for their site and for workers."""
        return [one for one in self.tryable if self._has_come(one) and self.opening(one) == self.now]

    @cached_property
    def kept_by_site(self) -> set[str]:
        """Return who is left out because enough of their site are at work."""
        most, busy, found = self.snapshot.declared.per_site, Counter(one.laptop.site for one in self.at_work), set[str]()
        if most is None:
            return found
        for one in self.ready:
            if one.laptop.site is not None and busy[one.laptop.site] >= most:
                found.add(one.laptop.name)
            else:
                busy[one.laptop.site] += 1
        return found

    def shards(self, free: int) -> tuple[tuple[str, ...], ...]:
        """Return who is to be begun, in as many equal shards as are free, none larger than declared."""
        names = [one.laptop.name for one in self.ready if one.laptop.name not in self.kept_by_site]
        if not names or free < 1:
            return ()
        size = max(1, min(self.snapshot.declared.shard, math.ceil(len(names) / free)))
        return tuple(tuple(names[first : first + size]) for first in range(0, len(names), size))[:free]

    def opening(self, one: Standing) -> datetime | None:
        """Return when a laptop's window is open, now or next; None for never."""
        if one.laptop.zone not in self._openings:
            declared = self.snapshot.declared
            self._openings[one.laptop.zone] = windows.next_open(declared, one.laptop, self.now, self.here)
        return self._openings[one.laptop.zone]

    def wake(self, current: int, verdict: Verdict) -> datetime | None:
        """Return when the next thing happens by itself."""
        ring = self.snapshot.rings[current]
        times = [ring.ready + ring.ring.gate.wait] if ring.ready and verdict.ready_since_ok and not ring.passed else []
        for one in self.tryable:
            opening = self.opening(one)
            times += [deadline(self.snapshot.declared.retry, opened)] if (opened := self._opened(one)) else []
            times += [one.again] if one.again else []
            times += [opening] if opening else []
        return min((one for one in times if one > self.now), default=None)

    def waits(self, snapshot: Snapshot, current: int, verdict: Verdict, dealt: int) -> Iterator[str]:
        """Yield what waits for what."""
        name = snapshot.rings[current].ring.name
        yield from (f"gate of {name}: {one}" for one in verdict.waits)
        if verdict.never:
            yield f"gate of {name} cannot open: {verdict.never}"
        yield from self._wait_for_time()
        if here := len(self.kept_by_site):
            most = snapshot.declared.per_site
            yield f"{count(here)} {_wait(here)} for others of the same site to end (per_site: {most})"
        if (left := len(self.ready) - len(self.kept_by_site) - dealt) > 0:
            yield f"{count(left)} {_wait(left)} for a worker"

    def _wait_for_time(self) -> Iterator[str]:
        closed = [one for one in self.tryable if self._has_come(one) and self.opening(one) != self.now]
        if times := [found for one in closed if (found := self.opening(one)) is not None]:
            yield f"{count(len(times))} {_wait(len(times))} for a window, the first until {moment(min(times), self.here)}"
        if never := len(closed) - len(times):
            yield f"{count(never)} {are(never)} in a time zone that is not known here, or in no window, and cannot be begun"
        for state in sorted(_LATER):
            later = [one.again for one in self.tryable if one.state == state and one.again and one.again > self.now]
            if later:
                when = moment(min(later), self.here)
                yield f"{count(len(later))} {are(len(later))} {state}, and tried again from {when} on"

    def _opened(self, one: Standing) -> datetime | None:
        return self.snapshot.rings[one.ring].opened

    def _has_come(self, one: Standing) -> bool:
        """Whether the time has come at which a laptop is to be tried."""
        return (one.again is None and one.state not in _LATER) or (one.again is not None and one.again <= self.now)

    def _is_over(self, one: Standing) -> bool:
        """Whether a laptop is given up."""
        if one.state in _LATER and one.again is None:
            return True
        opened = self._opened(one)
        if opened is None or self.now < deadline(self.snapshot.declared.retry, opened):
            return False
        opening = self.opening(one)
        waits = not self._has_come(one) or opening != self.now
        return opening is None or (one.state in _LATER and waits)


def _wait(number: int) -> str:
    return "waits" if number == 1 else "wait"
