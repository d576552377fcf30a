"""A laptop of the lab that listens for WinRM in a thread of this process, as a test wants it."""

import asyncio
import threading
from contextlib import contextmanager

import asyncssh
import pytest

from pyinfra_wsl.agent.channel import Channel
from pyinfra_wsl.connectors.winrm.faults import BrokenError
from pyinfra_wsl.connectors.winrm.options import Options
from pyinfra_wsl.connectors.winrm.runspace import Runspace
from pyinfra_wsl.connectors.winrm.wire import RunspaceWire
from pyinfra_wsl.core import call
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.lab.assembly import assemble
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.range.server import Laptop
from pyinfra_wsl.lab.winrm.certificates import Authority
from pyinfra_wsl.lab.winrm.listener import WinRM
from pyinfra_wsl.lab.winrm.settings import Settings

AUTHORITY = Authority()
HOST_KEY, KEY = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
HOSTNAME = call.run("hostname.exe")
USER, PASSWORD = "fleet-admin", "correct horse"


class Lab:
    """One laptop; `do` calls a function where it lives."""

    def __init__(self, folder, told):
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.ca = folder / "ca.pem"
        self.ca.write_bytes(AUTHORITY.own.pem)
        self.laptop = Laptop("LT-1", self._build, HOST_KEY, KEY.export_public_key().decode())
        self.laptop.winrm = self.do(lambda: WinRM("LT-1", lambda: self.laptop.machine, Settings.of(told), AUTHORITY))
        self.do(self.laptop.listen)

    def _build(self):
        machine = assemble(Machine("LT-1", pace=0.02))
        machine.log_on(windows.add_person(machine, "alice"))
        return machine

    @property
    def machine(self):
        return self.laptop.machine

    @property
    def winrm(self):
        return self.laptop.winrm

    @property
    def shells(self):
        return self.do(lambda: list(self.winrm.service.shells.values()))

    def do(self, function):
        async def call():
            found = function()
            return await found if asyncio.iscoroutine(found) else found

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(20)

    def options(self, scheme="https", **more):
        told = {"user": USER, "password": PASSWORD, "ca": str(self.ca) if scheme == "https" else None, "seconds": 2, **more}
        return Options("127.0.0.1", self.winrm.ports[scheme], scheme=scheme, **told)

    def wire(self, *arguments, **more):
        return RunspaceWire(Runspace(self.options(*arguments, **more)))

    def channel(self, *arguments, **more):
        wire = self.wire(*arguments, **more)
        try:
            return Channel(wire)
        except OSError:
            wire.close()
            raise

    def over(self, runspace):
        """Start an agent in a session that is open."""
        return Channel(RunspaceWire(runspace))

    def close(self):
        self.do(self.laptop.close)
        self.do(lambda: asyncio.sleep(0.02))
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()


@contextmanager
def lab(folder, **told):
    """Let a laptop listen for as long as the block runs."""
    made = Lab(folder, told)
    try:
        yield made
    finally:
        made.close()


def name_of(channel):
    """Ask a laptop for its name."""
    return Output.of(channel.ask([HOSTNAME])[0]).text().strip()


def refused(laptop, *arguments, **more):
    """Open a session where none can be had, and return what is told."""
    with pytest.raises(BrokenError) as caught:
        Runspace(laptop.options(*arguments, **more))
    return caught.value.told
