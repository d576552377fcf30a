"""Processes of a simulated laptop: the table, the start of a program and the end of a whole tree."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.program import Invocation, Lines, Sink, Unsupported, discard

if TYPE_CHECKING:
    from pyinfra_wsl.lab.machine.machine import Machine

log = logging.getLogger(__name__)
COMPLAINT = 251
"""The exit code of a program that was asked for what the lab does not simulate."""


FULL = 8192
"""Bytes that are left on a disk that has filled up."""


class StartError(Exception):
    """A program does not start; `code` is the Win32 error."""

    def __init__(self, code: int, exe: str) -> None:
        """Keep the fields."""
        super().__init__(f"error {code} at the start of {exe}")
        self.code, self.exe = code, exe


@dataclass(slots=True, eq=False)
class Process:
    """One running program."""

    pid: int
    exe: str
    token: Token
    parent: int = 0
    command_line: str = ""
    task: asyncio.Task[int] | None = field(default=None, repr=False)

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


def quoted(argument: str) -> str:
    """Quote one argument so that CommandLineToArgvW reads it back, as the agent does."""
    if argument and not any(character.isspace() or character == '"' for character in argument):
        return argument
    marked = ""
    slashes = 0
    for character in argument:
        marked += "\\" * (slashes + 1) if character == '"' else ""
        slashes = slashes + 1 if character == "\\" else 0
        marked += character
    return f'"{marked}{chr(92) * slashes}"'


def arguments(line: str) -> list[str]:
    """Split a command line as CommandLineToArgvW does (Microsoft: "CommandLineToArgvW", "Parsing C command-line arguments")."""
    found: list[str] = []
    word, quotes, slashes, begun = "", False, 0, False
    for character in line:
        if character == "\\":
            slashes += 1
            continue
        if character == '"':
            word += "\\" * (slashes // 2) + ('"' if slashes % 2 else "")
            quotes = quotes if slashes % 2 else not quotes
            slashes, begun = 0, True
            continue
        word, slashes, begun = word + "\\" * slashes, 0, begun or slashes > 0
        if character in " \t" and not quotes:
            found, word, begun = ([*found, word] if begun else found), "", False
        else:
            word, begun = word + character, True
    word, begun = word + "\\" * slashes, begun or slashes > 0
    return [*found, word] if begun else found


def overlaid(variables: dict[str, str], more: dict[str, str]) -> dict[str, str]:
    """Return an environment with some variables set; their names are the same in any case."""
    replaced = {name.lower() for name in more}
    return {name: value for name, value in variables.items() if name.lower() not in replaced} | more


def start(
    machine: Machine,
    token: Token,
    exe: str,
    command: Sequence[str] | str = (),
    *,
    stdin: bytes = b"",
    environment: dict[str, str] | None = None,
    folder: str = "",
    parent: int = 0,
    stdout: Sink = discard,
    stderr: Sink = discard,
    lines: Lines | None = None,
) -> Process:
    """Start a program, as CreateProcess does; await `Process.task` for its exit code.

    Args:
        machine: where.
        token: as whom.
        exe: full path, or a name that is looked up.
        command: the arguments, or their raw text.
        stdin: what it reads.
        environment: variables beside those of the account.
        folder: working folder; the profile where empty.
        parent: the process id of who starts it.
        stdout: where its output goes.
        stderr: where its errors go.
        lines: its standard input if that arrives while it runs.

    Raises:
        StartError: no such program (2), no such folder (267), not a program (193), needs elevation (740).

    """
    from pyinfra_wsl.lab import exe as programs  # noqa: PLC0415 - the programs start programs

    variables = overlaid(machine.environment(token), environment or {})
    path = programs.find(machine, exe, variables, folder or token.account.profile)
    if path is None:
        raise StartError(2, exe)
    program = programs.PROGRAMS.get(path.rpartition("\\")[2].lower())
    if program is None:
        raise StartError(193, path)
    if folder and not machine.files.is_dir(folder):
        raise StartError(267, path)
    rest = command if isinstance(command, str) else " ".join(quoted(word) for word in command)
    line = f"{quoted(exe)} {rest}".rstrip()
    process = machine.processes.add(path, token, parent, line)
    argv = [path, *arguments(rest)]
    folder = folder or token.account.profile
    invocation = Invocation(machine, token, argv, line, stdin, variables, folder, process, stdout, stderr, lines)

    async def live() -> int:
        try:
            _arm_faults(machine, process)
            return await program(invocation)
        except Unsupported as unknown:
            machine.complaints.append(f"{path}: {unknown}")
            await invocation.err(f"lab: {path}: {unknown}\n")
            return COMPLAINT
        except Exception as problem:
            log.exception("%s failed: %s", path, line)
            machine.complaints.append(f"{path}: {problem!r}")
            return COMPLAINT
        finally:
            machine.processes.end(process)

    process.task = asyncio.get_running_loop().create_task(live())
    return process


def _arm_faults(machine: Machine, process: Process) -> None:
    """Let go wrong what shall go wrong while this program is at work."""
    faults = machine.faults
    if _is_at(process, faults.fill_disk_during):
        faults.fill_disk_during, machine.files.free_bytes = None, min(machine.files.free_bytes, FULL)
    if _is_at(process, faults.drop_connection_during):
        faults.drop_connection_during = None
        machine.background(_drop_soon(machine))


def _is_at(process: Process, wanted: str | None) -> bool:
    """Whether a process is at work on ``name.exe --words…``, wherever its file lies."""
    words = " ".join([process.name, *arguments(process.command_line)[1:]])
    return bool(wanted) and words.lower().startswith(str(wanted).lower())


async def _drop_soon(machine: Machine) -> None:
    await machine.sleep(0.5)
    machine.drop_connections()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a program that ended left."""

    code: int
    stdout: bytes
    stderr: bytes


async def run(machine: Machine, token: Token, exe: str, *command: str, stdin: bytes = b"", parent: int = 0) -> Outcome:
    """Start a program, wait for its end, and return its exit code and output."""
    kept: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}

    async def keep_out(data: bytes) -> None:
        kept["stdout"] += data

    async def keep_err(data: bytes) -> None:
        kept["stderr"] += data

    process = start(machine, token, exe, command, stdin=stdin, parent=parent, stdout=keep_out, stderr=keep_err)
    return Outcome(await process.ended(), bytes(kept["stdout"]), bytes(kept["stderr"]))
