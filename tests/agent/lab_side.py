"""The lab's agent: on a simulated laptop, at the end of a real SSH connection."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import asyncssh
from side import Agent, Place, Result

from pyinfra_wsl import agent as shipped
from pyinfra_wsl.lab import exe
from pyinfra_wsl.lab.assembly import assemble
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.program import Invocation
from pyinfra_wsl.lab.machine.start import start
from pyinfra_wsl.lab.range.server import Laptop

T = TypeVar("T")
PROBE = r"C:\probe\probe.exe"
KEY = asyncssh.generate_private_key("ssh-ed25519")


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, T], timeout: float = 30) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout)

    def close(self) -> None:
        self.do(asyncio.sleep(0.1))  # for what was cancelled
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()


async def probe(inv: Invocation) -> int:
    """The cases' own program; see probe.py, which does the same for a real agent."""
    what, *words = inv.arguments
    if what == "arguments":
        await inv.out(json.dumps(words).encode())
    elif what == "hang":
        await inv.sleep(60)
    elif what == "cat_and_fail":
        await inv.out(inv.stdin)
        await inv.err(b"oops\n")
        return 7
    elif what == "environment":
        await inv.out(f"{inv.env(words[0])}\n{inv.folder}\n".encode())
    elif what == "tee":
        await inv.out(inv.stdin)
        await inv.err(inv.stdin)
    elif what == "zeros":
        await inv.out(bytes(int(words[0])))
    elif what in ("hang_with_child", "leave_child"):
        child = start(inv.machine, inv.token, PROBE, ["hang"], parent=inv.process.pid, stdout=inv.stdout)
        await inv.out(f"begun {child.pid}\n".encode() if what == "hang_with_child" else b"started\n")
        await inv.sleep(60 if what == "hang_with_child" else 0)
    elif what == "close_and_hang":
        await inv.sleep(60)
    elif what == "count":
        for number in (1, 2, 3):
            await inv.out(b"%d\n" % number)
            await inv.sleep(0.3)
    return 0


class LabPlace(Place):
    separator = "\\"

    def __init__(self, machine: Machine) -> None:
        self._files = machine.files
        self.folder = r"C:\place"
        machine.files.make(self.folder)

    def write(self, path: str, data: bytes) -> None:
        self._files.write(path, data)

    def read(self, path: str) -> bytes:
        return self._files.read(path)

    def exists(self, path: str) -> bool:
        return self._files.exists(path)

    def names(self) -> list[str]:
        return [node.name for node in self._files.list(self.folder)]

    def make(self, path: str) -> None:
        self._files.make(path)

    def link(self, path: str, target: str) -> None:
        self._files.link(path, target)

    def file_link(self, path: str, target: str) -> None:
        self._files.symlink(path, target)

    def second_name(self, path: str, existing: str) -> None:
        self._files.hard_link(path, existing)

    def is_link(self, path: str) -> bool:
        return bool(self._files.stat(path).link)


class LabAgent(Agent):
    """One agent over SSH, on a laptop whose time passes as ours does."""

    windows = True

    def __init__(self, loop: Loop, laptop: Laptop, user: str = "fleet-admin") -> None:
        self._loop, self.laptop = loop, laptop
        exe.PROGRAMS["probe.exe"] = probe
        laptop.machine.files.write(PROBE, b"MZ")
        self.place = LabPlace(laptop.machine)
        self._pieces = b""
        loop.do(self._connect(user))
        self.send(base64.b64encode(shipped.source()))
        self.hello = self.receive()["hello"]

    @classmethod
    def on_new_laptop(cls, loop: Loop) -> LabAgent:
        host_key = asyncssh.generate_private_key("ssh-ed25519")

        def build() -> Machine:
            machine = assemble(Machine("LT-CASES", pace=1.0))
            machine.log_on(windows.add_person(machine, "alice"))
            return machine

        laptop = Laptop("LT-CASES", build, host_key, KEY.export_public_key().decode())
        loop.do(laptop.listen())
        return cls(loop, laptop)

    async def _connect(self, user: str) -> None:
        self._connection = await asyncssh.connect(
            "127.0.0.1", self.laptop.port, username=user, client_keys=[KEY], known_hosts=None
        )
        self._channel = await self._connection.create_process(shipped.command_line(), encoding=None)

    def send(self, line: bytes) -> None:
        async def write() -> None:
            self._channel.stdin.write(line + b"\n")
            await self._channel.stdin.drain()

        self._loop.do(write())

    def receive_line(self) -> bytes:
        while b"\n" not in self._pieces:
            piece = self._loop.do(self._channel.stdout.read(1 << 20))
            assert piece, "the agent has ended"
            self._pieces += piece
        line, _, self._pieces = self._pieces.partition(b"\n")
        return line

    def kill(self) -> None:
        async def hang_up() -> None:
            self._connection.abort()
            await self._connection.wait_closed()

        self._loop.do(hang_up())

    def another(self) -> Agent:
        return LabAgent(self._loop, self.laptop)

    def probe(self, what: str, *words: str) -> Result:
        return {"exe": PROBE, "arguments": [what, *words]}

    def runs(self, process: int) -> bool:
        return self.laptop.machine.processes.get(process) is not None

    def from_file_to_file(self, request: str, reply: str) -> None:
        script = self.place.path("agent.ps1")
        self.laptop.machine.files.write(script, shipped.source())
        line = shipped.command_line().partition(" -EncodedCommand")[0]
        command = f'{line} -File "{script}" -Request "{request}" -Reply "{reply}"'
        assert self._loop.do(self._connection.run(command)).exit_status == 0

    def close(self) -> None:
        self._loop.loop.call_soon_threadsafe(self.laptop.close)
        self._loop.do(asyncio.sleep(0))
        assert not self.laptop.machine.complaints
