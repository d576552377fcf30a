"""Who carries a rollout out: a loop that asks what is next, gives laptops to workers, and notes what becomes of them."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from pyinfra_wsl.rollout import gate, schedule
from pyinfra_wsl.rollout.ledger import Ledger
from pyinfra_wsl.rollout.model import Engine, EngineError, Event, LostError, Member, Shard, Snapshot
from pyinfra_wsl.rollout.schedule import Next
from pyinfra_wsl.rollout.store import Happened

FAILED, WAITS, INTERRUPTED = 1, 3, 130
_TICK = 1.0  # seconds: so often wishes and the clock are looked at
_GATHER = 0.02  # seconds in which what workers tell is noted together


class Watch(Protocol):
    """Whoever is shown, or told, how a rollout stands."""

    def look(self, snapshot: Snapshot, events: Sequence[Happened]) -> None:
        """Is called about each second, and whenever something has happened."""

    async def finish(self) -> None:
        """Is called before the control ends."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a control is to do.

    Args:
        members: the hosts by name, as workers need them.
        deploy: deploy files to call, by whole paths.
        here: the time zone of laptops that declare none.
        until: number of the last ring that is opened; None for all.
        once: whether it ends as soon as all that is left waits.
        holder: who runs it.

    """

    members: Mapping[str, Member]
    deploy: tuple[str, ...]
    here: ZoneInfo
    until: int | None = None
    once: bool = False
    holder: str = ""


@dataclass(frozen=True, slots=True)
class _End:
    """A worker has come to the end of a shard: `why` where it did not by itself, `broken` where nobody can work any more."""

    why: str = ""
    broken: str = ""


@dataclass
class Control:
    """A rollout under way. Its lock is held.

    Args:
        ledger: its state.
        engine: who works.
        order: what is to be done.
        watch: who is shown it.

    """

    ledger: Ledger
    engine: Engine
    order: Order
    watch: Watch
    _queue: asyncio.Queue[tuple[str, Event | _End]] = field(default_factory=asyncio.Queue)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _closing: asyncio.Task[None] | None = None
    _entered: bool = False
    _stopped: bool = False
    _broken: str = ""
    _hurry: asyncio.Event = field(default_factory=asyncio.Event)
    _events: list[Happened] = field(default_factory=list)

    async def run(self, left: Iterable[tuple[str, Event]] = ()) -> int:
        """Carry the rollout out until it ends, or cannot go on; return the exit code.

        Args:
            left: what workers of an earlier control have left.

        Raises:
            StoreError: the state cannot be written; those at work have come to their end.
            EngineError: nobody can work any more.

        """
        with _signals(self._ask_to_stop):
            self.ledger.look_at_clock()
            self.ledger.take_over(self.order.holder, left)
            try:
                code = await self._turns()
            except BaseException:
                await self._wind_up()
                raise
            await self._wind_up()
            self._show()
            with suppress(asyncio.CancelledError):
                await self.watch.finish()
        if self._broken:
            raise EngineError(self._broken)
        return code

    @property
    def hurried(self) -> bool:
        """Whether a person has asked twice to stop: nobody was waited for."""
        return self._hurry.is_set()

    def _ask_to_stop(self) -> None:
        if self._stopped:
            self._hurry.set()
        self._stopped = True
        self._queue.put_nowait(("", _End()))  # so that it is noticed at once

    # one turn after the other

    async def _turns(self) -> int:
        while True:
            self.ledger.look_at_clock()
            self.ledger.wishes()
            if self._stopped or self._broken:
                return INTERRUPTED if self._stopped else FAILED
            step = await self._next()
            self._show()
            if (code := self._ended(step)) is not None:
                return code
            await self._heard(step)

    async def _next(self) -> Next:
        """Do all that is to be done now; return what is left, which waits."""
        while True:
            found = self.ledger.snapshot()
            if found.stage != "running":
                return Next()
            free = max(self.engine.free, 0) if self._entered else 1
            step = schedule.next(found, self.ledger.clock.now(), self.order.here, free, self.order.until)
            if self.ledger.do(step):
                continue
            if not step.deal or self._stopped:
                return step
            if not self._entered:
                await self._enter()
                continue
            for names in step.deal:
                self._give(names)
            await asyncio.sleep(0)  # each has taken its place then

    async def _enter(self) -> None:
        await self.engine.__aenter__()
        self._entered = True

    def _give(self, names: Sequence[str]) -> None:
        with self.ledger.store.change():
            name = self.ledger.store.dealt(names, self.ledger.clock.now())
            rings = self.ledger.store.rings
            verify = any(rings[one.ring].ring.gate.verify for one in self.ledger.store.of_shard(name))
        shard = Shard(name, [self.order.members[one] for one in names], self.order.deploy, verify)
        task = asyncio.create_task(self._carry(shard))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, shard: Shard) -> None:
        end = _End()
        try:
            async for event in self.engine.work(shard):
                self._queue.put_nowait((shard.name, event))
        except LostError as error:
            end = _End(str(error) or "its worker was lost")
        except EngineError as error:
            end = _End("nobody can work any more", str(error))
        self._queue.put_nowait((shard.name, end))

    # what is told

    async def _heard(self, step: Next) -> None:
        """Wait until something is told, or is to be done, and note it."""
        now, rest = self.ledger.clock.now(), timedelta(seconds=_TICK)
        if step.wake is not None:
            rest = min(rest, max(step.wake - now, timedelta(seconds=_GATHER)))
        with suppress(TimeoutError):
            first = await asyncio.wait_for(self._queue.get(), rest.total_seconds())
            self._queue.put_nowait(first)  # order among shards does not matter, and within one nothing follows its end
            await asyncio.sleep(_GATHER)
        self._settle()

    def _settle(self) -> None:
        with self.ledger.store.change():
            while not self._queue.empty():
                shard, told = self._queue.get_nowait()
                if not isinstance(told, _End):
                    self.ledger.settle([(shard, told)])
                elif shard:
                    self._broken = self._broken or told.broken
                    self.ledger.done(shard, told.why, stopped=self._closing is not None)

    def _show(self) -> None:
        self._events += self.ledger.store.events(len(self._events))
        self.watch.look(self.ledger.snapshot(), self._events)

    # the end

    def _ended(self, step: Next) -> int | None:
        """Return the exit code where nothing is left to do here; None where it goes on."""
        if self._tasks or not self._queue.empty():
            return None
        found, until = self.ledger.snapshot(), self.order.until
        if found.stage in ("aborted", "stuck"):
            return FAILED
        if found.stage == "ended":
            return self._code(found, None) or 0
        if until is not None and found.rings[until].passed is not None:
            return self._code(found, until)
        return WAITS if self.order.once and not step.deal else None

    @staticmethod
    def _code(found: Snapshot, until: int | None) -> int:
        meant = [one for one in found.laptops.values() if until is None or one.ring <= until]
        if all(gate.is_good(found.rings[one.ring].ring.gate, one) for one in meant):
            return 0
        return FAILED if all(gate.is_final(one) for one in meant) or until is None else WAITS

    async def _wind_up(self) -> None:
        """Let those at work come to their end, and note it; where a person is in a hurry, wait for nobody."""
        if not self._entered:
            return
        self._closing = asyncio.create_task(self._close())
        hurry = asyncio.create_task(self._hurry.wait())
        try:
            while not self._hurry.is_set() and not (self._closing.done() and not self._tasks):
                await asyncio.wait([self._closing, hurry, *self._tasks], timeout=_TICK, return_when=asyncio.FIRST_COMPLETED)
                if self._closing.done():
                    await asyncio.wait([hurry, *self._tasks], timeout=_TICK, return_when=asyncio.FIRST_COMPLETED)
                self._settle()
                self._show()
            self._settle()
        finally:
            hurry.cancel()

    async def _close(self) -> None:
        await self.engine.__aexit__(None, None, None)


class _signals:  # noqa: N801 - it reads as what it does
    """Let Ctrl-C and SIGTERM call something within the block."""

    def __init__(self, ask: Callable[[], None]) -> None:
        self._ask, self._told = ask, (signal.SIGINT, signal.SIGTERM)

    def __enter__(self) -> None:
        for one in self._told:
            asyncio.get_running_loop().add_signal_handler(one, self._ask)

    def __exit__(self, *_error: object) -> None:
        for one in self._told:
            asyncio.get_running_loop().remove_signal_handler(one)
