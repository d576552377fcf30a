"""Rollouts as they may stand, made in a line; and one that is carried out by nobody, in no time."""

import random
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pyinfra_wsl.rollout import retry, rings, schedule, windows
from pyinfra_wsl.rollout.model import Gate, Laptop, Ring, RingStanding, Rollout, Snapshot, Standing, Window

NOW = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)  # a Friday
HERE = ZoneInfo("Europe/Berlin")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PLAIN = Gate(1.0, verify=False, new_failures=False)


def window(days="01234", begins="18:00", ends="22:00"):
    return Window(frozenset(map(int, days)), time.fromisoformat(begins), time.fromisoformat(ends))


def standing(name, ring=0, state="converged", **more):
    laptop = Laptop(name, more.pop("groups", ()), more.pop("site", None), more.pop("zone", None))
    outcome = {"converged": "converged", "offline": "offline", "failed": "failed", "deferred": "deferred"}.get(state, "")
    verified = True if state == "converged" else None
    return Standing(laptop, ring, state, **{"outcome": outcome, "verified": verified, "tries": int(bool(outcome)), **more})


def snapshot(laptops, *gates, opened=1, **more):
    """Return a rollout of rings with some gates, the first of which are open."""
    declared = more.pop("declared", None) or Rollout(tuple(Ring(f"r{n}", gate=one) for n, one in enumerate(gates)))
    standings = tuple(
        RingStanding(ring, NOW - HOUR if number < opened else None, NOW if number < opened - 1 else None)
        for number, ring in enumerate(declared.rings)
    )
    found = Snapshot(
        "x", "inv.py", "running", NOW - HOUR, "me", True, declared, standings, {one.laptop.name: one for one in laptops}
    )
    return replace(found, **more)


def begun(declared, laptops):
    """Return a rollout of which nothing is done."""
    dealt = rings.deal(declared, laptops)
    return snapshot([Standing(one, dealt[one.name]) for one in laptops], declared=declared, opened=0)


class Control:
    """Carries out what `schedule.next` says, with results out of a hat; and notes when who was begun."""

    def __init__(self, found, outcomes, seed, workers=2):
        self.found, self.now, self.begun = replace(found, laptops=dict(found.laptops)), NOW, []
        self.outcomes, self.dice, self.workers = outcomes, random.Random(seed), workers  # noqa: S311
        self.shards = []
        self.steps = 0

    def run(self):
        while self.found.stage == "running" and self.steps < 5000:
            self.steps += 1
            told = schedule.next(self.found, self.now, HERE, self.workers - len(self.shards))
            self.look(told)
            if not self.carry_out(told):
                if self.shards:
                    self.end(self.shards.pop(self.dice.randrange(len(self.shards))))
                elif told.wake is None:
                    return told
                else:
                    assert told.wake > self.now
                    self.now = told.wake
        return told

    def look(self, told):
        """Hold what must always be true."""
        names = [name for shard in told.deal for name in shard]
        assert len(names) == len(set(names))
        assert len(told.deal) <= self.workers - len(self.shards)
        sites = {}
        for one in self.found.laptops.values():
            if one.state == "at work" or one.laptop.name in names:
                sites[one.laptop.site] = sites.get(one.laptop.site, 0) + 1
        most = self.found.declared.per_site
        assert most is None or all(number <= most for site, number in sites.items() if site is not None)
        for name in names:
            one = self.found.laptops[name]
            assert one.state not in ("at work", "converged", "failed", "given up")
            assert self.found.rings[one.ring].opened is not None
            assert windows.open_at(self.found.declared, one.laptop, self.now, HERE)
            assert one.again is None or one.again <= self.now
        if told.open_ring:
            before = [one for one in self.found.laptops.values() if one.ring == told.open_ring - 1]
            assert all(one.state != "at work" and (one.outcome or one.state == "given up") for one in before)

    def carry_out(self, told):
        ring = self.found.rings
        if told.judged is not None:
            ready = (ring[told.judged].ready or self.now) if told.verdict.ready_since_ok else None
            changed = ready != ring[told.judged].ready
            self.ring(told.judged, ready=ready)
        else:
            changed = False
        for name in told.give_up:
            self.laptop(name, state="given up", again=None)
        if told.pass_ring is not None:
            self.ring(told.pass_ring, passed=self.now)
        if told.open_ring is not None:
            self.ring(told.open_ring, opened=self.now)
            for one in [one for one in self.found.laptops.values() if one.ring == told.open_ring]:
                self.laptop(one.laptop.name, state="due")
        for shard in told.deal:
            self.shards.append(shard)
            self.begun += [(self.now, name) for name in shard]
            for name in shard:
                self.laptop(name, state="at work", tries=self.found.laptops[name].tries + 1, again=None)
        if told.stage:
            self.found = replace(self.found, stage=told.stage, why=told.why)
        return (
            changed or bool(told.give_up or told.deal or told.stage) or told.pass_ring is not None or told.open_ring is not None
        )

    def end(self, shard):
        self.now += timedelta(seconds=self.dice.randrange(1, 600))
        for name in shard:
            one = self.found.laptops[name]
            state = self.dice.choice(self.outcomes)
            if state == "lost":
                self.laptop(name, state="due")
                continue
            again = None
            if state in ("offline", "deferred"):
                again = retry.again(self.found.declared.retry, one.tries, self.now, self.found.rings[one.ring].opened)
            kept = state if again or state not in ("offline", "deferred") else "given up"
            self.laptop(name, state=kept, outcome=state, again=again, verified=True if state == "converged" else None)

    def ring(self, number, **more):
        standings = list(self.found.rings)
        standings[number] = replace(standings[number], **more)
        self.found = replace(self.found, rings=tuple(standings))

    def laptop(self, name, **more):
        self.found.laptops[name] = replace(self.found.laptops[name], **more)
