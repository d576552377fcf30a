"""WinRM of a laptop as a whole: its ports, its service, and what may happen to both."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.services import AUTOMATIC
from pyinfra_wsl.lab.winrm import certificates, http
from pyinfra_wsl.lab.winrm.certificates import Authority
from pyinfra_wsl.lab.winrm.connection import Connection
from pyinfra_wsl.lab.winrm.service import POLICY, Service
from pyinfra_wsl.lab.winrm.settings import Happening, Settings

HOST = "127.0.0.1"
NAME = "WinRM"
_AWAY = ("sleep", "drop-firewall")
_IMAGE = r"%SystemRoot%\System32\svchost.exe -k NetworkService -p"


class _Wall:
    """A port at which nobody answers, as behind a firewall that drops: a queue of connections that is full."""

    def __init__(self, port: int) -> None:
        self._listening = socket.socket()
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listening.bind((HOST, port))
        self._listening.listen(0)
        self._callers = []
        for _ in range(2):
            caller = socket.socket()
            caller.setblocking(False)
            with suppress(BlockingIOError):
                caller.connect((HOST, port))
            self._callers.append(caller)

    def close(self) -> None:
        """Take it away."""
        for one in (*self._callers, self._listening):
            one.close()


class WinRM:
    """WinRM of one laptop.

    Args:
        name: of the laptop.
        machine: returns it.
        settings: what its WinRM is like.
        authority: signs its certificate.

    """

    def __init__(self, name: str, machine: Callable[[], Machine], settings: Settings, authority: Authority) -> None:
        """Listen nowhere yet."""
        self.name, self.settings, self.authority = name, settings, authority
        self._machine = machine
        self.service: Service | None = None
        self.ports = {"http": settings.http_port, "https": settings.https_port}
        self.counts: Counter[str] = Counter()
        self._servers: dict[str, asyncio.Server] = {}
        self._walls: list[_Wall] = []
        self._connections: set[Connection] = set()
        self._left = list(settings.happenings)
        self._pair: certificates.Pair | None = None

    def attach(self, machine: Machine) -> None:
        """Put WinRM on a machine that was just built: what ``winrm quickconfig`` leaves there."""
        machine.services.create(NAME, "Windows Remote Management (WS-Management)", _IMAGE, AUTOMATIC)
        machine.services.changed.pop(NAME.lower(), None)
        machine.services.watchers[NAME.lower()] = self._changed
        if not self.settings.remote_uac:
            machine.registry.set(POLICY, "LocalAccountTokenFilterPolicy", "DWord", 1)
        self.service = Service(machine, self.settings)

    def detach(self) -> None:
        """Forget a machine that is gone."""
        self.drop()
        if self.service is not None:
            self.service.machine.services.watchers.pop(NAME.lower(), None)
            self.service.end()
        self.service = None

    async def listen(self) -> None:
        """Begin to listen, at the same ports as before if there were any, unless the service is stopped."""
        if self.service is not None and not self.service.machine.services.running(NAME):
            return
        if self.settings.certificate == "changed":
            self._pair = None
        for scheme in self.settings.listeners:
            if scheme in self._servers:
                continue
            own = self._certificate().der if scheme == "https" else b""
            tls = (
                certificates.context(self._certificate(), self.authority, asks="Certificate" in self.settings.schemes)
                if own
                else None
            )
            server = await asyncio.start_server(self._accept(own), HOST, self.ports[scheme], ssl=tls, limit=http.HEAD)
            self._servers[scheme] = server
            self.ports[scheme] = server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Stop listening and cut all connections; shells live on, as they do until the service ends."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()
        for wall in self._walls:
            wall.close()
        self._walls.clear()
        self.drop()

    def drop(self) -> None:
        """Cut all connections."""
        for connection in list(self._connections):
            connection.abort()

    def _certificate(self) -> certificates.Pair:
        if self._pair is None:
            self._pair = self.authority.for_laptop(self.name, self.settings.certificate, datetime.now(UTC))
        return self._pair

    def _accept(self, own: bytes) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = Connection(self._now, self.settings, self._asked, own, (reader, writer))
            self._connections.add(connection)
            try:
                await connection.serve()
            finally:
                self._connections.discard(connection)

        return accepted

    def _now(self) -> Service | None:
        """Return the service, where it runs; whoever asks first has the laptop built."""
        machine = self._machine()
        return self.service if machine.up and machine.services.running(NAME) else None

    # --- what may happen ------------------------------------------------------------------------------------------

    async def _asked(self, action: str) -> Happening | None:
        """Count a request, and let happen what shall happen with it."""
        self.counts[action] += 1
        self.counts["Any"] += 1
        for one in self._left:
            if one.action in (action, "Any") and self.counts[one.action] == one.number:
                self._left.remove(one)
                await self._happen(one)
                return one
        return None

    def arrange(self, one: Happening) -> None:
        """Let something happen now, or to the answer of the `number`-th request from now on."""
        if not self._begin(one):
            self._left.append(replace(one, number=self.counts[one.action] + one.number))

    async def _happen(self, one: Happening) -> None:
        self._begin(one)
        if one.do in _AWAY:
            await asyncio.Event().wait()  # what asked is frozen by then
        await asyncio.sleep(0)

    def _begin(self, one: Happening) -> bool:
        """Begin what is not a matter of one answer; returns whether it is so."""
        events: dict[str, Callable[[], None]] = {
            "restart-service": self.restart_service, "stop-service": self._stop_service, "kill-runspace": self.kill_runspaces,
            "restart-laptop": self._restart_laptop, "NTLM-off": self._ntlm_off, "new-password": self._new_password,
            "new-certificate": self._new_certificate,
        }  # fmt: skip
        if one.do in events:
            events[one.do]()
        elif one.do in _AWAY:
            self._machine().background(self.vanish(one.seconds))
        return one.do in events or one.do in _AWAY

    def restart_service(self) -> None:
        """Restart the service: all shells are gone, and all connections."""
        self._stop_service()
        self._machine().services.start(NAME)

    def _stop_service(self) -> None:
        self._machine().services.stop(NAME)

    def _changed(self, running: bool) -> None:
        if not running:
            if self.service is not None:
                self.service.end()
            self.close()
        elif self._machine().up and not self._servers:
            self._machine().background(self.listen())

    def kill_runspaces(self) -> None:
        """End the host processes of all shells, as Task Manager or a lack of memory does."""
        if self.service is not None:
            for shell in list(self.service.shells.values()):
                self._machine().processes.kill(shell.process)

    def _restart_laptop(self) -> None:
        self._machine().background(self._machine().reboot())

    def _ntlm_off(self) -> None:
        """NTLM is switched off: Negotiate has nothing but Kerberos left."""
        self.settings.ntlm = False
        self.drop()

    def _new_password(self) -> None:
        """Rotate the passwords of local accounts, as LAPS does."""
        for account in self._machine().accounts.values():
            account.password = f"{account.password} of today" if account.password else ""
        self.drop()

    def _new_certificate(self) -> None:
        """Bind another certificate to the listener."""
        self._pair = None
        self.close()
        self._machine().background(self.listen())

    async def vanish(self, seconds: float) -> None:
        """Be away for so many real seconds: neither answers nor refusals come; then connections are gone, and shells are not.

        The time counts for the shells, which nobody has asked for meanwhile: one that was away for its IdleTimeOut is deleted.
        """
        frozen = list(self._connections)
        for connection in frozen:
            connection.freeze()
        for server in self._servers.values():
            server.close()
        ports = [self.ports[scheme] for scheme in self._servers]
        self._servers.clear()
        self._walls = [_Wall(port) for port in ports]
        await asyncio.sleep(seconds)
        for connection in frozen:
            connection.abort()
        self.close()
        await self.listen()
