"""What a control does with an engine, without its store: deal shards out, and try again whom a lost worker had."""

import asyncio
import json
import os
import re
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from pyinfra_wsl.rollout import members
from pyinfra_wsl.rollout.cluster.early import Early
from pyinfra_wsl.rollout.cluster.engine import ClusterEngine
from pyinfra_wsl.rollout.local import SHARDS, LocalEngine
from pyinfra_wsl.rollout.model import Begun, Ended, LostError, Shard

AGAIN = 1.0  # seconds until somebody is tried again
OFFLINE = 4  # times that one is who does not answer, or answers no more: they may just restart


@dataclass
class Found:
    """What came of all: documents by host, how often each was tried, what was said of lost shards, and processor time.

    That is of reading the inventory, of what control and each worker loaded beside it, of control before the first shard but for
    that, and of each worker.
    """

    documents: dict = field(default_factory=dict)
    tries: Counter = field(default_factory=Counter)
    locked: Counter = field(default_factory=Counter)
    offline: Counter = field(default_factory=Counter)
    twice: list = field(default_factory=list)
    lost: list = field(default_factory=list)
    killed: list = field(default_factory=list)
    reading: float = 0.0
    loading: float = 0.0
    early: list = field(default_factory=list)
    before: float = 0.0
    busy: list = field(default_factory=list)
    seconds: float = 0.0


class Control:
    """A loop over an engine.

    Args:
        engine: entered.
        hosts: members of a rollout.
        size: of a shard.
        kill: after so many documents whoever told of the last is killed, and whether all that it has started is, too.
        found: what is known already.

    """

    def __init__(self, engine, hosts, size, kill=(), found=None):
        self.engine, self.size, self.found = engine, size, found or Found()
        self.due, self.later, self.kill = list(hosts), [], sorted(kill)
        self._numbers = iter(range(10**6))

    async def run(self):
        begun, tasks = time.monotonic(), set()
        while self.due or self.later or tasks:
            now = time.monotonic()
            self.due += [one for when, one in self.later if when <= now]
            self.later = [(when, one) for when, one in self.later if when > now]
            while self.due and self.engine.free > 0:
                taken, self.due = self.due[: self.size], self.due[self.size :]
                tasks.add(asyncio.create_task(self._shard(taken)))
                await asyncio.sleep(0)  # for the engine to count it
            if tasks:
                done, tasks = await asyncio.wait(tasks, timeout=0.1, return_when=asyncio.FIRST_COMPLETED)
                for one in done:
                    one.result()
            else:
                await asyncio.sleep(0.05)
        self.found.seconds = time.monotonic() - begun
        return self.found

    async def _shard(self, hosts):
        left = {one.name: one for one in hosts}
        self.found.tries.update(list(left))
        try:
            async for event in self.engine.work(Shard(f"s{next(self._numbers)}", hosts)):
                if isinstance(event, Begun):
                    worker = event.worker
                if isinstance(event, Ended):
                    self._ended(left.pop(event.host), event.document)
                    self._kill(worker)
        except LostError as error:
            self.found.lost.append(str(error))
        for one in left.values():
            self.later.append((time.monotonic() + AGAIN, one))

    def _ended(self, host, document):
        codes = {one["code"] for one in document["failures"]}
        locked, away = "locked" in codes, document["outcome"] == "offline" or "connection" in codes
        offline = away and self.found.offline[host.name] < OFFLINE
        if locked or offline:
            self.found.locked[host.name] += locked
            self.found.offline[host.name] += offline
            self.later.append((time.monotonic() + AGAIN, host))
            return
        if host.name in self.found.documents:
            self.found.twice.append(host.name)
        self.found.documents[host.name] = document

    def _kill(self, worker):
        if self.kill and len(self.found.documents) >= self.kill[0][0]:
            self.found.killed.append(end(int(re.search(r"process (\d+)", worker)[1]), whole=self.kill.pop(0)[1]))


def end(process, *, whole):
    """Kill a worker's process; with `whole` all that it started, as where its machine loses its power. Return how many ended."""
    one = psutil.Process(process)
    all_of_it = [one, *(one.children(recursive=True) if whole else ())]
    for each in all_of_it:
        with suppress(ProcessLookupError):  # it has ended since, or with the one before
            os.kill(each.pid, signal.SIGKILL)
    return len(all_of_it)


def spent(processes):
    """Return the processor time of each of these so far, with all that it has started."""
    found = []
    for one in map(psutil.Process, processes):
        found.append(sum(sum(each.cpu_times()[:4]) for each in (one, *one.children(recursive=True))))
    return found


def engine(workers, spool, early):
    """Return an engine as the command has it: without workers the one of one process."""
    return ClusterEngine(workers, spool=spool, early=early) if workers else LocalEngine(SHARDS, spool)


def load(path, workers, early):
    """Return who is in an inventory, with the processor time of reading it, of what we did meanwhile, and of what workers did."""
    own, others = sum(os.times()[:2]), sum(os.times()[2:4])
    loading = []

    def meanwhile():
        if workers:
            early.start()
        loading.append(sum(os.times()[:2]) - own)

    hosts = members.load(path, meanwhile).members
    return hosts, {"reading": sum(os.times()[2:4]) - others, "loading": loading[0], "early": spent(early.processes)}


async def rollout(path, workers, size, kill=()):
    """Carry all of an inventory out once."""
    with Early(workers) as early:
        hosts, times = load(path, workers, early)
        async with engine(workers, Path("results/rollout.spool"), early) as made:
            found = Found(before=sum(os.times()[:2]) - times["loading"], **times)
            found = await Control(made, hosts, size, kill, found).run()
            found.busy = spent(one.pid for one in made.local.processes.values()) if workers else []
            return found


if __name__ == "__main__":
    ABOUT = json.loads(sys.argv[1])
    DONE = asyncio.run(rollout("inventory/lab.py", ABOUT["workers"], ABOUT["shard"], ABOUT.get("kill", ())))
    Path(ABOUT["told"]).write_text(json.dumps(vars(DONE)))
