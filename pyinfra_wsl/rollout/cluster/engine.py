"""Shards carried out by workers of dask distributed: processes on this machine, or those of a cluster's scheduler.

distributed finds the workers, holds the connections to them under TLS, says who is gone, and carries calls (worker.py).
What of it is a task stays unused: see there.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from pyinfra_wsl.rollout import wire
from pyinfra_wsl.rollout.cluster import reach, worker
from pyinfra_wsl.rollout.cluster.crew import Crew, Hand
from pyinfra_wsl.rollout.cluster.early import Early, load
from pyinfra_wsl.rollout.cluster.link import POLL, Link
from pyinfra_wsl.rollout.cluster.local import LocalWorkers
from pyinfra_wsl.rollout.cluster.sealing import Letters, SealError, seal
from pyinfra_wsl.rollout.model import Begun, EngineError, Event, LostError, Shard

MAKER = "pyinfra_wsl.rollout.local:Runner"
"""What makes who carries out on a worker's machine."""

LOCAL = 2
"""Shards that a worker of this machine has at once: while laptops of one are waited for, those of the other go on.

It begins the second once the first has few laptops left, or mostly waits (`runner.serve.fits`). Two that began together took up
to a twentieth more processor time for each laptop than one after the other, in the same time on the clock; and with one alone a
laptop that hangs for minutes would keep its worker from all others.
"""

Told = worker.Told


class ClusterEngine:
    """An engine (`model.Engine`) on workers.

    Args:
        workers: so many processes of this machine.
        scheduler: or those of the scheduler at this address, ``tls://HOST:PORT``.
        files: certificates for that.
        spool: where workers of this machine leave what control did not take.
        at_once: shards that a worker of this machine carries out at once; one of a cluster has a slot for each of its threads.
        without: names of environment variables that workers of this machine do not need: those from which passwords are read.
        maker: what makes a `worker.Carrier` within a worker, as ``module:callable``.
        early: workers of this machine that were started already.

    """

    def __init__(
        self,
        workers: int = 0,
        *,
        scheduler: str = "",
        files: reach.Files | None = None,
        spool: Path | None = None,
        at_once: int = LOCAL,
        without: Collection[str] = (),
        maker: str = MAKER,
        early: Early | None = None,
    ) -> None:
        """Take what there shall be; nothing is reached yet."""
        self._where, self._files = scheduler, files
        self._greeting = secrets.token_hex(8), maker, str(spool.resolve()) if spool and workers else ""
        self._exit = AsyncExitStack()
        self._link: Link
        self._crew: Crew
        self.local = LocalWorkers(workers, at_once, without, early, runner=maker == MAKER) if workers else None
        """Those of this machine; None on a cluster."""

    @property
    def free(self) -> int:
        """How many shards may be given now; one where `work` would say that nobody can work any more."""
        return 1 if self._link.broken.done() else sum(one.free for one in self._crew.hands)

    async def __aenter__(self) -> ClusterEngine:
        """Reach the scheduler, and wait for the first worker; raises `EngineError`."""
        load()
        try:
            self._link = await self._exit.enter_async_context(await self._reach())
            self._crew = Crew(self._link, self._greeting, self.local)
            self._exit.push_async_callback(self._crew.end)
            await self._crew.first()
        except BaseException:
            await self._exit.aclose()
            raise
        self._exit.push_async_callback(_cancelled, asyncio.create_task(self._crew.watch()))
        return self

    async def __aexit__(self, *error: object) -> None:
        """End: laptops that are being changed come to their end, and whoever hears of their shards still hears of it.

        Where it is cancelled, they do so without being waited for.
        """
        try:
            if not self._link.broken.done():
                await asyncio.gather(*(self._leave(one) for one in self._crew.hands))
                await self._heard_out()
        except asyncio.CancelledError:
            if self.local:
                self.local.wait = False
            raise
        finally:
            await self._exit.aclose()

    async def work(self, shard: Shard) -> AsyncIterator[Event]:
        """Carry a shard out on the worker that has most to spare; as `model.Engine` has it."""
        if self._link.broken.done():
            raise EngineError(self._link.broken.result())
        hand = max(self._crew.hands, key=lambda one: one.free, default=None)
        if hand is None or not hand.free:
            raise LostError("no worker is free any more")
        hand.at_work += 1
        try:
            async for event in self._worked(hand, shard):
                yield event
        finally:
            hand.at_work -= 1

    async def _worked(self, hand: Hand, shard: Shard) -> AsyncIterator[Event]:
        letters = Letters()
        text = wire.line({"request": wire.request(shard).decode(), "key": letters.key.hex()})
        sealed = seal(text, hand.key, shard.name)
        self._held(hand, await self._call(hand, worker.begin, shard.name, sealed))
        yield Begun(hand.name)
        last, over = 0, False
        while True:
            told = await self._call(hand, worker.more, shard.name, last, POLL)
            if over and told.get("unknown"):  # it has said so already to the same question, whose answer was lost on its way
                return
            told = self._held(hand, told)
            over = "ended" in told
            for letter in told["letters"]:
                last += 1
                for event in _opened(hand, letters, last, letter):
                    if not isinstance(event, Begun):  # which says less than ours
                        yield event
            if told.get("ended") and not told["letters"]:  # what came before it was asked beyond, and so taken down
                return

    def _held(self, hand: Hand, told: Told) -> Told:
        """Return what a worker told, unless it is that it lost the shard."""
        if "lost" not in told or told.get("letters"):
            return told
        why = f"{hand.name}: {told['lost']}"
        if told.get("useless"):
            self._crew.useless(hand, why)
        if told.get("unknown"):
            hand.lose(why)
        raise LostError(why)

    async def _call(self, hand: Hand, function: Callable[..., Any], *arguments: object) -> Told:
        """Call a function at our desk in a worker; raises `LostError` once that is gone, `EngineError` once the scheduler is."""
        call = asyncio.ensure_future(self._link.insist(hand.address, function, self._greeting[0], hand.desk, *arguments))
        call.add_done_callback(_taken_note_of)
        try:
            await asyncio.wait({call, hand.gone, self._link.broken}, return_when=asyncio.FIRST_COMPLETED)
            if call.done():
                return dict(call.result())
        except LostError as error:
            hand.lose(f"{hand.name} is gone: {error}")
            self._end(hand)
        finally:
            call.cancel()
        if self._link.broken.done():
            raise EngineError(self._link.broken.result())
        raise LostError(hand.gone.result())

    async def _leave(self, hand: Hand) -> None:
        """Wait until our engine in a worker has ended, or the worker is no longer there."""
        try:
            while not await self._link.insist(hand.address, worker.leave, self._greeting[0], POLL):
                pass
        except LostError:
            self._end(hand)
        except EngineError:
            pass

    def _end(self, hand: Hand) -> None:
        """Have one of this machine that answers nothing any more be a new one: else it would be waited for at the end, too."""
        if self.local:
            self.local.end(hand.process)

    async def _heard_out(self) -> None:
        with contextlib.suppress(TimeoutError):  # of somebody who listens no more
            async with asyncio.timeout(POLL):
                while any(one.at_work for one in self._crew.hands):
                    await asyncio.sleep(0.05)

    async def _reach(self) -> Link:
        if self.local:
            where, security = await self._exit.enter_async_context(self.local)
            return Link(where, security)
        reach.address(self._where)
        if self._files is None:
            raise EngineError("a scheduler is reached by certificates. Next: give --tls-ca, --tls-cert and --tls-key")
        shown = reach.context(self._files)
        await reach.knock(self._where, shown)
        return Link(self._where, self._files.security(), lambda: reach.knock(self._where, shown))


def _opened(hand: Hand, letters: Letters, number: int, letter: bytes) -> Iterator[Event]:
    """Yield what a letter tells: one answer or more, a line each."""
    try:
        for line in letters.open(number, letter).splitlines():
            yield wire.event_of(wire.read(line))
    except (SealError, wire.WireError) as error:
        raise LostError(f"{hand.name} says what cannot be read: {error}") from None


def _taken_note_of(call: asyncio.Future[Any]) -> None:
    """Ask for what became of a call that nobody waits for any more: it may be lost in the moment it is cancelled."""
    if not call.cancelled():
        call.exception()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
