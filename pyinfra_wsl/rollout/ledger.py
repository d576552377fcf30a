"""What the control of a rollout writes into its state: each of its steps is one transaction, and true by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.report import reading
from pyinfra_wsl.rollout import becomes, retry
from pyinfra_wsl.rollout.clock import SET, Clock
from pyinfra_wsl.rollout.documents import Documents
from pyinfra_wsl.rollout.model import Ended, Event, RingStanding, Snapshot, Stage, Standing, Verified
from pyinfra_wsl.rollout.schedule import Next
from pyinfra_wsl.rollout.store import Store, Wish
from pyinfra_wsl.rollout.words import are, count

_STAGES: Mapping[str, tuple[Stage, str, tuple[Stage, ...]]] = {
    "pause": ("paused", "paused", ("running", "stuck")),
    "resume": ("running", "resumed", ("paused", "aborted")),
    "abort": ("aborted", "aborted", ("running", "paused", "stuck")),
}
"""What a wish comes to, what it is called when it has, and where it comes to anything."""
_SEEN_EVERY = timedelta(minutes=1)
_AGAIN = ("failed", "given up", "offline", "deferred")


def left_undone(found: Snapshot, names: Collection[str] = ()) -> list[Standing]:
    """Return the laptops that may be tried again: of these, or without names all that failed or were given up.

    Args:
        found: how the rollout stands.
        names: of its laptops.

    """
    states = _AGAIN if names else ("failed", "given up")
    return [one for one in found.laptops.values() if one.state in states and (not names or one.laptop.name in names)]


@dataclass
class Ledger:
    """The state of a rollout in the hands of its control.

    Args:
        store: the state, whose lock is held.
        documents: where results go.
        clock: the time.
        problems: what could not be written beside the state.

    """

    store: Store
    documents: Documents
    clock: Clock
    problems: list[str] = field(default_factory=list)
    _seen: datetime | None = None

    def snapshot(self) -> Snapshot:
        """Return how all stands."""
        return self.store.snapshot(mine=True)

    # time

    def look_at_clock(self) -> None:
        """Where the clock was set, keep what is waited for as far away as it was; note now and then what time it is."""
        now, by = self.clock.now(), self.clock.look()
        if self._seen is None:
            last = self.store.about("seen")
            ahead = datetime.fromisoformat(last) - now if last else timedelta(0)
            by = -ahead if ahead > SET else by
        if by:
            with self.store.change():
                self.store.shifted(by)
                way = "forth" if by > timedelta(0) else "back"
                text = f"the clock was set {way} by {abs(by).total_seconds():.0f} s: what is waited for stays as far away"
                self.store.event("clock", text, self.clock.now())
        if self._seen is None or by or self.clock.now() - self._seen > _SEEN_EVERY:
            self._seen = self.clock.now()
            self.store.note("seen", self._seen.isoformat())

    # what workers tell

    def take_over(self, holder: str, events: Iterable[tuple[str, Event]]) -> None:
        """Begin where the last control ended.

        Args:
            holder: who takes over.
            events: what workers of the last control have left, with the shard of which each is.

        """
        now, before = self.clock.now(), self.snapshot().holder
        with self.store.change():
            self.settle(events)
            left = [one for one in self.snapshot().laptops.values() if one.state == "at work"]
            self.store.stands(*(becomes.left(one, now) for one in left))
            stage = self.snapshot().stage
            if holder != before and stage not in ("ended", "aborted"):
                self.store.holder(holder)
                again = f"; {count(len(left))} at work then, due again" if left else ""
                self.store.event("holder", f"goes on by {holder}, after {before}{again}", now)
            if stage == "stuck":  # it is looked at anew: somebody may have said what to do
                self.store.stage("running")

    def settle(self, events: Iterable[tuple[str, Event]]) -> None:
        """Note what became of laptops; what is told of one that is not at work in that shard is not believed."""
        with self.store.change():
            for shard, event in events:
                if isinstance(event, Ended | Verified):
                    one = self.store.laptop(event.host)
                    if one is not None and one.state == "at work" and one.shard == shard:
                        self.store.stands(self._ended(one, event) if isinstance(event, Ended) else self._verified(one, event))

    def _ended(self, one: Standing, event: Ended) -> Standing:
        try:
            document = reading.document(dict(event.document))
            if document["host"] != event.host:
                raise ValueError("it is of another host")
        except ValueError as error:
            return self._lost(one, f"its result cannot be used: {error}")
        if problem := self.documents.put(event.host, event.document):
            self.problems.append(problem)
        return becomes.ended(one, document, self._times(one), verify=self._ring(one).ring.gate.verify)

    def _verified(self, one: Standing, event: Verified | None) -> Standing:
        if one.outcome != "converged":
            return one
        return becomes.verified(one, event, self._times(one))

    def _lost(self, one: Standing, why: str) -> Standing:
        return becomes.lost(one, why, self._times(one))

    def _ring(self, one: Standing) -> RingStanding:
        return self.store.rings[one.ring]

    def _times(self, one: Standing) -> becomes.Times:
        now = self.clock.now()
        return becomes.Times(self.store.declared.retry, now, self._ring(one).opened or now)

    def done(self, shard: str, why: str = "", *, stopped: bool = False) -> None:
        """Note that a worker has come to the end of a shard: what it has not told of is due again.

        Args:
            shard: which one.
            why: what became of the worker; empty where it has ended by itself.
            stopped: whether it was told to begin no further laptop.

        """
        left = self.store.of_shard(shard)
        with self.store.change():
            for one in left:
                if one.outcome == "converged" and one.verified is None and not (why or stopped):
                    self.store.stands(self._verified(one, None))
                elif stopped:
                    self.store.stands(becomes.left(one, self.clock.now()))
                else:
                    self.store.stands(self._lost(one, why or "its worker ended without a word of it"))
            if why and left:
                self.store.event("lost", f"{escape(why)}: {count(len(left))} {are(len(left))} tried again", self.clock.now())

    # what persons ask

    def wishes(self) -> None:
        """Take up what persons ask."""
        for wish in self.store.wishes():
            with self.store.change():
                self._take(wish)
                self.store.taken(wish, self.clock.now())

    def _take(self, wish: Wish) -> None:
        who, stage = escape(wish.who, 200), self.snapshot().stage
        if wish.kind == "resume" and stage in ("running", "stuck", "ended"):
            self._again([], who)
            return
        if wish.kind in _STAGES:
            comes_to, kind, of = _STAGES[wish.kind]
            if stage not in of:
                return
            why = f"{kind} by {who}{f': {escape(wish.value, 300)}' if wish.value else ''}"
            self.store.stage(comes_to, "" if comes_to == "running" else why)
            self.store.event(kind, why, self.clock.now())
        elif wish.kind == "approve":
            self._approve(wish.value, who)
        elif wish.kind == "retry":
            self._again(wish.value.splitlines(), who)
        else:
            self.store.event("note", f"{who} asked for what is not known here: {escape(wish.kind, 50)}", self.clock.now())

    def _approve(self, name: str, who: str) -> None:
        for number, one in enumerate(self.snapshot().rings):
            if one.ring.name == name and one.opened and not one.approved:  # of what has not begun nobody has seen anything
                self.store.ring(number, replace(one, approved=who))
                self.store.event("approved", f"{name} is approved by {who}", self.clock.now(), number)

    def _again(self, names: list[str], who: str) -> None:
        now, found = self.clock.now(), self.snapshot()
        chosen = left_undone(found, names)
        self.store.stands(*(replace(one, state="due", again=None, tries=0, losses=0, changed=now) for one in chosen))
        for number in {one.ring for one in chosen}:
            ring = found.rings[number]
            if ring.opened and retry.deadline(found.declared.retry, ring.opened) <= now:
                self.store.ring(number, replace(ring, opened=now))  # their time is counted anew
        if found.stage in ("ended", "stuck"):
            self.store.stage("running")
        self.store.event("retry", f"{count(len(chosen))} {are(len(chosen))} tried again, as {who} says", now)

    # what is next

    def do(self, what: Next) -> bool:
        """Note what is decided, but for the laptops that are given away; return whether anything was."""
        now, before = self.clock.now(), self.snapshot()
        with self.store.change():
            self._judged(what)
            if what.pass_ring is not None:
                ring = self.snapshot().rings[what.pass_ring]
                self.store.ring(what.pass_ring, replace(ring, passed=now))
                self.store.event("passed", f"the gate of {ring.ring.name} is open", now, what.pass_ring)
            if what.open_ring is not None:
                self._open(what.open_ring, now)
            if what.give_up:
                found = [before.laptops[name] for name in what.give_up]
                self.store.stands(*(replace(one, state="given up", again=None, changed=now) for one in found))
                self.store.event("gave up", f"{count(len(found))} {are(len(found))} given up: the deadline has passed", now)
            if what.stage is not None and what.stage != before.stage:
                self.store.stage(what.stage, what.why)
                self.store.event(what.stage, what.why, now)
        done = (what.open_ring, what.pass_ring, what.stage) != (None, None, None)
        return done or bool(what.give_up)

    def _open(self, number: int, now: datetime) -> None:
        found = self.snapshot()
        members = [one for one in found.laptops.values() if one.ring == number]
        self.store.ring(number, replace(found.rings[number], opened=now))
        self.store.stands(*(replace(one, state="due", changed=now) for one in members if one.state == "waiting"))
        self.store.event("opened", f"{found.rings[number].ring.name} begins: {count(len(members))}", now, number)

    def _judged(self, what: Next) -> None:
        """Note since when a gate waits for nothing but time and a person's word."""
        if what.judged is None or what.verdict is None:
            return
        ring, now = self.snapshot().rings[what.judged], self.clock.now()
        if what.verdict.ready_since_ok and ring.ready is None:
            self.store.ring(what.judged, replace(ring, ready=now))
            waits = "; ".join(what.verdict.waits)
            self.store.event("ready", f"{ring.ring.name} is ready{f': {waits}' if waits else ''}", now, what.judged)
        elif not what.verdict.ready_since_ok and ring.ready is not None:
            self.store.ring(what.judged, replace(ring, ready=None))
