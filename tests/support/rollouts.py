"""Rollouts without laptops: an engine that does as it is told, and all that a control needs around it."""

import asyncio
import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pyinfra_wsl.rollout import hold, rings, store
from pyinfra_wsl.rollout.clock import Clock
from pyinfra_wsl.rollout.control import Control, Order
from pyinfra_wsl.rollout.documents import Documents
from pyinfra_wsl.rollout.ledger import Ledger
from pyinfra_wsl.rollout.model import Begun, Ended, Gate, Laptop, LostError, Member, Ring, Rollout, Verified

NOW = datetime(2026, 11, 27, 16, tzinfo=UTC)
SIMPLE = Gate(share=1.0, verify=True)


def two_rings(**gate):
    """Return a rollout of a ring of the two laptops of a group, and the rest."""
    return Rollout((Ring("pilot", groups=("it",), gate=Gate(**{"share": 1.0, **gate})), Ring("rest", gate=SIMPLE)))


def laptops(count):
    """Return laptops, of which the first two are of a group."""
    return [Laptop(f"LT-{n}", ("it",) if n < 2 else ()) for n in range(count)]


_run = itertools.count()


def document(host, outcome, cause="it is broken", code="", *, changes=(), resource="wsl"):
    """Return a result as a runner tells it, of a run of its own."""
    failures = [{"resource": resource, "cause": cause, "remedy": "mend it", "code": code}] if outcome == "failed" else []
    if outcome == "offline":
        failures = [{"resource": "connection", "cause": "no answer", "remedy": "turn it on", "code": "offline"}]
    waits = [{"resource": "wsl", "sentence": "restart", "waits_for": "reboot", "reason": "a restart is pending"}]
    return {
        "run": {"id": f"{next(_run):x}", "ended": NOW.isoformat(), "holder": "x"}, "host": host, "groups": [], "resources": {},
        "outcome": outcome, "seconds": 1.0, "processes": 1, "requests": 2, "restarts": 0,
        "changes": [{"resource": "wsl", "words": "WSL", "sentence": one, "seconds": 1.0} for one in changes],
        "deferred": waits if outcome == "deferred" else [], "failures": failures, "not_proved": [], "not_reached": [],
        "left_out": [], "warnings": [], "before": None,
    }  # fmt: skip


class Engine:
    """Carries shards out by a script: of each laptop, how its tries end, the last of them again and again."""

    def __init__(self, script=None, journal=None, spool=None, slots=2, hold_back=None):
        self.script, self.journal, self.spool, self.slots = script or {}, journal, spool, slots
        self.busy, self.tries, self.most, self.at_work = 0, {}, 0, set()
        self.hold_back, self.closing = hold_back, False

    async def __aenter__(self):
        self.closing = False
        return self

    async def __aexit__(self, *error):
        self.closing = True
        while self.busy:
            await asyncio.sleep(0.001)

    @property
    def free(self):
        return self.slots - self.busy

    async def work(self, shard):
        self.busy += 1
        self.most = max(self.most, self.busy)
        try:
            yield Begun("fake")
            for member in shard.members:
                if self.closing:
                    return
                async for event in self._one(shard, member.name):
                    yield event
        finally:
            self.busy -= 1

    async def _one(self, shard, name):
        assert name not in self.at_work, "two at once"
        self.at_work.add(name)
        self.note("begin", name, shard)
        try:
            if self.hold_back is not None:
                await self.hold_back.wait()
            await asyncio.sleep(0)
            done = self.tries[name] = self.tries.get(name, 0) + 1
            ends = self.script.get(name, ["converged"])
            end = ends[min(done, len(ends)) - 1]
            if end == "lost":
                raise LostError("worker 7 was killed")
            events = [Ended(name, end if isinstance(end, dict) else document(name, end.removesuffix(" wrong")))]
            if shard.verify and end in ("converged", "converged wrong"):
                events.append(Verified(name, end == "converged", () if end == "converged" else ("memory is 4GB",)))
            self.leave(shard, events)
            self.note("end", name, shard)
        finally:
            self.at_work.discard(name)
        for event in events:
            await asyncio.sleep(0)
            yield event

    def note(self, what, name, shard):
        if self.journal is not None:
            with self.journal.open("a") as file:
                file.write(f"{what} {name} {shard.name}\n")

    def leave(self, shard, events):
        """Leave what was found where the next control finds it."""
        if self.spool is not None:
            told = [shard.name, events[0].document, events[1].found if len(events) > 1 else None]
            (self.spool / f"{events[0].host}.json").write_text(json.dumps(told))


def left_in(spool):
    """Return what workers have left."""
    found = []
    for path in sorted(spool.glob("*.json")):
        shard, told, verified = json.loads(path.read_text())
        found.append((shard, Ended(told["host"], told)))
        if verified is not None:
            found.append((shard, Verified(told["host"], verified)))
    return found


class Watched:
    """Keeps what it was shown last, and calls something each time."""

    def __init__(self, act=None):
        self.act, self.events, self.snapshot = act, [], None

    def look(self, snapshot, events):
        self.snapshot, self.events = snapshot, list(events)
        if self.act:
            self.act(self)

    async def finish(self):
        pass


class Time:
    """A clock that is wound by hand."""

    def __init__(self):
        self.set, self.passed = NOW.timestamp(), 0.0

    def clock(self):
        return Clock(lambda: self.set + self.passed, lambda: self.passed)

    def pass_while_idle(self, watched):
        """Let ten minutes pass where nobody is at work."""
        if not any(one.state == "at work" for one in watched.snapshot.laptops.values()):
            self.passed += 600


class Setting:
    """A folder with a rollout's state, its results, its spool and a journal of what was done."""

    def __init__(self, folder, declared, hosts):
        self.folder, self.declared, self.hosts = Path(folder), declared, hosts
        self.path, self.spool, self.journal = self.folder / "rollout.db", self.folder / "spool", self.folder / "journal"
        self.spool.mkdir(exist_ok=True)
        self.time = Time()

    def begin(self):
        dealt = rings.deal(self.declared, self.hosts)
        told = [(one, "sum") for one in self.hosts]
        beginning = store.Beginning("c0ffee01", "lab.py", "anna, pid 1", self.declared, told, dealt, "sum")
        store.Store.begin(self.path, beginning, self.time.clock().now()).close()

    def run(self, engine, watch=None, wish=None, holder="anna, pid 1", **order):
        """Run a control until it ends; return its code."""
        if not self.path.exists():
            self.begin()
        members = {one.name: Member(one.name, {}) for one in self.hosts}
        with hold.held(self.path, holder), store.Store(self.path) as opened:
            if wish:
                opened.wish(*wish, NOW)
            ledger = Ledger(opened, Documents(self.folder / "results", members), self.time.clock())
            self.watch = watch or Watched()

            async def main():
                control = Control(ledger, engine, Order(members, (), ZoneInfo("UTC"), holder=holder, **order), self.watch)
                self.control = control
                return await control.run(left_in(self.spool))

            return asyncio.run(main())

    def states(self):
        with store.Store(self.path) as opened:
            return {name: one.state for name, one in opened.snapshot().laptops.items()}

    def snapshot(self):
        with store.Store(self.path) as opened:
            return opened.snapshot()

    def kinds(self):
        with store.Store(self.path) as opened:
            return [one.kind for one in opened.events()]

    def ask(self, *wish):
        with store.Store(self.path) as opened:
            opened.wish(*wish, NOW)

    def done(self, what="end"):
        """Return what was done, in its order."""
        lines = self.journal.read_text().split("\n") if self.journal.exists() else []
        return [line.split()[1] for line in lines if line.startswith(what)]


HOUR = timedelta(hours=1)
