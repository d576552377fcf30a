"""Workers on this machine: a scheduler in control's own process, and a process for each worker, which talk TLS among themselves.

distributed's own LocalCluster starts its workers in the terminal's process group, so that Ctrl-C would end them in the middle of
a laptop. These have a session of their own, and end by themselves once control's end of their pipe is closed, however that came
about: what they are changing comes to its end before.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection
from contextlib import AbstractContextManager, suppress
from typing import IO, TYPE_CHECKING, Any

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.rollout.cluster.early import Early, Process
from pyinfra_wsl.rollout.model import EngineError
from pyinfra_wsl.rollout.surroundings import meant

if TYPE_CHECKING:
    from distributed import Scheduler
    from distributed.security import Security

_AGAIN = 1.0  # seconds until a worker that has ended is started again
_LOOK = 0.2  # seconds between two looks whether one has ended
_TRIES = 3  # times in a row that one may end before it has registered


THERE = "there"
"""What a worker says first, once the scheduler has it."""
NOWHERE = "127.0.0.1:0"
"""Where the pages would be that distributed cannot be kept from serving; `calm` leaves none of them."""


def silence() -> None:
    """Keep distributed from the screen: what of it matters is told as our errors."""
    for name in ("distributed", "distributed.client", "distributed.scheduler", "tornado", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


_CALM = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1h",
    "distributed.admin.tick.cycle": "1h",
    "distributed.admin.tick.limit": "2h",
    "distributed.admin.system-monitor.interval": "30s",
    "distributed.admin.system-monitor.disk": False,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.scheduler.worker-ttl": None,
}
"""Of distributed: no pages, and nothing that watches tasks, of which there are none, many times a second.

Nor has a worker a pulse, which tells the scheduler of its tasks twice a second: on this machine its connection ends with it, and
one that says nothing any more is lost by the call that it does not answer.
"""
_LOOKS = {"idle-timeout", "no-workers-timeout"}
"""Looks of the scheduler, four times a second each, whether it has no task or nobody for one: it never has any."""
NO_PULSE = "1h"
"""Until a worker of this machine would tell the scheduler for the first time how its tasks stand."""


def calm() -> AbstractContextManager[object]:
    """Let what is started in the block serve neither a dashboard nor any other page, and wake only for what is to be done."""
    import dask  # noqa: PLC0415

    return dask.config.set(_CALM)


class LocalWorkers:
    """A scheduler and its workers, entered and left as an asynchronous context.

    Args:
        count: how many workers.
        at_once: how many shards each of them carries out at once.
        without: names of environment variables that they do not need.
        early: some that were started already.
        runner: whether each is to start a runner at once.

    """

    def __init__(
        self, count: int, at_once: int, without: Collection[str] = (), early: Early | None = None, *, runner: bool = True
    ) -> None:
        """Take what there shall be; nothing is started yet."""
        self._count, self._at_once, self._without = count, at_once, frozenset(without)
        self._early, self._runner = early, runner
        self._scheduler: Scheduler | None = None
        self._kept: list[asyncio.Task[None]] = []
        self._ending = False
        self.wait = True
        """Whether leaving waits for what the workers are changing."""
        self._made: dict[int, Process] = {}
        self.failed = ""
        """Why no worker can be started; empty while they can."""

    @property
    def processes(self) -> dict[int, subprocess.Popen[bytes]]:
        """The workers' by their numbers, from 0."""
        return {number: one.popen for number, one in self._made.items()}

    async def __aenter__(self) -> tuple[str, Security]:
        """Start all of it; return the scheduler's address, and what opens it. Raises `EngineError`."""
        from distributed import Scheduler  # noqa: PLC0415
        from distributed.security import Security  # noqa: PLC0415

        self._folder = tempfile.TemporaryDirectory(prefix="pyinfra-wsl-workers-")
        silence()
        security = Security.temporary()
        paths = sys.path.copy()
        try:
            with calm():
                self._scheduler = await Scheduler(
                    host="127.0.0.1", port=0, protocol="tls", security=security, dashboard=False, dashboard_address=NOWHERE,
                    local_directory=self._folder.name,
                )  # fmt: skip
        except OSError as error:
            raise EngineError(f"no scheduler can be started here: {error}. Next: look at the loopback interface") from None
        finally:
            sys.path[:] = paths  # it puts its folder first: nothing is imported from there
        for name in _LOOKS & self._scheduler.periodic_callbacks.keys():
            self._scheduler.periodic_callbacks[name].stop()
        about = {
            "scheduler": self._scheduler.address,
            "threads": self._at_once,
            "folder": self._folder.name,
            "ca": security.tls_ca_file,
            "certificate": security.tls_worker_cert,
            "key": security.tls_worker_key,
        }
        self._kept = [asyncio.create_task(self._keep(number, about)) for number in range(self._count)]
        return self._scheduler.address, security

    async def _keep(self, number: int, about: dict[str, Any]) -> None:
        """Start a worker, and again whenever it ends, as long as it comes to work at all."""
        failed = 0
        while not self._ending:
            try:
                said = await self._worked(number, {**about, "name": f"worker-{number + 1}"})
            except OSError as error:  # no process can be started
                said = [str(error)]
            failed = 0 if THERE in said else failed + 1
            if failed >= _TRIES and not self._ending:
                self.failed = (
                    f"workers end before they have begun: {escape(said[-1])}. Next: look whether memory or processes are short"
                )
                return
            await asyncio.sleep(_AGAIN)

    async def _worked(self, number: int, about: dict[str, Any]) -> list[str]:
        """Have a worker until it ends; return what it has said. Raises `OSError`."""
        process = self._early.take(self._without) if self._early else None
        process = process or Process(self._without, runner=self._runner)
        self._made[number] = process
        with suppress(BrokenPipeError):  # it has ended already, and says why
            await _tell(process.pipe, json.dumps({**about, "environment": meant(self._without)}).encode() + b"\n")
        await _end_of(process.popen)
        return process.said or [f"code {process.popen.returncode}"]

    def end(self, number: int) -> None:
        """End a worker's process that is stuck; what its runner is changing comes to its end, and another worker is started."""
        for process in self.processes.values():
            if process.pid == number:
                process.kill()

    async def __aexit__(self, *_error: object) -> None:
        """End the workers, each after what it is changing, and the scheduler."""
        self._ending = True
        for one in self._made.values():
            if THERE not in one.said:  # it has begun nothing, and may be stuck
                one.popen.kill()
            one.pipe.close()
        if self.wait:
            await asyncio.gather(*(_end_of(process) for process in self.processes.values()))
        for task in self._kept:
            task.cancel()
        await asyncio.gather(*self._kept, return_exceptions=True)
        if self._scheduler is not None:
            await self._scheduler.close()
        if self.wait:
            self._folder.cleanup()


async def _tell(pipe: IO[bytes], line: bytes) -> None:
    """Write a line, as fast as it is read: an environment may be longer than what a pipe holds, and a worker still loads."""
    loop, room = asyncio.get_running_loop(), asyncio.Event()
    ours = os.dup(pipe.fileno())  # the other may be closed meanwhile
    try:
        os.set_blocking(ours, False)
        while line:
            with suppress(BlockingIOError):
                line = line[os.write(ours, line) :]
                continue
            room.clear()
            loop.add_writer(ours, room.set)
            await room.wait()
    finally:
        loop.remove_writer(ours)
        os.close(ours)


async def _end_of(process: subprocess.Popen[bytes]) -> None:
    """Wait until a process has ended: Linux tells of it, elsewhere it is looked for."""
    with suppress(AttributeError, OSError):
        await _told_of(os.pidfd_open(process.pid))
    while process.poll() is None:
        await asyncio.sleep(_LOOK)


async def _told_of(pidfd: int) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(pidfd, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(pidfd)
        os.close(pidfd)
