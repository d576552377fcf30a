"""Shards carried out on this machine: one runner, which is a process of its own, asked and heard by pipes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator, Collection, Sequence
from pathlib import Path
from typing import Any

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.rollout import wire
from pyinfra_wsl.rollout.model import EngineError, Event, LostError, Shard
from pyinfra_wsl.rollout.spool import Spool

_LONGEST = 1 << 28
"""Bytes of a line; a document is bounded far below."""
_START = 120.0
"""Seconds until a runner must have loaded all."""
_LAST_WORDS = 2000

Heard = tuple[str, Event]
"""The name under which something is kept until it was taken down, or nothing, and what was told."""


class Runner:
    """A runner process: started with the first shard, and again where it is gone.

    Args:
        spool: where it keeps what it has told until that was taken down.
        children: so many shards are carried out at once.
        without: names of environment variables that it does not need: those from which passwords are read.
        at_once: so many hosts of each shard are worked on at once; one that takes long gives its place to another.

    """

    def __init__(self, spool: Path, children: int = 1, without: Collection[str] = (), at_once: int = 60) -> None:
        """Take them; nothing is started yet."""
        self.spool, self.children = Spool(spool), children
        self._without, self._at_once = frozenset(without), at_once
        self._process: asyncio.subprocess.Process | None = None
        self._starts = asyncio.Lock()
        self._listens: asyncio.Task[None] | None = None
        self._waiting: dict[str, asyncio.Queue[dict[str, Any] | None]] = {}

    async def start(self) -> None:
        """Start it where it does not run; raises `EngineError`."""
        async with self._starts:
            if self._process is not None and self._process.returncode is None and self._listens and not self._listens.done():
                return
            environment = {name: value for name, value in os.environ.items() if name not in self._without}
            try:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable, "-P", "-m", "pyinfra_wsl.rollout.runner", "--spool", str(self.spool.folder),
                    "--children", str(self.children), "--at-once", str(self._at_once),
                    stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE, env=environment, limit=_LONGEST, start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise EngineError(
                    f"a runner cannot be started: {error.strerror or error}. Next: look at {sys.executable}"
                ) from None
            await self._ready(self._process)
            self._listens = asyncio.create_task(self._listen(self._process))

    async def _ready(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        assert process.stderr is not None  # noqa: S101 - as above
        try:
            said = await asyncio.wait_for(process.stdout.readline(), _START)
        except TimeoutError:
            said = b""
        if said:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        words = (await process.stderr.read())[-_LAST_WORDS:].decode("utf-8", "replace").split("\n")
        last = next((line for line in reversed(words) if line.strip()), "it said nothing")
        raise EngineError(f"a runner does not start: {escape(last)}. Next: {sys.executable} -m pyinfra_wsl.rollout.runner --help")

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Give each shard what is told of it, until the runner is gone."""
        assert process.stdout  # noqa: S101 - it is a pipe
        try:
            async for line in process.stdout:
                told = wire.read(line)
                if (waiting := self._waiting.get(str(told.get("id")))) is not None:
                    waiting.put_nowait(told)
        finally:
            for waiting in self._waiting.values():
                waiting.put_nowait(None)

    async def work(self, shard: Shard) -> AsyncGenerator[Event, None]:
        """Carry a shard out, and yield what is told; what was yielded is forgotten by the runner when the next is asked for.

        Args:
            shard: which one.

        Raises:
            LostError: the process that worked on it is gone.
            EngineError: no runner can be started.
            WireError: the data of a host cannot travel.

        """
        request = wire.request(shard)
        await self.start()
        async for told in self._asked(shard.name, request):
            yield wire.event_of(told)
            self.heard(told)

    async def told(self, name: str, request: bytes) -> AsyncGenerator[dict[str, Any], None]:
        """Do as `work`, with a request and answers as they travel; whoever has taken an answer down says so by `heard`."""
        await self.start()
        async for told in self._asked(name, request):
            yield told

    def heard(self, told: dict[str, Any]) -> None:
        """Let the runner's spool forget an answer."""
        if kept := told.get("kept"):
            self.spool.drop(str(kept))

    async def _asked(self, name: str, request: bytes) -> AsyncGenerator[dict[str, Any], None]:
        process, answers = self._process, asyncio.Queue[dict[str, Any] | None]()
        assert process is not None  # noqa: S101 - it was started
        assert process.stdin is not None  # noqa: S101 - with pipes
        self._waiting[name] = answers
        ended = False
        try:
            with contextlib.suppress(ConnectionError):  # then the end of its answers says so
                process.stdin.write(request)
                await process.stdin.drain()
            while not ended:
                told = await self._next(answers)
                ended = told is None or told["event"] in ("done", "lost")
                if told is None or told["event"] == "lost":
                    raise LostError(str(told["why"]) if told else "the runner on this machine was ended by somebody")
                if not ended:
                    yield told
        finally:
            del self._waiting[name]
            if not ended:
                self._say({"id": name, "end": True})

    async def _next(self, answers: asyncio.Queue[dict[str, Any] | None]) -> dict[str, Any] | None:
        if answers.empty() and (self._listens is None or self._listens.done()):
            return None
        return await answers.get()

    def _say(self, value: dict[str, Any]) -> None:
        if self._process is not None and self._process.stdin is not None and self._process.returncode is None:
            self._process.stdin.write(wire.line(value))

    async def end(self) -> None:
        """Let it begin nothing more, and wait until the laptops that are being changed have come to an end."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._listens is not None:
            await asyncio.wait([self._listens])
        await self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End it at once, with all its children and whatever they do."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()


class LocalEngine:
    """An engine of one runner on this machine.

    Args:
        workers: so many shards are carried out at once.
        spool: where what was told is kept until it was taken down.
        without: names of environment variables that workers do not need: those from which passwords are read.

    """

    def __init__(self, workers: int = 1, spool: Path = Path("results/rollout.spool"), without: Collection[str] = ()) -> None:
        """Take them; nothing is started yet."""
        self._workers, self._busy = workers, 0
        self._runner = Runner(spool, workers, without)

    async def __aenter__(self) -> LocalEngine:
        """Start the runner; raises `EngineError`."""
        await self._runner.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        """End it, after the laptops that are being changed have come to an end."""
        await self._runner.end()

    @property
    def free(self) -> int:
        """How many shards may be given now."""
        return self._workers - self._busy

    async def work(self, shard: Shard) -> AsyncGenerator[Event, None]:
        """Carry a shard out; as `Runner.work`."""
        self._busy += 1
        try:
            async with contextlib.aclosing(self._runner.work(shard)) as told:
                async for one in told:
                    yield one
        finally:
            self._busy -= 1

    def kill(self) -> None:
        """End all work at once: the laptops' own agents end with their connections, in the middle of what they do."""
        self._runner.kill()

    def left(self) -> Sequence[tuple[str, str, Event]]:
        """Return what runners have told before, and nobody has taken down: the name to `forget` it by, the shard's, the event."""
        return list(self._runner.spool.left())

    def forget(self, name: str) -> None:
        """Forget what was left."""
        self._runner.spool.drop(name)

    def is_idle(self, seconds: float = 0.0) -> bool:
        """Whether no runner is at work any more that writes into the same spool; ask before the engine is entered.

        Args:
            seconds: for which it is waited that it comes to its end.

        """
        return self._runner.spool.is_idle(seconds)
