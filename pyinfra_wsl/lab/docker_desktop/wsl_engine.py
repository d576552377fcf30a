"""The engine on WSL 2: Docker's own distribution, its disk, and the integration into others.

Sources: Docker's WSL pages, release notes 4.36 (docker-desktop-data is merged) and 4.37; third parties for the places of disks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyinfra_wsl.lab.docker_desktop import daemon, releases
from pyinfra_wsl.lab.docker_desktop import integration as docker_integration
from pyinfra_wsl.lab.docker_desktop.engines import Engine, EngineError, Place, demand_access, linux_facts
from pyinfra_wsl.lab.machine.account import Account, Token
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.wsl import change as wsl_change
from pyinfra_wsl.lab.wsl import package as wsl_package
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.lab.wsl.distro import Entry, Tree
from pyinfra_wsl.lab.wsl.distro_instance import Instance
from pyinfra_wsl.lab.wsl.user import WslUser
from pyinfra_wsl.lab.wsl.vm import kernel


def root(account: Account, settings: Mapping[str, Any]) -> str:
    """Return the folder of the engine's disks: ``main`` and ``disk`` below it (id 69019496011)."""
    return str(settings["CustomWslDistroDir"]) or rf"{account.profile}\AppData\Local\Docker\wsl"


async def begin(place: Place, token: Token, *, keeps_data_distro: bool) -> tuple[WslUser, Instance]:
    """Register and start Docker's own distribution.

    Args:
        place: for whom.
        token: in whose session.
        keeps_data_distro: whether docker-desktop-data outlives its merging, as was seen (id 59105027963).

    Raises:
        WslError: WSL does not work.
        EngineError: the user may not.
        SettingsError: ``daemon.json``.

    """
    demand_access(place, "wsl-2")
    _demand_wsl(place)
    user = wsl.open_session(place.machine, token)
    folder, single = root(place.account, place.settings), place.installation.numbers >= releases.SINGLE_DISTRO
    for name in docker_integration.INTERNAL[:1] if single else docker_integration.INTERNAL:
        _deploy(user, name, folder)
    if single and not keeps_data_distro:
        await _merge(user)
    daemon.read(place.machine, place.account, "linux", place.installation.numbers)
    instance = await user.start(user.registrations.by_name("docker-desktop"))
    user.hold(instance)
    user.flush(instance)  # what init wrote when it began, as its host name
    disk = rf"{folder}\disk\docker_data.vhdx"
    if single and not place.machine.files.exists(disk):
        place.machine.files.write(disk, b"vhdxfile")
    return user, instance


def _demand_wsl(place: Place) -> None:
    """Raise EngineError for a WSL that is missing or too old (docker/for-win #12791; release notes 4.42)."""
    if place.installation.numbers < releases.NEEDS_WSL:
        return
    found = wsl_package.version(place.machine)
    if not found:
        raise EngineError("WSL 2 is not installed, or it is the one of Windows itself")
    if releases.numbers(found) < releases.LEAST_WSL:
        raise EngineError("WSL needs updating: Docker Desktop requires a newer WSL")


def engine(place: Place, user: WslUser) -> Engine:
    """Return the engine that answers now: it has kernel, memory and processors of the VM, whatever the settings say."""
    assert user.vm is not None  # noqa: S101 - Docker's own distribution runs in it
    memory = user.vm.usable >> 10 << 10  # in whole kB, as it reads it
    facts = linux_facts(place, kernel(place.machine), memory, user.vm.config.processors)
    containerd = bool(place.settings["UseContainerdSnapshotter"])
    return Engine("wsl-2", "linux", place.contents.at(root(place.account, place.settings), containerd=containerd), facts)


def _deploy(user: WslUser, name: str, folder: str) -> None:
    """Register one of Docker's own distributions if it is not there."""
    if any(item.name == name for item in user.registrations.listed(every_state=True)):
        return
    tree = Tree()
    for path, data in (("/etc/os-release", b"ID=docker-desktop\n"), ("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")):
        tree.make(path.rpartition("/")[0])
        tree.entries[path] = Entry("file", 0o644, data=data)
    wsl.register(user.machine, user.account, name, tree, folder=rf"{folder}\{'data' if name.endswith('-data') else 'main'}")


async def _merge(user: WslUser) -> None:
    for item in user.registrations.listed(every_state=True):
        if item.name == docker_integration.INTERNAL[1]:
            await wsl_change.unregister(user, item)


async def unregister_own(machine: Machine, account: Account) -> None:
    """Take Docker's own distributions from somebody, as a removal without ``-keep-data`` does."""
    user = wsl.session(machine, account)
    for item in user.registrations.listed(every_state=True):
        if item.name in docker_integration.INTERNAL:
            await wsl_change.unregister(user, item)
