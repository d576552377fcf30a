"""Simulated laptops over real SSH: one process, one event loop, a port on loopback for each laptop.

What is called by a client goes through the laptop's default shell, as Windows' sshd does it: ``cmd.exe /c "…"``, or
PowerShell where that was made the default (Microsoft, "OpenSSH Server configuration for Windows"). When a connection ends,
sshd ends all that ran in it (Win32-OpenSSH issue 1032).
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import asyncssh

from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.process import Process
from pyinfra_wsl.lab.machine.start import COMPLAINT, start
from pyinfra_wsl.lab.range.input import Input
from pyinfra_wsl.lab.range.sftp import Sftp
from pyinfra_wsl.lab.winrm.listener import WinRM

HOST = "127.0.0.1"
POWERSHELL = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"
Build = Callable[[], Machine]
log = logging.getLogger(__name__)


@dataclass(eq=False)
class Laptop:
    """One port with a laptop behind it; the laptop is built when somebody first connects.

    Args:
        name: the laptop's name.
        build: makes its machine.
        host_key: by which clients know it.
        client_key: the public key with which its administrators sign in, OpenSSH's one line.
        shell: ``cmd`` or ``powershell``: the default shell of its sshd.
        port: where it listens; 0 until it does.
        offline: it is switched off, nothing listens.
        served: so many commands were carried out over SSH.
        winrm: what listens for WinRM beside SSH, if anything does.

    """

    name: str
    build: Build
    host_key: asyncssh.SSHKey
    client_key: str
    shell: str = "cmd"
    port: int = 0
    offline: bool = False
    served: int = 0
    winrm: WinRM | None = None
    _machine: Machine | None = None
    _acceptor: asyncssh.SSHAcceptor | None = None
    _held: socket.socket | None = None
    _connections: set[asyncssh.SSHServerConnection] = field(default_factory=set)

    @property
    def built(self) -> Machine | None:
        """The machine if somebody has asked for it."""
        return self._machine

    @property
    def machine(self) -> Machine:
        """The machine, built if nobody has asked for it yet."""
        if self._machine is None:
            self._machine = self.build()
            if self.shell == "powershell":
                self._machine.registry.set(r"HKLM\SOFTWARE\OpenSSH", "DefaultShell", "String", POWERSHELL)
            if self.winrm is not None:
                self.winrm.attach(self._machine)
            self._machine.on_down.append(self._go_down)
            self._machine.on_up.append(self._come_up)
            self._machine.on_drop.append(self.drop)
        return self._machine

    async def listen(self) -> None:
        """Begin to listen, on the same port as before if there was one."""
        self._hold_port()
        self._acceptor = await asyncssh.listen(
            HOST,
            self.port,
            server_factory=partial(_Login, self),
            process_factory=self._exec,
            sftp_factory=self._sftp,
            allow_scp=True,
            server_host_keys=[self.host_key],
            encoding=None,
            login_timeout=60,
            keepalive_interval=0,
            server_version="OpenSSH_for_Windows_9.5",
        )
        if self.winrm is not None:
            await self.winrm.listen()
        if self.offline:
            self._go_down()

    def _hold_port(self) -> None:
        """Keep the port while nothing listens there, too: another laptop or a client would be given it otherwise."""
        if self._held is None:
            self._held = socket.socket()
            self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # so that a listener may be bound beside it
            self._held.bind((HOST, self.port))
            self.port = self._held.getsockname()[1]

    def close(self) -> None:
        """Stop listening, cut all connections and end all that runs."""
        self._go_down()
        if self._held is not None:
            self._held.close()
        if self._machine is not None:
            self._machine.processes.kill_all()

    def drop(self) -> None:
        """Cut all connections, as a pulled cable does."""
        for connection in list(self._connections):
            connection.abort()
        if self.winrm is not None:
            self.winrm.drop()

    def replace(self, build: Build, *, offline: bool = False) -> None:
        """Put another laptop behind the port."""
        self.drop()
        if self._machine is not None:
            self._machine.on_down.clear()
            self._machine.on_up.clear()
            self._machine.processes.kill_all()
        if self.winrm is not None:
            self.winrm.detach()
        self.build, self._machine, self.offline = build, None, offline
        if offline:
            self._go_down()
        else:
            self._come_up()

    def _go_down(self) -> None:
        if self._acceptor is not None:
            self._acceptor.close()
            self._acceptor = None
        if self.winrm is not None:
            self.winrm.close()
        self.drop()

    def _come_up(self) -> None:
        if self._acceptor is None and not self.offline:
            self.machine.background(self.listen())

    def _sftp(self, channel: asyncssh.SSHServerChannel[bytes]) -> Sftp:
        self.served += 1
        account = self.machine.account(channel.get_extra_info("username"))
        return Sftp(self.machine, Token(account), channel)

    async def _exec(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        """Carry out what a client asks; anything that goes wrong in the lab itself is in its log."""
        machine = self.machine
        self.served += 1
        connection = process.get_extra_info("connection")
        self._connections.add(connection)
        account = machine.account(process.get_extra_info("username"))
        try:
            program = self._start(process, Token(account), process.command or "")
            hung_up = asyncio.ensure_future(process.wait_closed())
            assert program.task is not None  # noqa: S101 - whatever was started has one
            await asyncio.wait({program.task, hung_up}, return_when=asyncio.FIRST_COMPLETED)
            hung_up.cancel()
            machine.processes.kill(program)
            await asyncio.wait({program.task})
            process.exit(_code(program.task))
        except (OSError, asyncssh.Error) as problem:
            log.info("%s: %s", self.name, problem)
        except Exception:
            log.exception("%s: the lab failed at %r", self.name, process.command)
            process.exit(COMPLAINT)

    def _start(self, channel: asyncssh.SSHServerProcess[bytes], token: Token, command: str) -> Process:
        async def out(data: bytes) -> None:
            channel.stdout.write(data)
            await channel.stdout.drain()

        async def err(data: bytes) -> None:
            channel.stderr.write(data)
            await channel.stderr.drain()

        exe, switch = ("powershell.exe", "-c") if self.shell == "powershell" else ("cmd.exe", "/c")
        line = f'{switch} "{command}"'
        return start(self.machine, token, exe, line, stdout=out, stderr=err, lines=Input(channel.stdin))


def _code(task: asyncio.Task[int]) -> int:
    if task.cancelled():
        return 1
    if task.exception() is not None:
        log.error("a program of the lab failed", exc_info=task.exception())
        return COMPLAINT
    return task.result() & 0xFFFFFFFF


class _Login(asyncssh.SSHServer):
    """Who may sign in: the laptop's administrators, with the lab's key or their own password."""

    def __init__(self, laptop: Laptop) -> None:
        self._laptop = laptop
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._laptop._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            log.debug("%s: %s", self._laptop.name, exc)
        if self._connection is not None:
            self._laptop._connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        keys = asyncssh.import_authorized_keys(self._laptop.client_key)
        if self._connection is not None and self._may_sign_in(username):
            self._connection.set_authorized_keys(keys)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return self._may_sign_in(username) and password == self._laptop.machine.account(username).password

    def _may_sign_in(self, username: str) -> bool:
        try:
            account = self._laptop.machine.account(username)
        except KeyError:
            return False
        return account.admin and bool(account.password)
