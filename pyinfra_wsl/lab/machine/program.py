"""What a simulated program is: a coroutine that is given one start of itself and returns its exit code."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from pyinfra_wsl.lab.machine import text
from pyinfra_wsl.lab.machine.account import Account, Token
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.process import Process

Sink = Callable[[bytes], Awaitable[None]]


class Lines(Protocol):
    """A standard input that arrives while the program runs."""

    async def readline(self) -> bytes:
        """Return the next line with its end, b"" at the end of the input."""


class Unsupported(Exception):  # noqa: N818 - it is raised, and read, as a word of its own
    """An argument that the simulated program does not know.

    It is loud on purpose: ``lab: …`` on stderr, exit code 251, and a line in the machine's complaints, which tests want empty.
    """


async def discard(_data: bytes) -> None:
    """Take output that nobody wants."""


@dataclass
class Invocation:
    """One start of a program.

    Args:
        machine: where.
        token: with whose rights, elevated or not, in which session.
        argv: the arguments as CommandLineToArgvW reads them; ``argv[0]`` is the full path of the program.
        command_line: the raw command line, for programs that read it themselves (cmd.exe, wsl.exe).
        stdin: bytes of the standard input.
        environment: its variables; look them up with `env`.
        folder: the working folder.
        process: its entry in the table of processes.
        stdout: where output goes.
        stderr: where errors go.
        input: lines of a standard input that arrive while the program runs (only the agent reads such).

    """

    machine: Machine
    token: Token
    argv: list[str]
    command_line: str
    stdin: bytes
    environment: dict[str, str]
    folder: str
    process: Process
    stdout: Sink = discard
    stderr: Sink = discard
    input: Lines | None = field(default=None, repr=False)

    @property
    def account(self) -> Account:
        """Whose token it is."""
        return self.token.account

    @property
    def elevated(self) -> bool:
        """Whether the administrator's rights are in force (False for a user who has none)."""
        return self.token.administrator

    @property
    def session(self) -> int:
        """The session: 0 for services and SSH, more for a desktop."""
        return self.token.session

    @property
    def arguments(self) -> list[str]:
        """The arguments without the program's own name."""
        return self.argv[1:]

    def env(self, name: str, default: str = "") -> str:
        """Return a variable of the environment, whatever its case."""
        return next((value for key, value in self.environment.items() if key.lower() == name.lower()), default)

    def path(self, name: str) -> str:
        """Return the full path of a name given relative to the working folder."""
        if name[1:2] == ":" or name.startswith(("\\\\", "//")):
            return name
        return f"{self.folder[:2]}{name}" if name.startswith(("\\", "/")) else f"{self.folder}\\{name}"

    async def out(self, data: bytes | str) -> None:
        """Write to stdout; text is encoded in the console's code page."""
        await self.stdout(data if isinstance(data, bytes) else text.encode(data, self.machine.culture))

    async def err(self, data: bytes | str) -> None:
        """Write to stderr; text is encoded in the console's code page."""
        await self.stderr(data if isinstance(data, bytes) else text.encode(data, self.machine.culture))

    async def sleep(self, seconds: float) -> None:
        """Let lab time pass; a point where a timeout, a kill or a dropped connection may cut in."""
        await self.machine.sleep(seconds)


Program = Callable[[Invocation], Awaitable[int]]
"""Returns the exit code as a signed 32-bit number."""
