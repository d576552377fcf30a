"""The verb ``run``: a program, its output, its end."""

from __future__ import annotations

import asyncio
import base64
import time
from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.lab.machine.process import Process
from pyinfra_wsl.lab.machine.program import Sink
from pyinfra_wsl.lab.machine.start import overlaid, start
from pyinfra_wsl.lab.verbs.agent_process import AgentProcess
from pyinfra_wsl.lab.verbs.binding import anything, filled, integer, number, switch, text, texts, unbase64, verb

GRACE = 1.0
"""Seconds for which children of a program that ended may still write."""
TASKKILL = 1
"""The exit code of a program that ``taskkill /F`` ended."""


@dataclass
class _Pipes:
    """Both outputs of a program, as far as they are kept."""

    agent: AgentProcess
    live: bool
    limit: int
    kept: dict[str, bytearray] = field(default_factory=lambda: {"stdout": bytearray(), "stderr": bytearray()})
    truncated: bool = False
    open: bool = True

    def sink(self, name: str) -> Sink:
        async def take(data: bytes) -> None:
            if not self.open or not data:
                return
            if self.live:
                await self.agent.event("output", stream=name, data=base64.b64encode(data).decode())
            room = max(0, self.limit - len(self.kept[name]))
            self.truncated = self.truncated or room < len(data)
            self.kept[name] += data[:room]

        return take


@verb(
    "run", exe=filled, arguments=texts, timeout=number, stdin=text, environment=anything, folder=text, live=switch, limit=integer
)
async def run(
    agent: AgentProcess,
    *,
    exe: str,
    arguments: list[str] | None = None,
    timeout: float = 600.0,
    stdin: str = "",
    environment: Any = None,
    folder: str = "",
    live: bool = False,
    limit: int = 4 << 20,
) -> dict[str, Any]:
    """Run a program, as agent.ps1 does."""
    begin = time.monotonic()
    pipes = _Pipes(agent, live, limit)
    process = start(
        agent.machine,
        agent.token,
        agent.machine.expand(exe, agent.environment),
        arguments or [],
        stdin=unbase64(stdin),
        environment=overlaid(agent.environment, {name: _word(value) for name, value in dict(environment or {}).items()}),
        folder=agent.full(folder) if folder else agent.folder,
        parent=agent.process.pid,
        stdout=pipes.sink("stdout"),
        stderr=pipes.sink("stderr"),
    )
    timed_out, code = await _end_of(agent, process, timeout)
    pipes.open = False
    kept = {name: base64.b64encode(data).decode() for name, data in pipes.kept.items()}
    seconds = round(time.monotonic() - begin, 3)
    return {"exit_code": code, "timed_out": timed_out, "truncated": pipes.truncated, **kept, "seconds": seconds}


async def _end_of(agent: AgentProcess, process: Process, timeout: float) -> tuple[bool, int]:
    """Wait for a program, then a moment for what it left behind; kill the tree when time is up."""
    assert process.task is not None  # noqa: S101 - a program that was started has one
    done, _ = await asyncio.wait({process.task}, timeout=max(0.0, timeout))
    if not done:
        agent.machine.processes.kill(process)
        return True, TASKKILL
    code = TASKKILL if process.task.cancelled() else process.task.result()
    children = {child.task for child in agent.machine.processes if child.parent == process.pid and child.task}
    if children:
        await asyncio.wait(children, timeout=GRACE)
    return False, code


def _word(value: Any) -> str:
    return "" if value is None else str(value)
