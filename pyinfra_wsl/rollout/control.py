"""Who carries a rollout out: a loop that asks what is next, gives laptops to workers, and notes what becomes of them."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from pyinfra_wsl.rollout import gate, schedule
from pyinfra_wsl.rollout.database import StoreError
from pyinfra_wsl.rollout.ledger import Ledger
from pyinfra_wsl.rollout.model import Engine, EngineError, Event, LostError, Member, Shard, Snapshot
from pyinfra_wsl.rollout.schedule import Next
from pyinfra_wsl.rollout.watch.happened import Happened

FAILED, WAITS, INTERRUPTED = 1, 3, 130
_TICK = 1.0  # seconds: so often wishes and the clock are looked at
_GATHER = 0.02  # seconds in which what workers tell is noted together
_SHARE = 3  # so many times as long as it takes to decide what is next: of 100,000 laptops that is no moment


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
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _gather: float = _GATHER
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _closing: asyncio.Task[None] | None = None
    _entered: bool = False
    _stopped: bool = False
    _broken: EngineError | StoreError | None = None
    _hurry: asyncio.Event = field(default_factory=asyncio.Event)
    _events: list[Happened] = field(default_factory=list)

    async def run(self, left: Iterable[tuple[str, Event]] = ()) -> int:
        """Carry the rollout out until it ends, or cannot go on; return the exit code.

        Args:
            left: what workers of an earlier control have left, with the shard of which each is.

        Raises:
            StoreError: the state cannot be written; those at work have come to their end.
            EngineError: nobody can work any more.

        """
        with _signals(self._ask_to_stop):
            self.ledger.look_at_clock()
            self.ledger.take_over(self.order.holder, left)
            try:
                code = await self._turns()
            finally:
                await self._wind_up()
            if self._broken is not None:
                raise self._broken
            self._show()
            if not self.hurried:
                await self.watch.finish()
        return code

    @property
    def hurried(self) -> bool:
        """Whether a person has asked twice to stop: nobody was waited for."""
        return self._hurry.is_set()

    def _ask_to_stop(self) -> None:
        if self._stopped:
            self._hurry.set()
        self._stopped = True
        self._woken.set()

    def _say_stopped(self) -> None:
        if self._stopped and self._tasks:
            text = "asked to stop: begins nobody any more, and waits for those at work; once more, and it waits for nobody"
            self.ledger.store.event("note", text, self.ledger.clock.now())
            self._show()

    # one turn after the other

    async def _turns(self) -> int:
        while True:
            self.ledger.store.look_for()
            self.ledger.look_at_clock()
            self.ledger.wishes()
            if self._stopped or self._broken is not None:
                self._say_stopped()
                return INTERRUPTED if self._stopped else FAILED
            step = await self._next()
            self._show()
            if (code := self._ended(step)) is not None:
                return code
            await self._heard(step)

    async def _next(self) -> Next:
        """Do all that is to be done now; return what is left, which waits."""
        begun = time.monotonic()
        while True:
            found = self.ledger.snapshot()
            if found.stage != "running":
                return Next()
            free = max(self.engine.free, 0) if self._entered else 1
            step = schedule.next(found, self.ledger.clock.now(), self.order.here, free, self.order.until)
            if step.stage == "paused":  # nobody has asked for that: who calls it without a last ring goes on
                step = replace(step, stage=None)
            if self.ledger.do(step):
                continue
            if not step.deal or self._stopped or self._broken is not None:
                self._gather = min(max(_GATHER, _SHARE * (time.monotonic() - begun)), _TICK)
                return step
            if not self._entered:
                await self._enter()
                continue
            for names in step.deal:
                self._give(names)
            await asyncio.sleep(0)  # each has taken its place then

    async def _enter(self) -> None:
        """Let workers begin, which may take long; a person who wants to stop does not wait for that."""
        entering = asyncio.ensure_future(self.engine.__aenter__())
        while not entering.done() and not self._stopped:
            await asyncio.wait([entering], timeout=_TICK)
        if not entering.done():
            entering.cancel()
            await asyncio.wait([entering], timeout=_TICK)
            return
        entering.result()
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
        """Hear what becomes of a shard; its worker forgets each word when the next is asked for, so it is noted before."""
        why, told = "", self.engine.work(shard)
        try:
            async for event in told:
                self.ledger.settle([(shard.name, event)])
                self._woken.set()
        except LostError as error:
            why = str(error) or "its worker was lost"
        except EngineError as error:
            why, self._broken = "nobody can work any more", error
        except StoreError as error:
            self._broken = error
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may stay at work for ever
            why = f"what a worker told cannot be used ({type(error).__name__})"
            self._broken = EngineError(f"{why}. Next: call it again, which goes on where it was")
        finally:
            if isinstance(told, AsyncGenerator):  # its worker begins no further laptop then
                await told.aclose()
        self._over(shard, why)

    def _over(self, shard: Shard, why: str) -> None:
        try:
            self.ledger.done(shard.name, why, stopped=self._closing is not None or self._broken is not None)
        except StoreError as error:
            self._broken = self._broken or error
        self._woken.set()

    # what is told

    async def _heard(self, step: Next) -> None:
        """Wait until something is told, or is to be done, and note it."""
        now, rest = self.ledger.clock.now(), timedelta(seconds=_TICK)
        if step.wake is not None:
            rest = min(rest, max(step.wake - now, timedelta(seconds=_GATHER)))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), rest.total_seconds())
            if not self._stopped:
                await asyncio.sleep(self._gather)
        self._woken.clear()

    def _show(self) -> None:
        self._events += self.ledger.store.events(len(self._events))
        self.watch.look(self.ledger.snapshot(), self._events)

    # the end

    def _ended(self, step: Next) -> int | None:
        """Return the exit code where nothing is left to do here; None where it goes on."""
        if self._tasks:
            return None
        found, until = self.ledger.snapshot(), self.order.until
        if found.stage in ("aborted", "stuck"):
            return FAILED
        if found.stage == "ended":
            return self._code(found, None)
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
        self._closing = asyncio.create_task(self.engine.__aexit__(None, None, None))
        hurry = asyncio.create_task(self._hurry.wait())
        while not self._hurry.is_set() and not (self._closing.done() and not self._tasks):
            waited = [hurry, *self._tasks, *([] if self._closing.done() else [self._closing])]
            await asyncio.wait(waited, timeout=_TICK, return_when=asyncio.FIRST_COMPLETED)
            if self._broken is None:
                self._show()
        hurry.cancel()
        if not self._hurry.is_set():
            self._closing.result()


class _signals:  # noqa: N801 - it reads as what it does
    """Let Ctrl-C, SIGTERM and a terminal that is closed call something within the block."""

    def __init__(self, ask: Callable[[], None]) -> None:
        meant = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        self._ask, self._told = ask, [one for one in meant if signal.getsignal(one) is not signal.SIG_IGN]  # as nohup has it

    def __enter__(self) -> None:
        for one in self._told:
            asyncio.get_running_loop().add_signal_handler(one, self._ask)

    def __exit__(self, *_error: object) -> None:
        for one in self._told:
            asyncio.get_running_loop().remove_signal_handler(one)
