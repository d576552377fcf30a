"""A runspace: what scripts of a pool share, our agent among it, and the streams of the pipeline that uses it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from pyinfra_wsl.lab.agent import Agent
from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.process import Process
from pyinfra_wsl.lab.machine.start import overlaid


class ScriptError(Exception):
    """A pipeline ends: what it says, the name of the exception without its namespace, and its FullyQualifiedErrorId."""

    def __init__(self, message: str, kind: str = "RuntimeException", identity: str = "") -> None:
        """Keep the fields."""
        super().__init__(message)
        self.kind, self.identity = kind, identity or kind


class Streams(Protocol):
    """Where a pipeline reads and writes."""

    @property
    def input(self) -> AsyncIterator[Any]:
        """Its input objects, as they come."""

    async def out(self, value: Any) -> None:
        """Write an object."""

    async def error(self, problem: ScriptError) -> None:
        """Write an error, and go on."""

    async def information(self, value: str) -> None:
        """Write a record of information."""

    async def set_should_exit(self, code: int) -> None:
        """Tell the host that the script wants to exit."""


@dataclass(eq=False)
class Runspace:
    """What lasts from one pipeline to the next.

    Args:
        machine: where.
        token: as whom.
        process: the host process.
        mode: the language mode.
        environment: variables that scripts have set.
        agent: our agent, once it is loaded.
        exit_code: ``$LASTEXITCODE``.
        reset: its variables were taken away, those of our agent among them.
        streams: of the pipeline that runs now.

    """

    machine: Machine
    token: Token
    process: Process
    mode: str
    environment: dict[str, str] = field(default_factory=dict)
    agent: Agent | None = None
    exit_code: int = 0
    reset: bool = False
    streams: Streams | None = None

    @property
    def folder(self) -> str:
        """The folder in which it begins: the user's Documents on Windows, their profile here."""
        return self.token.account.profile

    def load(self) -> Agent:
        """Load the agent."""
        variables = overlaid(self.machine.environment(self.token), self.environment)
        self.agent = Agent(self.machine, self.token, self.process, self._tell, self.folder, variables)
        return self.agent

    def close(self) -> None:
        """Free what the agent holds."""
        if self.agent is not None:
            self.agent.close()

    async def _tell(self, line: bytes) -> None:
        if self.streams is not None:
            await self.streams.information(line.decode("ascii").rstrip("\n"))
