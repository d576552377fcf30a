"""An agent as its verbs see it: a process on a laptop, whose events somebody may hear."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.files import Node
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.process import Process

Message = dict[str, Any]
Send = Callable[[bytes], Awaitable[None]]


@dataclass
class AgentProcess:
    """A running agent: on a machine, with a token, writing whole lines to `send`.

    Args:
        machine: where.
        token: as whom.
        process: its own entry in the table of processes.
        send: takes one line, for events; None where nobody listens (file to file).
        folder: what relative paths are relative to.
        environment: its variables.
        locks: what it has locked, by path.
        request: the id of the request that it answers.
        index: which call of that request.

    """

    machine: Machine
    token: Token
    process: Process
    send: Send | None
    folder: str
    environment: dict[str, str]
    locks: dict[str, Node] = field(default_factory=dict)
    request: Any = None
    index: int = 0

    async def event(self, name: str, **fields: Any) -> None:
        """Tell something while a live call runs."""
        if self.send is not None:
            await self.send(line({"id": self.request, "call": self.index, "event": name, **fields}))

    def full(self, path: str) -> str:
        """Return a path as the agent takes it: variables expanded, relative to its folder."""
        path = self.machine.expand(path, self.environment)
        return path if path[1:2] == ":" or path.startswith(("\\\\", "//")) else f"{self.folder}\\{path}"

    def close(self) -> None:
        """End: what it locked is free."""
        for node in self.locks.values():
            node.open_by = ""
        self.locks.clear()


def line(message: Message) -> bytes:
    """Return a message as one line of ASCII."""
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"
