"""The lab's end of `local`: the agent on a laptop, as LocalSystem, with a connection in the place of its pipes."""

from __future__ import annotations

import asyncio
import json

from pyinfra_wsl import agent
from pyinfra_wsl.lab.machine.account import LOCAL_SYSTEM, Token
from pyinfra_wsl.lab.machine.start import StartError, start
from pyinfra_wsl.lab.range.input import Input
from pyinfra_wsl.lab.range.range import Range, RefusedError

_UP = 30.0  # seconds until a laptop that restarts is up


async def serve(laptops: Range, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Start the agent on a laptop as LocalSystem, with a connection for its pipes.

    Args:
        laptops: the lab.
        name: which of them.
        reader, writer: the connection, after its request.

    """
    try:
        machine = laptops.machine(name)
    except RefusedError as problem:
        writer.write(json.dumps({"ok": False, "message": str(problem)}).encode() + b"\n")
        return
    for _ in range(int(_UP * 20)):
        if machine.up:
            break
        await asyncio.sleep(0.05)

    async def out(data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    exe, _, line = agent.command_line().partition(" ")
    token = Token(LOCAL_SYSTEM)
    writer.write(b'{"ok": true}\n')
    laptops.laptops[name].served += 1
    try:
        program = start(machine, token, exe, line, stdout=out, lines=Input(reader))
    except StartError as problem:
        writer.write(f"{problem}\n".encode())
        return
    assert program.task is not None  # noqa: S101 - whatever was started has one
    closed = asyncio.ensure_future(writer.wait_closed())
    await asyncio.wait({program.task, closed}, return_when=asyncio.FIRST_COMPLETED)
    machine.processes.kill(program)
    closed.cancel()
