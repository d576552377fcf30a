"""Shards carried out on this machine: one runner, which is a process of its own, asked and heard by pipes."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator, Collection, Mapping
from pathlib import Path
from typing import Any

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.rollout import wire
from pyinfra_wsl.rollout.model import EngineError, Event, LostError, Shard
from pyinfra_wsl.rollout.spool import Spool
from pyinfra_wsl.rollout.surroundings import bare, meant

AT_ONCE = 60
"""Hosts of a shard that are worked on at once: as many as a shard may have (schemas/rollout.json).

One that waited in a worker for others to end would be begun when its window is closed, or the rollout is paused.
"""
SHARDS = 2
"""Shards that one runner carries out at once: while laptops of one are waited for, those of the other go on."""
_LONGEST = 1 << 28
"""Bytes of a line; a document is bounded far below."""
_START = 120.0
"""Seconds until a runner must have loaded all."""
_LAST_WORDS = 2000
_MODULE = "pyinfra_wsl.rollout.runner"


class Runner:
    """A runner process: started with the first shard, and again where it is gone.

    Args:
        spool: where it keeps what it has told until that was taken down.
        children: so many shards are carried out at once.
        without: names of environment variables that it does not need: those from which passwords are read.
        at_once: so many hosts of each shard are worked on at once; one that takes long gives its place to another.

    """

    def __init__(self, spool: Path, children: int = 1, without: Collection[str] = (), at_once: int = AT_ONCE) -> None:
        """Take them; nothing is started yet."""
        self.spool, self.children = Spool(spool), children
        self._without, self._at_once = frozenset(without), at_once
        self._process: asyncio.subprocess.Process | None = None
        self._starts = asyncio.Lock()
        self._listens: asyncio.Task[None] | None = None
        self._waiting: dict[str, asyncio.Queue[wire.Answer]] = {}

    async def start(self) -> None:
        """Start it where it does not run; raises `EngineError`."""
        async with self._starts:
            if self._process is not None:
                return
            process = None
            if _AHEAD and not self._without:
                with contextlib.suppress(EngineError):  # it may have ended while nobody needed it
                    process = await self._ready(_AHEAD.pop())
            self._process = process or await self._ready(await _begun(bare(self._without)))
            self._listens = asyncio.create_task(self._listen(self._process))

    async def _ready(self, process: asyncio.subprocess.Process) -> asyncio.subprocess.Process:
        """Return a process once it serves; raises `EngineError`."""
        try:
            ready = await asyncio.wait_for(self._answer(process), _START)
        except TimeoutError:
            _kill(process)
            raise EngineError(f"a runner is not ready after {_START:.0f} s. Next: look at what this machine does") from None
        except BaseException:
            _kill(process)
            raise
        if not ready:
            why = await _end_of(process)
            raise EngineError(f"a runner does not start: it {why}. Next: {sys.executable} -m {_MODULE} < /dev/null")
        return process

    async def _answer(self, process: asyncio.subprocess.Process) -> bytes:
        """Tell a process all that it does not know, and return what it says to that."""
        about = {"spool": str(self.spool.folder), "children": self.children, "at_once": self._at_once}
        with contextlib.suppress(ConnectionError):  # it has ended already, which is told of next
            _input(process).write(wire.line({**about, "environment": meant(self._without)}))
            await _input(process).drain()
        return await _output(process).readline()

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Give each shard what is told of it, until the runner is gone."""
        try:
            while line := await _line(_output(process)):
                told = wire.answer(line)
                if (waiting := self._waiting.get(str(told.head.get("id")))) is not None:
                    waiting.put_nowait(told)
        finally:
            self._process, left = None, list(self._waiting.values())  # the next shard has another process
            why = await _end_of(process)
            for waiting in left:
                waiting.put_nowait(wire.Answer({"event": "lost", "why": f"the runner on this machine {why}"}, b""))

    async def work(self, shard: Shard) -> AsyncGenerator[Event, None]:
        """Carry a shard out, and yield what is told; what was yielded is forgotten by the runner when the next is asked for.

        Args:
            shard: which one.

        Raises:
            LostError: the process that worked on it is gone, or says what cannot be read.
            EngineError: no runner can be started.
            WireError: the data of a host cannot travel.

        """
        request = wire.request(shard)
        await self.start()
        async for told in self._asked(shard.name, request):
            try:
                event = told.event
            except wire.WireError as error:
                raise LostError(f"the runner on this machine says what cannot be read: {error}") from None
            yield event
            self.heard(told)

    async def told(self, name: str, request: bytes) -> AsyncGenerator[wire.Answer, None]:
        """Do as `work`, with a request and answers as they travel; whoever has taken an answer down says so by `heard`."""
        await self.start()
        async for told in self._asked(name, request):
            yield told

    def heard(self, told: wire.Answer) -> None:
        """Let the runner's spool forget an answer."""
        if kept := told.head.get("kept"):
            self.spool.drop(str(kept))

    async def _asked(self, name: str, request: bytes) -> AsyncGenerator[wire.Answer, None]:
        process, answers = self._process, asyncio.Queue[wire.Answer]()
        assert process is not None  # noqa: S101 - it was started
        assert process.stdin is not None  # noqa: S101 - with pipes
        if name in self._waiting:
            raise EngineError(f"two shards are called {escape(name)}: give each a name of its own")
        self._waiting[name] = answers
        ended = False
        try:
            with contextlib.suppress(ConnectionError):  # then the end of its answers says so
                process.stdin.write(request)
                await process.stdin.drain()
            while (told := await answers.get()).head["event"] != "done":
                if told.head["event"] == "lost":
                    ended = True
                    raise LostError(str(told.head["why"]))
                yield told
            ended = True
        finally:
            del self._waiting[name]
            if not ended:
                self._say({"id": name, "end": True})

    def _say(self, value: dict[str, Any]) -> None:
        if self._process is not None and self._process.stdin is not None and self._process.returncode is None:
            self._process.stdin.write(wire.line(value))

    async def end(self) -> None:
        """Let it begin nothing more, and wait until the laptops that are being changed have come to an end."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        if self._listens is not None:
            await asyncio.wait([self._listens])

    def kill(self) -> None:
        """End it at once, with all its children and whatever they do."""
        if self._process is not None:
            _kill(self._process)


_AHEAD: list[asyncio.subprocess.Process] = []
"""Runners that load already, for whoever will be the first to start one."""


async def ahead() -> None:
    """Start a runner before anybody needs it: it loads what it needs, and waits to be told the rest."""
    with contextlib.suppress(EngineError):  # which is told of once it is needed
        _AHEAD.append(await _begun(bare()))


async def left() -> None:
    """End a runner that nobody has needed."""
    while _AHEAD:
        process = _AHEAD.pop()
        _kill(process)
        await process.wait()


async def _begun(environment: Mapping[str, str]) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", _MODULE, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, limit=_LONGEST,
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        why = error.strerror or error
        raise EngineError(f"a runner cannot be started: {why}. Next: look at {sys.executable}") from None


def _input(process: asyncio.subprocess.Process) -> asyncio.StreamWriter:
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    return process.stdin


def _output(process: asyncio.subprocess.Process) -> asyncio.StreamReader:
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    return process.stdout


async def _line(output: asyncio.StreamReader) -> bytes:
    """Return the next line, empty at the end: one that breaks off there is no answer, and one that is too long is left out."""
    whole = True
    while True:
        try:
            line = await output.readuntil()
        except asyncio.IncompleteReadError:
            return b""
        except asyncio.LimitOverrunError as error:
            await output.readexactly(error.consumed)
            whole = False
        else:
            if whole:
                return line
            whole = True


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()


async def _end_of(process: asyncio.subprocess.Process) -> str:
    """Return how a process ended of which nothing more is heard, in words behind its name; its pipes are let go of."""
    if process.stdin is not None:
        process.stdin.close()
    assert process.stderr is not None  # noqa: S101 - it is a pipe
    words = (await process.stderr.read())[-_LAST_WORDS:].decode("utf-8", "replace").splitlines()
    code = await process.wait()
    last = next((line for line in reversed(words) if line.strip()), "it said nothing")
    return f"was ended by signal {-code}" if code < 0 else f"ended with code {code}: {escape(last)}"


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
