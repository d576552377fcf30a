"""Which workers there are, and how many shards each of them can take."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.rollout.cluster import worker
from pyinfra_wsl.rollout.cluster.link import Link
from pyinfra_wsl.rollout.cluster.local import LocalWorkers
from pyinfra_wsl.rollout.cluster.versions import differing
from pyinfra_wsl.rollout.model import EngineError, LostError

_LOOK = 1.0  # seconds between two looks
_FIRST = 60.0  # seconds until the first worker of a cluster must have come
_STARTED = 300.0  # and of this machine, where they are told of at once that end instead
_NOBODY = 120.0  # seconds for which there may be none later
_USELESS = 60.0  # seconds after which one that could not be used is asked again


@dataclass(eq=False)
class Hand:
    """A worker: a process that carries shards out.

    Args:
        address: the scheduler's name for it.
        name: as it is shown to people.
        slots: how many shards at once.
        desk: of ours in it, for calls.
        key: to which shards are sealed.
        process: its number, on its machine.
        at_work: how many it has.
        running: whether the scheduler would give it work.
        gone: why it is lost, once it is.

    """

    address: str
    name: str
    slots: int
    desk: str
    key: bytes
    process: int = 0
    at_work: int = 0
    running: bool = True
    gone: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def free(self) -> int:
        """How many shards it can be given."""
        return max(0, self.slots - self.at_work) if self.running and not self.gone.done() else 0

    def lose(self, why: str) -> None:
        """Say that it is lost."""
        if not self.gone.done():
            self.gone.set_result(why)


class Crew:
    """The workers of a scheduler.

    Args:
        link: to it.
        greeting: what each is told of us: our name, what makes its engine, and the folder of answers.
        local: those of this machine, where it is they.

    """

    def __init__(self, link: Link, greeting: tuple[str, str, str], local: LocalWorkers | None) -> None:
        """Begin without knowing any."""
        self._link, self._local = link, local
        self._control, self._maker, self._spool = greeting
        self._hands: dict[str, Hand] = {}
        self._useless: dict[str, tuple[float, str]] = {}
        self._greeted: dict[str, asyncio.Task[None]] = {}
        self._clock = asyncio.get_running_loop().time

    @property
    def hands(self) -> list[Hand]:
        """Those that are not lost."""
        return [one for one in self._hands.values() if not one.gone.done()]

    def useless(self, hand: Hand, why: str) -> None:
        """Give a worker nothing for a while, since it cannot carry out anything."""
        self._useless[hand.address] = self._clock(), why
        hand.lose(why)

    async def first(self) -> None:
        """Wait for a worker; raises `EngineError` where none comes, or none can be used."""
        end = self._clock() + (_STARTED if self._local else _FIRST)
        while True:
            with contextlib.suppress(OSError):
                await self.look()
            if self.hands:
                return
            failed = self._local.failed if self._local else ""
            if failed or (self._useless and not self._greeted) or self._clock() > end:
                raise EngineError(failed or self._nobody())
            await asyncio.sleep(0.1)

    async def watch(self) -> None:
        """Look again and again, until nobody can work any more."""
        seen = self._clock()
        while not self._link.broken.done():
            await asyncio.sleep(_LOOK)
            try:
                await self.look()
            except OSError:
                with contextlib.suppress(EngineError):
                    await self._link.hold()
            if self._local is None:
                self._link.mark({one.address for one in self.hands if one.at_work})
            seen = self._clock() if self.hands else seen
            self._hold_out(self._clock() - seen)

    def _hold_out(self, alone: float) -> None:
        failed = self._local.failed if self._local else ""
        if failed and not self.hands:
            self._link.end(failed)
        elif alone > (_LOOK if self._useless else _NOBODY):
            self._link.end(self._nobody())

    def _nobody(self) -> str:
        if self._useless:
            return "; ".join(dict.fromkeys(why for _, why in self._useless.values()))
        if self._local:
            return "no worker of this machine has begun. Next: look whether memory or processes are short"
        remedy = f"dask worker {self._link.where} --tls-ca-file CA --tls-cert CERT --tls-key KEY"
        return f"no worker is at {self._link.where}. Next: start some there: {remedy}"

    async def look(self) -> None:
        """Begin to greet workers that have come, and let go of those that are gone; raises `OSError`."""
        found = await self._link.workers()
        running = {address for address, one in found.items() if one.get("status") == "running"}
        for address, hand in list(self._hands.items()):
            hand.running = address in running
            if address not in found or hand.gone.done():
                hand.lose(f"{hand.name} is no longer among the workers of {self._link.where}")
                del self._hands[address]
        now = self._clock()
        self._useless = {
            one: (since, why) for one, (since, why) in self._useless.items() if one in found and now - since < _USELESS
        }
        for address in running - self._hands.keys() - self._useless.keys() - self._greeted.keys():
            self._greeted[address] = asyncio.create_task(self._greet(address, found[address]))

    async def end(self) -> None:
        """Greet nobody any more."""
        for task in self._greeted.values():
            task.cancel()
        await asyncio.gather(*self._greeted.values(), return_exceptions=True)

    async def _greet(self, address: str, one: dict[str, Any]) -> None:
        try:
            await self._greet_once(address, one)
        except OSError:  # of the scheduler, which the next look tells
            pass
        finally:
            del self._greeted[address]

    async def _greet_once(self, address: str, one: dict[str, Any]) -> None:
        slots = int(one["nthreads"])
        try:
            hello = await self._link.call(address, worker.greet, self._control, self._maker, slots, self._spool)
        except LostError as error:
            self._useless[address] = self._clock(), f"the worker {escape(address)} cannot be used: {error}"
            return
        name = escape(f"{one['name']} ({hello['machine']}, process {hello['process']})")
        if wrong := differing(hello["installed"]):
            self._useless[address] = self._clock(), f"the worker {name} cannot be used: {wrong}"
            return
        self._hands[address] = Hand(address, name, slots, str(hello["desk"]), bytes(hello["key"]), int(hello["process"]))
