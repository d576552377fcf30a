"""A laptop behind a real SSH port, and a client that is not ours."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncssh

from pyinfra_wsl import agent
from pyinfra_wsl.lab.assembly import assemble
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.range.server import Laptop

KEY = asyncssh.generate_private_key("ssh-ed25519")
HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")


def machine(**settings: Any) -> Machine:
    built = assemble(Machine("LT-SSH", **{"pace": 0.01} | settings))
    built.log_on(windows.add_person(built, "alice"))
    return built


def serve(story: Callable[[Laptop], Awaitable[None]], build: Callable[[], Machine] = machine, **options: Any) -> Laptop:
    """Let a laptop listen while the story is told."""

    async def live() -> Laptop:
        laptop = Laptop("LT-SSH", build, HOST_KEY, KEY.export_public_key().decode(), **options)
        await laptop.listen()
        try:
            await story(laptop)
        finally:
            laptop.close()
            await asyncio.sleep(0.05)
        return laptop

    return asyncio.run(live())


def connect(laptop: Laptop, **options: Any) -> Any:
    known = asyncssh.import_known_hosts(f"[127.0.0.1]:{laptop.port} {HOST_KEY.export_public_key().decode()}")
    settings = {"username": "fleet-admin", "client_keys": [KEY], "known_hosts": known, "config": None} | options
    return asyncssh.connect("127.0.0.1", laptop.port, **settings)


class Channel:
    """The agent at the other end of a connection."""

    def __init__(self, process: Any) -> None:
        self._process, self._rest = process, b""

    async def line(self) -> bytes:
        while b"\n" not in self._rest:
            piece = await self._process.stdout.read(1 << 16)
            if not piece:
                return b""
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    async def ask(self, *calls: dict[str, Any]) -> list[dict[str, Any]]:
        self._process.stdin.write(json.dumps({"id": 1, "calls": calls, "keep_going": True}).encode() + b"\n")
        results: list[dict[str, Any]] = json.loads(await self.line())["results"]
        return results


@asynccontextmanager
async def agent_of(laptop: Laptop, command: str | None = None) -> Any:
    """Start the agent over a connection of its own."""
    async with connect(laptop) as connection:
        process = await connection.create_process(command or agent.command_line(), encoding=None)
        process.stdin.write(base64.b64encode(agent.source()) + b"\n")
        channel = Channel(process)
        channel.hello = json.loads(await channel.line())["hello"]
        yield channel
