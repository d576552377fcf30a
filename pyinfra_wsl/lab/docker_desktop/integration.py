"""What Docker Desktop puts into the distributions that it integrates, and takes away again.

Sources: Docker's WSL pages; places inside a distribution from users' reports (docker/for-win issue 14775 and others): the CLI
on a mount at ``/mnt/wsl/docker-desktop/cli-tools``, ``/usr/bin/docker`` a link into it, ``/var/run/docker.sock`` root:docker.
"""

from __future__ import annotations

from typing import Any

from pyinfra_wsl.lab.wsl import distro_users
from pyinfra_wsl.lab.wsl.distro import Entry, Tree
from pyinfra_wsl.lab.wsl.distro_instance import Instance
from pyinfra_wsl.lab.wsl.errors import WslError
from pyinfra_wsl.lab.wsl.registration import Registration
from pyinfra_wsl.lab.wsl.user import WslUser

TOOLS = "/mnt/wsl/docker-desktop"
CLI = f"{TOOLS}/cli-tools/usr/bin/docker"
PROXY = f"{TOOLS}/docker-desktop-user-distro"
LINK = "/usr/bin/docker"
SOCKET = "/var/run/docker.sock"
INTERNAL = ("docker-desktop", "docker-desktop-data")
"""Docker's own distributions: never integrated."""


def wanted(user: WslUser, settings: dict[str, Any], *, wsl1: bool = True) -> list[Registration]:
    """Return the WSL 2 distributions that the settings name and that exist, and the default one if it is to be.

    Args:
        user: whose WSL.
        settings: those in force.
        wsl1: whether it bears that a distribution of WSL 1 is there.

    """
    names = {str(name) for name in settings["IntegratedWslDistros"]}
    if settings["EnableIntegrationWithDefaultWslDistro"] and user.registrations.has_default():
        names.add(user.registrations.default().name)
    found = user.registrations.listed(every_state=False)
    if not wsl1 and not all(item.wsl2 for item in found):
        return []
    return [item for item in found if item.name in names - set(INTERNAL) and item.wsl2]


def is_musl(tree: Tree) -> bool:
    """Whether a distribution is built on musl, on which Docker's proxy does not run."""
    return any(path.startswith("/lib/ld-musl-") for path in tree.entries)


async def set_up(user: WslUser, item: Registration, *, socket: bool = True) -> Instance | None:
    """Start a distribution, and put command, socket and group into it; None where that fails.

    A ``docker`` of its own, of a Docker Engine inside, stays what it is (Docker's WSL page says to remove it first; what happens
    otherwise is not verified).

    Args:
        user: whose WSL.
        item: the distribution.
        socket: whether the proxy makes its socket.

    """
    try:
        instance = await user.start(item)
    except WslError:
        return None
    if is_musl(instance.tree):
        return None
    tree, owner = instance.tree, instance.user()
    distro_users.add_group(tree, "docker", owner.name if owner and owner.uid else "")
    tree.make("/usr/bin")
    own = tree.entries.get(LINK)
    if own is None or own.kind == "link":
        tree.link(LINK, CLI)
    for path in (CLI, PROXY):
        tree.mount(path, Entry("file", 0o755, data=b"\x7fELF"))
    gid = distro_users.groups(tree)["docker"][0]
    if socket:
        tree.mount(tree.real(SOCKET), Entry("file", 0o660, gid=gid, socket=True))
    user.hold(instance)
    user.flush(instance)
    return instance


def take_down(user: WslUser, instance: Instance) -> None:
    """Take the mounts away and let go of a distribution; the link stays, and leads nowhere."""
    if user.instances.get(instance.guid) is instance:
        instance.tree.unmount(TOOLS)
        instance.tree.unmount(instance.tree.real(SOCKET))
        user.release(instance)


async def remove_links(user: WslUser, but: list[Registration]) -> None:
    """Remove the link from distributions that run and are no longer integrated."""
    kept = {item.guid for item in but}
    for instance in list(user.instances.values()):
        link = instance.tree.entries.get(LINK)
        if instance.guid not in kept and link is not None and link.target == CLI:
            instance.tree.remove(LINK)
            user.flush(instance)
