"""A laptop that listens for WinRM, and clients that nobody here wrote: pypsrp and pywinrm."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypsrp.client import Client
from pypsrp.exceptions import WSManFaultError
from pypsrp.wsman import SelectorSet, WSMan
from ssh import HOST_KEY, KEY, machine

from pyinfra_wsl.lab.range.server import Laptop
from pyinfra_wsl.lab.winrm.certificates import Authority
from pyinfra_wsl.lab.winrm.listener import WinRM
from pyinfra_wsl.lab.winrm.settings import Settings

USER, PASSWORD = "fleet-admin", "correct horse"
AUTHORITY = Authority()
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
NO_SELECTORS = 2150858843
TIMED_OUT = 2150858793


def code(does: Callable[..., Any], *words: Any, **more: Any) -> int | None:
    """Do what is refused with a fault, and return its number."""
    with pytest.raises(WSManFaultError) as refused:
        does(*words, **more)
    return refused.value.code


def raw(
    wsman: WSMan, action: str, resource: str = f"{SHELL}/cmd", *, body: Any = None, of: str | None = None, timeout: Any = None
) -> Any:
    """Send a message that no client of pypsrp's sends; `of` is the shell that it is about."""
    selectors = SelectorSet()
    if of:
        selectors.add_option("ShellId", of)
    return wsman.invoke(action, resource, body, None, selectors, timeout)


def alice_may() -> Any:
    """Return a machine on which a second administrator has a password."""
    built = machine()
    built.account("alice").admin, built.account("alice").password = True, "of alice"
    return built


class Served:
    """A laptop while the story is told; what it is asked happens in its own loop."""

    def __init__(self, laptop: Laptop, loop: asyncio.AbstractEventLoop, folder: Path) -> None:
        self.laptop, self.winrm, self.loop = laptop, laptop.winrm, loop
        self.ca = folder / "ca.pem"
        self.ca.write_bytes(AUTHORITY.own.pem)

    @property
    def machine(self) -> Any:
        return self.laptop.machine

    def now(self, does: Callable[[], Any]) -> Any:
        """Let something happen on the laptop."""

        async def live() -> Any:
            done = does()
            return await done if asyncio.iscoroutine(done) else done

        return asyncio.run_coroutine_threadsafe(live(), self.loop).result(20)

    def options(self, *, tls: bool = False, **more: Any) -> dict[str, Any]:
        quick = {"auth": "basic", "encryption": "never"} if "Basic" in self.winrm.settings.schemes else {}
        return {
            "username": USER, "password": PASSWORD, "ssl": tls, "port": self.winrm.ports["https" if tls else "http"],
            "auth": "negotiate", "encryption": "auto", "no_proxy": True, "cert_validation": str(self.ca), "operation_timeout": 5,
            "read_timeout": 10, "reconnection_retries": 0, **quick, **more,
        }  # fmt: skip

    def client(self, **more: Any) -> Client:
        return Client("127.0.0.1", **self.options(**more))

    def wsman(self, **more: Any) -> WSMan:
        return WSMan("127.0.0.1", **self.options(**more))


def quickly(story: Callable[[Served], None], build: Callable[[], Any] = machine, **told: Any) -> Laptop:
    """Serve to clients that log in with Basic over plain HTTP, where how they log in is of no interest."""
    return serve(story, build, **{"schemes": ["Negotiate", "Basic"], "allow_unencrypted": True, **told})


def serve(story: Callable[[Served], None], build: Callable[[], Any] = machine, **told: Any) -> Laptop:
    """Let a laptop listen while the story is told, in a thread of its own: these clients block."""

    async def live() -> Laptop:
        laptop = Laptop("LT-SSH", build, HOST_KEY, KEY.export_public_key().decode())
        laptop.winrm = WinRM("LT-SSH", lambda: laptop.machine, Settings.of(told), AUTHORITY)
        await laptop.listen()
        with tempfile.TemporaryDirectory() as folder:
            try:
                await asyncio.to_thread(story, Served(laptop, asyncio.get_running_loop(), Path(folder)))
            finally:
                laptop.close()
                await asyncio.sleep(0.02)
        return laptop

    return asyncio.run(live())
