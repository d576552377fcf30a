"""The shell of cmd.exe, which WinRS and most tools use: a command line, its output, its exit code."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from dataclasses import dataclass, field

from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.start import StartError, find, start
from pyinfra_wsl.lab.winrm import faults, soap
from pyinfra_wsl.lab.winrm.settings import Settings
from pyinfra_wsl.lab.winrm.shell import Command, Output, Shell

RESOURCE = f"{soap.SHELL}/cmd"
_CANCELLED = 0xC000013A
"""STATUS_CONTROL_C_EXIT, what a program ends with that Ctrl+C has ended."""
_PATIENCE = 1.0
"""Real seconds for which a command waits for its input, where nobody fetches its output."""


@dataclass
class _Input:
    """The standard input of a command, as it is sent."""

    data: bytearray = field(default_factory=bytearray)
    ended: bool = False
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def readline(self) -> bytes:
        """Return the next line with its end, b"" at the end of the input."""
        while b"\n" not in self.data and not self.ended:
            self.arrived.clear()
            await self.arrived.wait()
        line, end, rest = self.data.partition(b"\n")
        self.data[:] = rest
        return bytes(line + end)


@dataclass(eq=False)
class _Typed(Command):
    """A command with its input; it runs once its output is fetched or its input has ended: programs here read that as a whole."""

    input: _Input = field(default_factory=_Input)
    wanted: asyncio.Event = field(default_factory=asyncio.Event)
    skip: bool = False


class CmdShell(Shell):
    """A shell in which command lines run, each in a cmd.exe of its own."""

    def __init__(self, machine: Machine, settings: Settings, message: soap.Message, account: Account, id: str) -> None:  # noqa: A002
        """Keep the variables and the folder that the message names."""
        super().__init__(machine, settings, message, account, id)
        named = message.body.findall("rsp:Shell/rsp:Environment/rsp:Variable", soap.NAMES)
        self._variables = {one.get("Name", ""): one.text or "" for one in named}
        self._folder = message.text("rsp:Shell/rsp:WorkingDirectory")

    def command(self, message: soap.Message) -> Command:
        """Begin a command."""
        line = message.find("rsp:CommandLine")
        if line is None:
            raise faults.bad_parameter()
        words = [one.text or "" for one in line.findall("rsp:Arguments", soap.NAMES)]
        said = " ".join([line.findtext("rsp:Command", "", soap.NAMES), *words]).strip()
        output = Output(line.get("CommandId") or str(uuid.uuid4()).upper(), ends=("stdout", "stderr"))
        skip = message.options.get("WINRS_SKIP_CMD_SHELL", "").lower() == "true"
        if skip and find(self.machine, _split(said)[0], self.machine.environment(self.token)) is None:
            raise faults.no_file()
        typed = _Typed(output, line=said, skip=skip)
        self.added(typed)
        typed.task = asyncio.get_running_loop().create_task(self._run(typed))
        return typed

    async def _run(self, typed: _Typed) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(typed.wanted.wait(), _PATIENCE)
        typed.output.code = await self._carried_out(typed)
        typed.output.done = True
        self.bell.ring()

    async def _carried_out(self, typed: _Typed) -> int:
        async def out(data: bytes) -> None:
            typed.output.put("stdout", data)
            self.bell.ring()

        async def err(data: bytes) -> None:
            typed.output.put("stderr", data)
            self.bell.ring()

        exe, rest = ("cmd.exe", f'/c "{typed.line}"') if not typed.skip else _split(typed.line)
        data = b"" if not typed.input.ended else bytes(typed.input.data)
        try:
            process = start(
                self.machine, self.token, exe, rest, stdin=data, environment=self._variables, folder=self._folder,
                parent=self.process.pid, stdout=out, stderr=err, lines=typed.input,
            )  # fmt: skip
        except StartError as problem:
            await err(f"{problem}\r\n".encode())
            return problem.code
        try:
            return await process.ended() & 0xFFFFFFFF
        except asyncio.CancelledError:
            self.machine.processes.kill(process)
            raise

    def send(self, command: Command | None, stream: str, data: bytes, *, end: bool) -> None:
        """Take input of a command."""
        if not isinstance(command, _Typed) or stream != "stdin" or command.input.ended:
            raise faults.no_stream(stream) if stream != "stdin" else faults.bad_parameter()
        command.input.data += data
        command.input.ended = end
        command.input.arrived.set()
        if end:
            command.wanted.set()

    async def receive(self, command: Command | None, seconds: float, room: int) -> str:
        """Return output; this shell itself has none."""
        if not isinstance(command, _Typed):
            raise faults.bad_parameter()
        if command.output.done and not command.output.pieces and command.output.ends == ():
            raise faults.bad_parameter()
        command.wanted.set()
        told = await super().receive(command, seconds, room)
        if command.output.done and not command.output.pieces:
            command.output.ends = ()  # what a Receive after the last one meets: error 87, as recorded
        return told

    def signal(self, command: Command, code: str) -> None:
        """Forget a command, or end it as Ctrl+C does."""
        if command.output.done or code.endswith("/terminate"):
            self.forget(command)
            return
        if command.task is not None:
            command.task.cancel()
        command.output.code, command.output.done = _CANCELLED, True
        self.bell.ring()


def _split(line: str) -> tuple[str, str]:
    exe, _, rest = line[1:].partition('"') if line.startswith('"') else line.partition(" ")
    return exe, rest.strip()
