"""Who carries shards out in workers of which a test wants to see what comes of them, and no laptop."""

import asyncio
import os
from pathlib import Path

from pyinfra_wsl.rollout import wire
from pyinfra_wsl.rollout.model import Ended, EngineError, LostError, Member, Shard, Verified

MAKER = "rollout_engine:Carrier"


class Carrier:
    """Hosts end one after the other: after `seconds`, with `text` in their documents; the file `journal` is told of each."""

    def __init__(self, spool, at_once):
        self.spool, self.at_once, self.ending = spool, at_once, asyncio.Event()
        self.at_work = 0

    async def start(self):
        pass

    async def end(self):
        self.ending.set()
        while self.at_work:
            await asyncio.sleep(0.05)

    def heard(self, told):
        self.spool.mkdir(exist_ok=True)
        with (self.spool / "heard").open("a") as file:
            file.write(f"{told.head['host']}\n")

    async def told(self, name, request):
        shard = wire.shard_of(wire.read(request)["shard"])
        assert shard.name == name
        self.at_work += 1
        try:
            for one in shard.members:
                if self.ending.is_set():
                    raise LostError("the runner was ended")
                yield answer(await self.host(one))
                if shard.verify:
                    yield answer(Verified(one.name, True))
        finally:
            self.at_work -= 1

    async def host(self, one):
        note(one.data, f"{one.name} begun {os.getpid()}")
        if "useless" in one.data:
            raise EngineError(one.data["useless"])
        if "lost" in one.data:
            raise LostError(one.data["lost"])
        await asyncio.sleep(one.data.get("seconds", 0))
        note(one.data, f"{one.name} ended {os.getpid()}")
        document = {"host": one.name, "outcome": "converged", "text": one.data.get("text", "")}
        return Ended(one.name, document | {name: value for name, value in os.environ.items() if name.startswith("FLEET_")})


def answer(event):
    return wire.answer(wire.line(wire.event(event)))


def note(data, line):
    if "journal" in data:
        with Path(data["journal"]).open("a") as file:
            file.write(f"{line}\n")


def shard(name, count=1, **data):
    """Return a shard of hosts of which the data say what comes of them; the first has them alone where `count` is 1."""
    return Shard(name, [Member(f"{name}-{number}", dict(data)) for number in range(count)])


async def events(engine, one):
    """Return all that comes of a shard; an error is the last of it."""
    found = []
    try:
        async for event in engine.work(one):
            found.append(event)
    except (LostError, EngineError) as error:
        found.append(error)
    return found
