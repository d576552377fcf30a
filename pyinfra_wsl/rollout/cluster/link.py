"""The connection to a scheduler: calls that it carries to workers, and what is known where it no longer does."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.rollout.cluster.local import silence
from pyinfra_wsl.rollout.cluster.versions import other_scheduler
from pyinfra_wsl.rollout.model import EngineError, LostError

if TYPE_CHECKING:
    from distributed import Client
    from distributed.security import Security

POLL = 10.0
"""Seconds that a worker lets a call wait for news."""
PATIENCE = 20.0
"""Seconds beyond, after which one that says nothing is taken for lost."""

_CONNECT = 30.0  # seconds until a scheduler that was reached must have taken us
_AWAY = 5.0  # seconds for which it may be away later
_QUIET = {"distributed.client.scheduler-info-interval": "1h"}  # who is there, for which we ask ourselves
_NOT_THERE = "ModuleNotFoundError", "ImportError", "AttributeError"
"""A function travels as its module's name and its own; what is wrong with that comes back as text within another error."""
_BUSY = 20.0  # seconds for which a worker counts as busy with the scheduler, told again as long as it is


class Link:
    """A connection to a scheduler, entered and left as an asynchronous context.

    Args:
        where: its address.
        security: what opens it.
        knock: raises `EngineError` with the reason where it cannot be reached.

    """

    def __init__(self, where: str, security: Security, knock: Callable[[], Awaitable[None]] | None = None) -> None:
        """Take what is needed; nothing is reached yet."""
        import dask  # noqa: PLC0415
        from distributed import Client  # noqa: PLC0415

        silence()
        self.where, self._knock = where, knock
        with dask.config.set(_QUIET):
            self._client: Client = Client(
                where, security=security, asynchronous=True, set_as_default=False, timeout=_CONNECT, name="pyinfra-wsl-rollout"
            )
        self.broken: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Why nobody can work any more, once that is so."""
        self._marks: dict[str, tuple[float, object]] = {}

    async def __aenter__(self) -> Link:
        """Connect, and hold that the scheduler has versions with which ours can speak; raises `EngineError`."""
        try:
            with warnings.catch_warnings(action="ignore"):  # of versions, which are told here
                await self._client
            if wrong := other_scheduler((await self._scheduler.versions())["packages"]):
                raise EngineError(f"the scheduler {self.where} cannot be used: {wrong}")
        except (OSError, ValueError, ImportError, KeyError) as error:
            await self.__aexit__()
            raise EngineError(f"{self.where} does not take us: {said(error)}. Next: look into the scheduler's log") from None
        except EngineError:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Hang up."""
        self._marks.clear()
        await self._client.close(2)

    @property
    def _scheduler(self) -> Any:
        return cast(Any, self._client.scheduler)

    async def workers(self) -> dict[str, dict[str, Any]]:
        """Return what the scheduler tells of its workers, by their addresses; raises `OSError`."""
        async with asyncio.timeout(PATIENCE):
            found: dict[str, dict[str, Any]] = (await self._scheduler.identity(n_workers=-1))["workers"]
            return found

    async def call(self, address: str, function: Callable[..., Any], *arguments: object) -> Any:
        """Call a function in a worker once, and return what it does.

        Raises:
            LostError: the worker cannot be reached, says nothing, or does not have the function.
            OSError: that is true of the scheduler.

        """
        run = self._client.run(function, *arguments, workers=[address], on_error="return")
        try:
            found = (await asyncio.wait_for(run, POLL + PATIENCE))[address]
        except TimeoutError:
            raise LostError(f"nothing was heard for {POLL + PATIENCE:.0f} s") from None
        if isinstance(found, Exception) and any(word in repr(found) for word in _NOT_THERE):
            raise LostError("pyinfra-wsl is missing there, or of another version. Next: install there what is here")
        if isinstance(found, Exception):
            raise LostError(said(found))
        return found

    async def insist(self, address: str, function: Callable[..., Any], *arguments: object) -> Any:
        """Call a function that may be called twice, and again where the scheduler was away for a moment.

        Raises:
            LostError: as of `call`.
            EngineError: the scheduler is gone.

        """
        while not self.broken.done():
            try:
                return await self.call(address, function, *arguments)
            except OSError:
                await self.hold()
        raise EngineError(self.broken.result())

    async def hold(self) -> None:
        """Hold that the scheduler is there, or comes back in a moment; raises `EngineError`, and `broken` tells all others."""
        clock = asyncio.get_running_loop().time
        end = clock() + _AWAY
        while not self.broken.done():
            try:
                async with asyncio.timeout(_AWAY):
                    await self._scheduler.identity(n_workers=0)
                return
            except (OSError, AttributeError):  # which it is once the client has given up
                pass
            if clock() > end:
                await self._give_up()
            await asyncio.sleep(0.2)
        raise EngineError(self.broken.result())

    async def _give_up(self) -> None:
        why = f"{self.where} no longer answers. Next: look into its log"
        try:
            if self._knock:
                await self._knock()
        except EngineError as error:
            why = str(error)
        self.end(f"the scheduler is gone: {why}")

    def end(self, why: str) -> None:
        """Say that nobody can work any more."""
        if not self.broken.done():
            self.broken.set_result(why)

    def mark(self, addresses: set[str]) -> None:
        """Let workers count as busy, so that no cluster that sizes itself, or ends where it is idle, ends them at their work.

        What we call is no task. So those that have some of ours are given a task of sleeping beside it.
        """
        now = asyncio.get_running_loop().time()
        self._marks = {one: mark for one, mark in self._marks.items() if one in addresses}
        for one in addresses:
            if now - self._marks.get(one, (-_BUSY,))[0] > _BUSY / 2:
                task = self._client.submit(
                    asyncio.sleep, _BUSY, workers=[one], pure=False, retries=0, key=f"pyinfra-wsl-{now}-{one}"
                )
                self._marks[one] = now, task


def said(error: BaseException) -> str:
    """Return what an error of a connection says, for a sentence."""
    if type(error).__name__ == "CommClosedError":
        return "the connection to it broke"
    return escape(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
