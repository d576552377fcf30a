"""How a program is started, as CreateProcess does it, and what it leaves when it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.command_line import arguments, quoted
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.part import Part
from pyinfra_wsl.lab.machine.process import Process
from pyinfra_wsl.lab.machine.program import Invocation, Lines, Program, Sink, Unsupported, discard

log = logging.getLogger(__name__)
COMPLAINT = 251
"""The exit code of a program that was asked for what the lab does not simulate."""

NO_QUOTA = 1816
"""ERROR_NOT_ENOUGH_QUOTA: the job of who starts it has as many processes as it may (Microsoft, "Job Objects")."""

FULL = 8192
"""Bytes that are left on a disk that has filled up."""


class StartError(Exception):
    """A program does not start; `code` is the Win32 error."""

    def __init__(self, code: int, exe: str) -> None:
        """Keep the fields."""
        super().__init__(f"error {code} at the start of {exe}")
        self.code, self.exe = code, exe


Kind = Callable[[Machine, bytes], Program | int]
"""Returns what runs when a file of some content is started on a laptop, or the Win32 error of its start."""


@dataclass(eq=False)
class Programs(Part):
    """What runs on a laptop when a file is started. A program exists only where its file does.

    Args:
        table: by the (lower-case) name of the file.
        kinds: by what the file begins with, whatever its name: installers, which people and we name as we like.

    """

    table: Mapping[str, Program] = field(repr=False)
    kinds: Mapping[bytes, Kind] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a program that ended left."""

    code: int
    stdout: bytes
    stderr: bytes


def overlaid(variables: dict[str, str], more: dict[str, str]) -> dict[str, str]:
    """Return an environment with some variables set; their names are the same in any case."""
    replaced = {name.lower() for name in more}
    return {name: value for name, value in variables.items() if name.lower() not in replaced} | more


def find(machine: Machine, exe: str, environment: dict[str, str], folder: str = "C:") -> str | None:
    """Return the full path of a program as CreateProcess finds it: a path, or a name in System32 or on the PATH."""
    name = exe.strip('"').replace("/", "\\")
    if "\\" in name:
        name = name if name[1:2] == ":" or name.startswith("\\") else f"{folder}\\{name}"
        found = [one for one in (name, f"{name}.exe") if machine.files.exists(one) and not machine.files.is_dir(one)]
        return machine.files.stat(found[0]).path if found else None
    name = name if "." in name else f"{name}.exe"
    path = next((value for key, value in environment.items() if key.lower() == "path"), "")
    for place in [r"C:\Windows\System32", *path.split(";")]:
        candidate = f"{place.rstrip(chr(92))}\\{name}"
        if place and machine.files.exists(candidate):
            return machine.files.stat(candidate).path
    return None


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
        StartError: no such program (2), no such folder (267), not a program (193), needs elevation (740), a full job (1816).

    """
    place = folder or token.account.profile
    variables = overlaid(machine.environment(token), environment or {})
    path, program = _load(machine, exe, variables, place)
    if folder and not machine.files.is_dir(folder):
        raise StartError(267, path)
    if machine.processes.job_is_full(parent):
        raise StartError(NO_QUOTA, path)
    rest = command if isinstance(command, str) else " ".join(map(quoted, command))
    line = f"{quoted(exe)} {rest}".rstrip()
    process = machine.processes.add(path, token, parent, line)
    argv = [path, *arguments(rest)]
    invocation = Invocation(machine, token, argv, line, stdin, variables, place, process, stdout, stderr, lines)
    process.task = asyncio.get_running_loop().create_task(_live(program, invocation))
    return process


async def run(machine: Machine, token: Token, exe: str, *command: str, stdin: bytes = b"", parent: int = 0) -> Outcome:
    """Start a program, wait for its end, and return its exit code and output."""
    kept: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}

    async def keep_out(data: bytes) -> None:
        kept["stdout"] += data

    async def keep_err(data: bytes) -> None:
        kept["stderr"] += data

    process = start(machine, token, exe, command, stdin=stdin, parent=parent, stdout=keep_out, stderr=keep_err)
    return Outcome(await process.ended(), bytes(kept["stdout"]), bytes(kept["stderr"]))


def _load(machine: Machine, exe: str, variables: dict[str, str], folder: str) -> tuple[str, Program]:
    """Return the path and the program of an executable; raises StartError 2 or 193."""
    path = find(machine, exe, variables, folder)
    if path is None:
        raise StartError(2, exe)
    program = _of_kind(machine, path) or machine.part(Programs).table.get(path.rpartition("\\")[2].lower())
    if isinstance(program, int):
        raise StartError(program, path)
    if program is None:
        raise StartError(193, path)
    return path, program


def _of_kind(machine: Machine, path: str) -> Program | int | None:
    content = machine.files.stat(path).content
    data = bytes(content) if isinstance(content, bytes | bytearray) else b""
    kinds = machine.part(Programs).kinds
    return next((kind(machine, data) for beginning, kind in kinds.items() if data.startswith(beginning)), None)


async def _live(program: Program, invocation: Invocation) -> int:
    """Be a program from its start to its end; what the lab cannot do is a complaint."""
    machine, path = invocation.machine, invocation.argv[0]
    try:
        _arm_faults(machine, invocation.process)
        return await program(invocation)
    except Unsupported as unknown:
        machine.complaints.append(f"{path}: {unknown}")
        await invocation.err(f"lab: {path}: {unknown}\n")
        return COMPLAINT
    except Exception as problem:
        log.exception("%s failed: %s", path, invocation.command_line)
        machine.complaints.append(f"{path}: {problem!r}")
        with suppress(OSError):  # it may be just this that fails: whoever listened has hung up
            await invocation.err(f"lab: {path}: a fault of the lab itself: {problem!r}\n")
        return COMPLAINT
    finally:
        machine.processes.end(invocation.process)


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
