"""What control calls in a worker's process, on its event loop, beside whatever else that worker does.

Each control has a desk here, with a key to which it seals its shards, and a runner of this machine that carries them out. What
comes of a shard stays at the desk until control has asked for what follows it, so that an answer that is lost on its way is given
again. A control that asks for nothing any more is gone: its runner is then ended, and begins no further laptop.

None of this is a task of distributed: a task is carried out again where its worker is lost, whether the worker's laptops are or
not, and its arguments are kept by the scheduler. A call is carried by it, and done once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from pyinfra_wsl.rollout import wire
from pyinfra_wsl.rollout.cluster.sealing import LONGEST, Letters, Reader, SealError
from pyinfra_wsl.rollout.cluster.versions import installed
from pyinfra_wsl.rollout.model import EngineError, LostError
from pyinfra_wsl.rollout.wire import Answer

GONE = 60.0
"""Seconds without a call after which a control is taken for gone."""

_AT_ONCE = 64  # letters in one answer
_LETTER = 1 << 20  # bytes of a letter to which no more is put
_TOGETHER = 1.0  # seconds that are waited for more, once there is something to tell: each answer costs what some laptops do

Told = dict[str, Any]


class Carrier(Protocol):
    """Who carries shards out on a worker's machine, as `local.Runner` does."""

    async def start(self) -> None:
        """Begin; raises `EngineError`."""

    async def end(self) -> None:
        """End, after the laptops that are being changed have come to an end."""

    def told(self, name: str, request: bytes) -> AsyncIterator[Answer]:
        """Carry a shard out, and tell of it; raises `LostError` and `EngineError`."""

    def heard(self, told: Answer) -> None:
        """Let go of what was told, since control has taken it down."""


class _Work:
    """One shard at work, and what of it control does not have yet."""

    def __init__(self, carrier: Carrier, name: str, request: bytes, key: bytes) -> None:
        self._carrier, self._letters = carrier, Letters(key)
        self._told: deque[Answer] = deque()
        self._left: dict[int, tuple[bytes, list[Answer]]] = {}
        self._last, self._news, self.end = 0, asyncio.Event(), Told()
        self.task = asyncio.create_task(self._carry_out(name, request))

    async def _carry_out(self, name: str, request: bytes) -> None:
        try:
            async for told in self._carrier.told(name, request):
                if len(told.line) <= LONGEST:  # else control would open none, and lose the shard: it loses this laptop
                    self._told.append(told)
                    self._news.set()
            self.end = {"ended": True}
        except (LostError, EngineError) as error:
            self.end = {"lost": str(error), "useless": isinstance(error, EngineError)}
        finally:
            self.end = self.end or {"lost": "the work on it broke off"}
            self._news.set()

    def _seal(self) -> None:
        """Put what was told into letters. Each is sealed once: its number stands for one text, however often it is asked for."""
        while self._told:
            together = [self._told.popleft()]
            size = len(together[0].line)
            while self._told and size < _LETTER and size + len(self._told[0].line) <= LONGEST:
                together.append(self._told.popleft())
                size += len(together[-1].line)
            self._last += 1
            self._left[self._last] = self._letters.seal(self._last, b"".join(one.line for one in together)), together

    async def more(self, after: int, seconds: float) -> Told:
        """Return letters behind a number, as soon as there are some; and the end, once nothing else is left."""
        for number in [number for number in self._left if number <= after]:
            for told in self._left.pop(number)[1]:
                self._carrier.heard(told)
        if not self._left and not self._told and not self.end:
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), seconds)
                await asyncio.wait({self.task}, timeout=min(_TOGETHER, seconds))
        self._seal()
        letters = [self._left[number][0] for number in sorted(self._left)[:_AT_ONCE]]
        return {"letters": letters, **(self.end if len(letters) == len(self._left) else {})}


class _Desk:
    """What one control has in this process."""

    def __init__(self, maker: str, at_once: int, spool: str) -> None:
        self.token, self.reader = secrets.token_hex(8), Reader()
        self._maker, self._at_once = maker, at_once
        self._own = None if spool else TemporaryDirectory(prefix="pyinfra-wsl-rollout-")
        self._spool = Path(self._own.name if self._own else spool)
        self._carrier: Carrier | None = None
        self._opening, self._ending = asyncio.Lock(), asyncio.Lock()
        self.works: dict[str, _Work] = {}
        self.closed = False
        self.heard = time.monotonic()
        self.watch: asyncio.Task[None] | None = None
        self.leaving: asyncio.Task[None] | None = None

    async def carrier(self) -> Carrier:
        """Return who carries out, started at the first shard; raises `EngineError`."""
        async with self._opening:
            if self._carrier is None:
                module, _, name = self._maker.partition(":")
                made: Carrier = getattr(import_module(module), name)(self._spool, self._at_once)
                await made.start()
                self._carrier = made
            return self._carrier

    def give_up(self) -> None:
        """Begin no further laptop of the shards that are at work, and forget them."""
        for one in self.works.values():
            one.task.cancel()
        self.works.clear()

    async def close(self) -> None:
        """End it: laptops that are being changed come to their end, no other is begun."""
        async with self._ending:
            carrier, self._carrier = self._carrier, None
            if carrier is not None:
                await carrier.end()
            self.closed = True
            if self._own and not self.works:
                self._own.cleanup()


_DESKS: dict[str, _Desk] = {}


async def greet(control: str, maker: str, at_once: int, spool: str = "") -> Told:
    """Make a desk for a control, or say again which there is; one that greets has given up what was at work before.

    Args:
        control: its own name, different for each.
        maker: what makes a `Carrier`, as ``module:callable`` that takes its spool folder, and how many shards at once.
        at_once: how many shards may be at work here.
        spool: that folder, where control can read it too; one for temporary files without it.

    Returns:
        what is installed here, and to which key shards are sealed.

    """
    if control not in _DESKS:
        desk = _DESKS[control] = _Desk(maker, at_once, spool)
        desk.watch = asyncio.create_task(_watch(control))
    desk = _DESKS[control]
    desk.heard = time.monotonic()
    desk.give_up()
    return {
        "installed": installed(),
        "machine": platform.node(),
        "process": os.getpid(),
        "desk": desk.token,
        "key": desk.reader.public,
    }


async def begin(control: str, desk: str, name: str, sealed: bytes) -> Told:
    """Begin a shard that was sealed to the desk's key, unless control has left.

    Args:
        control: whose desk.
        desk: its token as it was told; of another process nothing is begun.
        name: the shard's, to be asked for by it. The same one again begins nothing.
        sealed: the shard, and the key for what is told of it.

    """
    found = _known(control, desk)
    if found is None or found.closed:
        return _UNKNOWN
    if name in found.works:
        return {}
    try:
        text = wire.read(found.reader.open(sealed, name))
        carrier = await found.carrier()
        if name not in found.works:
            found.works[name] = _Work(carrier, name, text["request"].encode(), bytes.fromhex(text["key"]))
    except (SealError, wire.WireError) as error:
        return {"lost": str(error)}
    except (EngineError, ImportError, AttributeError, OSError) as error:
        return {"lost": str(error), "useless": True}
    return {}


async def more(control: str, desk: str, name: str, after: int, seconds: float) -> Told:
    """Return what became of a shard since, or wait for it.

    Args:
        control: whose desk.
        desk: its token.
        name: the shard's.
        after: the number of the last letter that control has; it and those before are forgotten.
        seconds: how long to wait at most.

    """
    found = _known(control, desk)
    work = found.works.get(name) if found else None
    if found is None or work is None:
        return _UNKNOWN
    told = await work.more(after, seconds)
    if not told["letters"] and work.end:
        found.works.pop(name, None)
    return told


_UNKNOWN: Told = {"lost": "it began anew meanwhile, and knows nothing of the shard", "unknown": True}


def _known(control: str, desk: str) -> _Desk | None:
    found = _DESKS.get(control)
    if found is None or found.token != desk:
        return None
    found.heard = time.monotonic()
    return found


async def leave(control: str, seconds: float) -> bool:
    """End what a control has here; what came of its shards is there to be asked for until it is gone.

    Args:
        control: which one.
        seconds: how long to wait for it.

    Returns:
        whether it has ended.

    """
    desk = _DESKS.get(control)
    if desk is None:
        return True
    desk.heard = time.monotonic()
    desk.leaving = desk.leaving or asyncio.create_task(desk.close())
    await asyncio.wait({desk.leaving}, timeout=seconds)
    return desk.closed


async def leave_all() -> None:
    """End what all controls have here, as this process ends."""
    await asyncio.gather(*(_close(control) for control in list(_DESKS)))


async def _close(control: str) -> None:
    desk = _DESKS.get(control)
    if desk is not None:
        await desk.close()
        _DESKS.pop(control, None)


async def _watch(control: str) -> None:
    """End a desk whose control is gone."""
    desk = _DESKS[control]
    while control in _DESKS and (left := desk.heard + GONE - time.monotonic()) > 0:
        await asyncio.sleep(left)
    await _close(control)
