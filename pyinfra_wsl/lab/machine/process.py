"""Processes of a simulated laptop: the table of what runs, and the end of a whole tree."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from pyinfra_wsl.lab.machine.account import Token


@dataclass(slots=True, eq=False)
class Process:
    """One running program; with a `limit` it holds a job in which so many processes may be, its own included."""

    pid: int
    exe: str
    token: Token
    parent: int = 0
    command_line: str = ""
    task: asyncio.Task[int] | None = field(default=None, repr=False)
    limit: int = 0

    @property
    def name(self) -> str:
        """The file's name, ``explorer.exe``."""
        return self.exe.rpartition("\\")[2]

    @property
    def sid(self) -> str:
        """Whose process it is."""
        return self.token.account.sid

    @property
    def session(self) -> int:
        """The session in which it runs."""
        return self.token.session

    async def ended(self) -> int:
        """Wait for the end and return the exit code; if the one who waits is ended, the program goes on."""
        assert self.task is not None  # noqa: S101 - whatever `start` returned has one
        return await asyncio.shield(self.task)


class Processes:
    """The table of processes of one laptop."""

    def __init__(self) -> None:
        """Begin with an empty table."""
        self._table: dict[int, Process] = {}
        self._next = 4

    def __iter__(self) -> Iterator[Process]:
        """Walk over what runs now, by process id."""
        return iter(sorted(self._table.values(), key=lambda process: process.pid))

    def add(self, exe: str, token: Token, parent: int = 0, command_line: str = "") -> Process:
        """Enter a process that has no program behind it (explorer.exe), or not yet."""
        self._next += 4
        self._table[self._next] = Process(self._next, exe, token, parent, command_line)
        return self._table[self._next]

    def get(self, pid: int) -> Process | None:
        """Return a process that runs."""
        return self._table.get(pid)

    def job_is_full(self, parent: int) -> bool:
        """Whether a process is in a job that takes no more processes."""
        holder = self.get(parent)
        while holder is not None and not holder.limit:
            holder = self.get(holder.parent)
        return holder is not None and 1 + self._below(holder) >= holder.limit

    def _below(self, process: Process) -> int:
        children = [child for child in self if child.parent == process.pid]
        return len(children) + sum(self._below(child) for child in children)

    def end(self, process: Process) -> None:
        """Strike a process off; its children live on."""
        self._table.pop(process.pid, None)

    def kill(self, process: Process) -> None:
        """End a process and all that it started."""
        for child in [child for child in self if child.parent == process.pid]:
            self.kill(child)
        self.end(process)
        if process.task is not None and process.task is not asyncio.current_task():
            process.task.cancel()

    def kill_all(self) -> None:
        """End everything, as a reboot does."""
        for process in list(self):
            self.kill(process)
