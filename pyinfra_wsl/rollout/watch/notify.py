"""A command that is told of gates, aborts and ends: JSON on its standard input, no shell, and its failure ends no rollout."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.report import results
from pyinfra_wsl.rollout.model import Snapshot
from pyinfra_wsl.rollout.watch import sums
from pyinfra_wsl.rollout.watch.happened import Happened, key
from pyinfra_wsl.rollout.watch.status import numbers, stamp

DEADLINE = 30.0
"""Seconds that the command has."""

TOLD = frozenset({"ready", "passed", "aborted", "stuck", "ended"})
"""Kinds of rows of which it is told: gates, aborts and ends."""

_BESIDE = frozenset({"told", "not told", "note", "holder", "clock"})
"""Kinds of rows that say nothing of laptops, rings or what a person asks."""

Note = Callable[[str, int | None, str], None]
"""Keep a row: its kind, the number of its ring and its text; the time is now."""

_LONGEST = 2000  # characters of a sentence
_HEARD = 300  # characters of what the command said
_PIECE = 1 << 16  # bytes that are heard at a time: no less than a pipe holds


def document(snapshot: Snapshot, happened: Happened) -> dict[str, Any]:
    """Return what the command reads, as ``schemas/rollout_event.json`` has it: numbers and names, never a value of a fleet file.

    Args:
        snapshot: how the rollout stands.
        happened: what happened.

    """
    found = sums.summed(snapshot)
    return {
        "id": key(happened),
        "event": happened.kind,
        "time": stamp(happened.time),
        "rollout": snapshot.name,
        "inventory": snapshot.inventory,
        "ring": None if happened.ring is None else found.rings[happened.ring].name,
        "text": escape(happened.text, _LONGEST),
        "stage": snapshot.stage,
        "laptops": numbers(found.counts),
        "rings": [
            {
                "name": one.name,
                "opened": one.standing.opened is not None,
                "passed": one.standing.passed is not None,
                "laptops": numbers(one.counts),
            }
            for one in found.rings
        ],
    }


async def tell(command: Sequence[str], event: Mapping[str, Any], deadline: float = DEADLINE) -> str:
    """Tell the command of an event. It never raises but where it is cancelled, which ends the command, too.

    Args:
        command: program and arguments.
        event: what it reads.
        deadline: seconds after which it, and all that it started, is ended.

    Returns:
        What went wrong, a sentence; empty for nothing.

    """
    program = command[0]
    try:
        with _file() as read, _heard() as (said, kept):
            read.write(results.written(event) + b"\n")
            read.seek(0)
            process = await asyncio.create_subprocess_exec(
                *command, stdin=read, stdout=asyncio.subprocess.DEVNULL, stderr=said, start_new_session=True
            )
            code = await _ended(process, deadline)
        words = kept.decode(errors="replace").strip()
    except (OSError, ValueError) as error:
        return f"{program} cannot be started: {getattr(error, 'strerror', None) or error}"
    if code is None:
        return f"{program} did not end within {deadline:g} s, and was ended"
    return f"{program} ended with {code}{f': {escape(words, _HEARD)}' if words else ''}" if code else ""


def _file() -> BinaryIO:
    """Return a file without a name, in memory where there is such: the disk may be what is full.

    No pipe: a command that does not read would break it.
    """
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("pyinfra-wsl-notify"), "w+b")
    return tempfile.TemporaryFile()


@contextmanager
def _heard() -> Iterator[tuple[int, bytearray]]:
    """Yield where a command may say something, and the beginning of what it says; all behind that is read and forgotten.

    No file: in the time that it has, a command that says the same again and again fills the memory. Who holds the pipe open
    when the block ends, as a child that was left behind, is not waited for.
    """
    loop, kept = asyncio.get_running_loop(), bytearray()
    theirs, ours = os.pipe()
    os.set_blocking(theirs, False)

    def hear() -> None:
        with suppress(BlockingIOError):
            if piece := os.read(theirs, _PIECE):
                kept.extend(piece[: 4 * _HEARD - len(kept)])
            else:
                loop.remove_reader(theirs)

    try:
        loop.add_reader(theirs, hear)
        yield ours, kept
        hear()
    finally:
        loop.remove_reader(theirs)
        os.close(theirs)
        os.close(ours)


async def _ended(process: asyncio.subprocess.Process, deadline: float) -> int | None:
    """Return a command's exit code; None where its time was over. Nothing of its process group is left then."""
    try:
        return await asyncio.wait_for(process.wait(), deadline)
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def untold(events: Sequence[Happened]) -> list[Happened]:
    """Return what is to be told and was not, the oldest first."""
    told = {one.text for one in events if one.kind == "told"}
    return [one for one in _news(events) if one.kind in TOLD and key(one) not in told]


def _news(events: Sequence[Happened]) -> Iterator[Happened]:
    """Yield what has happened; that it is still stuck, as a timer finds each time, is said again, and is no news."""
    before: Happened | None = None
    for one in events:
        if one.kind not in _BESIDE:
            if one.kind != "stuck" or before is None or (before.kind, before.text) != (one.kind, one.text):
                yield one
            before = one


def _matters(one: Happened, snapshot: Snapshot) -> bool:
    """Whether a row is still news: that a gate is ready is none where it opened at once, or meanwhile."""
    return one.kind != "ready" or one.ring is None or snapshot.rings[one.ring].passed is None


class Teller:
    """Tells of each row once, one after the other: `look` at each tick, ``await finish()`` before the control ends.

    Args:
        note: keeps a row: of kind ``told`` before the command is started, so that a control that takes over tells nothing twice,
            and of kind ``not told`` where it failed.
        deadline: seconds that the command has.

    """

    def __init__(self, note: Note, deadline: float = DEADLINE) -> None:
        """Take where rows are kept."""
        self._note, self._deadline = note, deadline
        self._known: set[str] = set()
        self._last: asyncio.Task[None] | None = None

    def look(self, snapshot: Snapshot, events: Sequence[Happened]) -> None:
        """Begin to tell of what was not told yet; returns at once, and does nothing where no command is declared."""
        command = snapshot.declared.notify
        new = [one for one in untold(events) if key(one) not in self._known and _matters(one, snapshot)] if command else []
        for one in new:
            self._known.add(key(one))
            self._last = asyncio.create_task(self._tell(command or (), document(snapshot, one), one, self._last))

    async def _tell(
        self, command: Sequence[str], event: Mapping[str, Any], one: Happened, before: asyncio.Task[None] | None
    ) -> None:
        if before is not None:
            await before
        self.keep("told", one.ring, key(one))
        if problem := await tell(command, event, self._deadline):
            self.keep("not told", one.ring, f"{one.kind}: {problem}; the rollout goes on without it")

    def keep(self, kind: str, ring: int | None, text: str) -> None:
        """Keep a row, if that can be; arguments as of `Happened`."""
        with suppress(Exception):  # a full disk keeps nobody from being told of it; whoever keeps rows notices it by itself
            self._note(kind, ring, text)

    async def finish(self) -> None:
        """Wait until all was told that is to be, each within its deadline."""
        if self._last is not None:
            await self._last
