"""The daemon's other end: one JSON request and one JSON reply over a unix socket in the state folder."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

from pyinfra_wsl.lab.range import local_agent
from pyinfra_wsl.lab.range.range import Range
from pyinfra_wsl.lab.range.state import State

SECONDS = 30.0
Reply = dict[str, Any]


def ask(state: State, verb: str, **fields: Any) -> Reply:
    """Ask the lab that runs; raises OSError where none answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(SECONDS)
        connection.connect(str(state.socket))
        connection.sendall(json.dumps({"verb": verb, **fields}).encode() + b"\n")
        with connection.makefile("rb") as answers:
            reply: Reply = json.loads(answers.readline() or b"{}")
    return reply


async def serve(laptops: Range) -> asyncio.Server:
    """Answer requests until the server is closed."""

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = json.loads(await reader.readline())
            if request.get("verb") == "agent":
                await local_agent.serve(laptops, str(request.get("laptop")), reader, writer)
                return
            writer.write(json.dumps(laptops.answer(request)).encode() + b"\n")
            await writer.drain()
        except ValueError:
            writer.write(b'{"ok": false, "message": "that is no request"}\n')
        finally:
            writer.close()

    path = laptops.state.socket
    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(one, str(path))
    path.chmod(0o600)
    return server
