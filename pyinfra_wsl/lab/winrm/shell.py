"""Shells and their commands, whatever runs in them: output that is fetched, input that is sent, an end (MS-WSMV 3.1.4.1)."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import time
import uuid
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from pyinfra_wsl.lab.machine.account import Account, Token
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.process import Process
from pyinfra_wsl.lab.winrm import faults, soap
from pyinfra_wsl.lab.winrm.settings import Settings

QUIET = 60.0
"""Seconds without traffic after which a shell says that it is disconnected (recorded, in pypsrp's test of ``is_alive``)."""
PIECE = 1 << 15
"""Bytes of one piece of output (PowerShell's BaseTransportManager.cs, DefaultFragmentSize)."""
_AROUND = 2048
"""Bytes of a reply beside its pieces; each has a tag of its own."""
_TAG = 200


def is_guid(id: str) -> bool:  # noqa: A002 - the protocol's word
    """Whether an id of a client's is a GUID."""
    try:
        uuid.UUID(id)
    except ValueError:
        return False
    return True


def decoded(text: str) -> bytes:
    """Return what a message has in base64; raises Fault for what is none."""
    try:
        return base64.b64decode(text)
    except ValueError:
        raise faults.bad_parameter() from None


class Bell:
    """Wakes all who wait for something to happen."""

    def __init__(self) -> None:
        """Be silent."""
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake who waits now."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Wait until it rings, or for so many seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), max(0.0, seconds))


@dataclass(eq=False)
class Output:
    """What is to be fetched: of a command, or of a pool of runspaces itself.

    Args:
        id: of the command, "" for the pool.
        pieces: stream and bytes.
        done: nothing more comes.
        code: the exit code.
        ends: streams whose end is told apart from that of the command.

    """

    id: str = ""
    pieces: deque[tuple[str, bytes]] = field(default_factory=deque)
    done: bool = False
    code: int = 0
    ends: tuple[str, ...] = ()

    def put(self, stream: str, data: bytes) -> None:
        """Add bytes, in pieces of the usual size."""
        for at in range(0, len(data), PIECE):
            self.pieces.append((stream, data[at : at + PIECE]))

    def taken(self, room: int) -> str:
        """Take as many pieces as a reply of a size holds, and return them as XML."""
        own = f' CommandId="{escape(self.id)}"' if self.id else ""
        told: list[str] = []
        size = _AROUND
        while self.pieces and (not told or size + len(self.pieces[0][1]) * 4 // 3 + _TAG <= room):
            stream, data = self.pieces.popleft()
            told.append(f'<rsp:Stream Name="{stream}"{own}>{base64.b64encode(data).decode()}</rsp:Stream>')
            size += len(told[-1])
        if not self.id:
            return "".join(told)
        if self.pieces or not self.done:
            return "".join((*told, f'<rsp:CommandState{own} State="{soap.SHELL}/CommandState/Running"/>'))
        told += [f'<rsp:Stream Name="{stream}"{own} End="true"></rsp:Stream>' for stream in self.ends]
        code = f"<rsp:ExitCode>{self.code}</rsp:ExitCode>"
        return "".join((*told, f'<rsp:CommandState{own} State="{soap.SHELL}/CommandState/Done">{code}</rsp:CommandState>'))


@dataclass(eq=False)
class Command:
    """A command or a pipeline.

    Args:
        output: what it has to say.
        task: what runs.
        line: as it was asked for.
        sending: input for it is being taken.

    """

    output: Output
    task: asyncio.Task[None] | None = None
    line: str = ""
    sending: bool = False


class Shell(ABC):
    """A shell: a host process under somebody's token, in whose job all runs that it starts.

    Args:
        machine: where.
        settings: the quotas.
        message: which asked for it.
        account: whose.
        id: its id.

    """

    inputs, outputs, host = "stdin", "stdout stderr", "winrshost.exe"

    def __init__(self, machine: Machine, settings: Settings, message: soap.Message, account: Account, id: str) -> None:  # noqa: A002
        """Start the host process."""
        self.machine, self.settings, self.account, self.id = machine, settings, account, id
        self.resource, self.session, self.token = message.resource, message.session, Token(account)
        self.bell, self.own = Bell(), Output()
        self.commands: dict[str, Command] = {}
        self.disconnected = self.closed = False
        self.waiting = 0
        wanted = message.text("rsp:Shell/rsp:IdleTimeOut")
        self.idle_timeout = soap.duration(wanted) if wanted else settings.quotas.IdleTimeout
        self.begun = self.touched = self.now()
        self.process = self._host()

    def _host(self) -> Process:
        folder = "SysWOW64" if self.resource.lower().endswith("/microsoft.powershell32") else "System32"
        exe = rf"C:\Windows\{folder}\{self.host}"
        process = self.machine.processes.add(exe, self.token, command_line=f"{exe} -Embedding")
        process.limit = self.settings.quotas.MaxProcessesPerShell
        process.task = asyncio.get_running_loop().create_task(self._live())
        return process

    async def _live(self) -> int:
        """Be the host process: until it is ended, and with it the shell."""
        try:
            await asyncio.Event().wait()
        finally:
            self._over()
        return 0

    def now(self) -> float:
        """Return the time in seconds of idle time."""
        return time.monotonic() / self.settings.pace

    @property
    def idle(self) -> float:
        """For how long nobody has asked for it."""
        return 0.0 if self.waiting else self.now() - self.touched

    @property
    def expired(self) -> bool:
        """Whether it was idle for longer than its IdleTimeOut."""
        return self.idle > (self.idle_timeout or 0.0)

    def close(self) -> None:
        """End it and all that runs in it."""
        self.machine.processes.kill(self.process)
        self._over()

    def _over(self) -> None:
        if not self.closed:
            self.closed = True
            for command in self.commands.values():
                if command.task is not None and command.task is not asyncio.current_task():
                    command.task.cancel()
            self.release()
            self.bell.ring()

    def release(self) -> None:  # noqa: B027 - not every shell holds something
        """Let go of what it holds."""

    @abstractmethod
    def command(self, message: soap.Message) -> Command:
        """Begin a command; raises Fault."""

    @abstractmethod
    def send(self, command: Command | None, stream: str, data: bytes, *, end: bool) -> None:
        """Take input; raises Fault."""

    @abstractmethod
    def signal(self, command: Command, code: str) -> None:
        """Stop a command, or let it be forgotten."""

    def find(self, id: str) -> Command:  # noqa: A002
        """Return a command; raises Fault."""
        try:
            return self.commands[id.upper()]
        except KeyError:
            raise faults.no_command() from None

    def forget(self, command: Command) -> None:
        """End a command and forget it: what waits for its output is told so."""
        self.commands.pop(command.output.id.upper(), None)
        if command.task is not None:
            command.task.cancel()
        self.bell.ring()

    def added(self, command: Command) -> Command:
        """Enter a command; raises Fault where the quota is used up, or its id is not one."""
        if not is_guid(command.output.id):
            raise faults.bad_id("command")
        if len(self.commands) >= self.settings.quotas.MaxConcurrentCommandsPerShell:
            raise faults.too_many_commands()
        if self.commands.setdefault(command.output.id.upper(), command) is not command:
            raise faults.same_command()
        return command

    async def receive(self, command: Command | None, seconds: float, room: int) -> str:
        """Wait for output and return it as XML; raises Fault where there is none in time, or the command or shell ends."""
        output, until = command.output if command else self.own, time.monotonic() + seconds
        self.waiting += 1
        try:
            while not (output.pieces or output.done):
                left = until - time.monotonic()
                if left <= 0:
                    raise faults.timed_out()
                await self.bell.wait(left)
                if self.closed or (command and self.commands.get(output.id.upper()) is not command):
                    raise faults.aborted() if self.closed else faults.no_command()
                if self.disconnected:
                    raise faults.disconnected()
        finally:
            self.waiting -= 1
            self.touched = self.now()
        return output.taken(room)

    def describe(self) -> str:
        """Return its fields as XML, in the order of the recordings."""
        quiet = self.idle > QUIET
        state = "Disconnected" if self.disconnected or quiet else "Connected"
        rows: dict[str, str | int] = {
            "ShellId": self.id, "ResourceUri": self.resource, "Owner": self.account.full_name, "ClientIP": "127.0.0.1",
            "ProcessId": self.process.pid, "IdleTimeOut": f"PT{self.idle_timeout or 0:.3f}S", "InputStreams": self.inputs,
            "OutputStreams": self.outputs, "MaxIdleTimeOut": f"PT{self.settings.quotas.MaxIdleTimeout:.3f}S", "Locale": "en-US",
            "DataLocale": "en-US", "CompressionMode": "NoCompression", "ProfileLoaded": "Yes", "Encoding": "UTF8",
            "BufferMode": "Block", "State": state, "ShellRunTime": soap.span(self.now() - self.begun),
            "ShellInactivity": soap.span(self.idle),
        }  # fmt: skip
        return f"<rsp:Shell>{''.join(soap.element(f'rsp:{name}', value) for name, value in rows.items())}</rsp:Shell>"
