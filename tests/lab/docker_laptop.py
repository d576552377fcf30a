"""A laptop with WSL and Docker's installers on its disk, for the tests of Docker Desktop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from wsl_laptop import Laptop, laptop

from pyinfra_wsl.lab.docker_desktop import package, places
from pyinfra_wsl.lab.docker_desktop.app import App, DockerDesktop
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import Token

INSTALLER = r"C:\Users\Public\installer.exe"
MSI = r"C:\Users\Public\DockerDesktop.msi"
FOLDER = r"C:\Program Files\Docker\Docker"
OWN_FOLDER = r"C:\Users\alice\AppData\Local\Programs\DockerDesktop"
STUB = rf"{FOLDER}\Docker Desktop Installer.exe"
CLI = rf"{FOLDER}\resources\bin\docker.exe"
CONTROL = rf"{FOLDER}\DockerCli.exe"
STORE = r"C:\Users\alice\AppData\Roaming\Docker\settings-store.json"
CHOICES = r"C:\ProgramData\DockerDesktop\install-settings.json"
HYPERV = (
    "Microsoft-Hyper-V-All",
    "Microsoft-Hyper-V",
    "Microsoft-Hyper-V-Hypervisor",
    "Microsoft-Hyper-V-Services",
    "Containers",
)


def run(tell: Callable[[], Awaitable[Any]]) -> Any:
    """Run several steps in one stretch of lab time; what waits for ever fails."""
    return asyncio.run(asyncio.wait_for(tell(), 30))


def bare(**machine: Any) -> Laptop:
    """Return a laptop with WSL ready and nothing of Docker."""
    here = laptop()
    for name, value in machine.items():
        setattr(here.machine, name, value)
    return here


def admin(here: Laptop) -> Token:
    return windows.administrator_token(here.machine)


def docker(here: Laptop) -> DockerDesktop:
    return here.machine.part(DockerDesktop)


def ready(version: str = "4.86.0", backend: str = "", **settings: Any) -> Laptop:
    """Return one on which Docker Desktop is there since long, its licence accepted and its features on."""
    here = bare()
    if backend in ("hyper-v", "windows"):
        switch_on(here, *HYPERV)
    docker(here).install(version, backend=backend)
    settings = {"hyper-v": {"WslEngineEnabled": False}, "windows": {"UseWindowsContainers": True}}.get(backend, {}) | settings
    docker(here).write_settings(here.person, **settings)
    return here


def switch_on(here: Laptop, *names: str) -> None:
    for name in names:
        here.machine.features.set_state(name, "Enabled")
    here.machine.settle()


def put(here: Laptop, version: str = "4.86.0", architecture: str = "amd64", kind: str = "exe") -> str:
    """Put an installer on the disk; return its path."""
    return here.put(MSI if kind == "msi" else INSTALLER, package.make(version, architecture, kind))


async def install(here: Laptop, *words: str, token: Token | None = None, exe: str = INSTALLER) -> int:
    return (await here.call("install", "--quiet", *words, exe=exe, token=token or admin(here))).code


async def msiexec(here: Laptop, *words: str, token: Token | None = None) -> int:
    return (await here.call("/i", MSI, "/qn", *words, exe="msiexec.exe", token=token or admin(here))).code


async def started(here: Laptop) -> App:
    """Start it as alice does, and wait until its start is over, however."""
    app = docker(here).start(here.token)
    await app.work
    return app


def versions(here: Laptop) -> list[tuple[str, str]]:
    """Return scope and version of every installation."""
    return [(one.scope, one.version) for one in places.installations(here.machine)]


def store(here: Laptop) -> dict[str, Any]:
    return json.loads(here.machine.files.read(STORE))


def choices(here: Laptop) -> dict[str, Any]:
    return json.loads(here.machine.files.read(CHOICES))
