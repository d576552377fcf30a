r"""Docker Toolbox's programs: ``docker-machine.exe``, ``VBoxManage.exe`` as far as they list, export and remove, and the remover.

Sources: docker/machine's reference (``ls``, ``rm``, the store in ``%USERPROFILE%\.docker\machine``), VirtualBox's manual
("VBoxManage list", "export"), Inno Setup's help ("Uninstaller Command Line Parameters") and the Toolbox's installer script (its
remover leaves machines, VirtualBox and the variables that people have set themselves).
"""

from __future__ import annotations

from contextlib import suppress

from pyinfra_wsl.lab.docker_desktop import predecessors
from pyinfra_wsl.lab.docker_desktop.predecessors import TOOLBOX, TOOLBOX_KEY, TOOLBOX_REMOVER
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.program import Invocation, Program, Unsupported

SILENT = {"/silent", "/verysilent", "/suppressmsgboxes", "/norestart", "/sp-"}


def names(inv: Invocation) -> list[str]:
    """Return the machines of who asks."""
    folder = predecessors.store(inv.account)
    return [node.name for node in inv.machine.files.list(folder, inv.token)] if inv.machine.files.is_dir(folder) else []


async def docker_machine(inv: Invocation) -> int:
    """List machines (``ls``, ``ls -q``) or remove one with its disk (``rm -f NAME``)."""
    verb, *words = inv.arguments or [""]
    if verb == "ls" and words in ([], ["-q"], ["--quiet"]):
        rows = (
            names(inv)
            if words
            else ["NAME   ACTIVE   DRIVER   STATE", *(f"{name}   -   virtualbox   Stopped" for name in names(inv))]
        )
        await inv.out("".join(f"{row}\n" for row in rows).encode())
        return 0
    if verb == "rm" and words[:1] in (["-f"], ["-y"]) and len(words) == 2:
        return await _remove(inv, words[1])
    raise Unsupported(f"docker-machine {' '.join(inv.arguments)}")


async def _remove(inv: Invocation, name: str) -> int:
    if name not in names(inv):
        await inv.err(f'Docker machine "{name}" does not exist. Use "docker-machine ls" to list machines.\n'.encode())
        return 1
    await inv.sleep(2)
    inv.machine.files.remove(rf"{predecessors.store(inv.account)}\{name}", inv.token, tree=True)
    await inv.out(f"Successfully removed {name}\n".encode())
    return 0


async def vboxmanage(inv: Invocation) -> int:
    """List machines (``list vms``, ``list runningvms``), export one (``export NAME -o FILE``)."""
    words = inv.arguments
    if words in (["list", "vms"], ["list", "runningvms"]):
        found = names(inv) if words[1] == "vms" else []
        await inv.out("".join(f'"{name}" {{00000000-0000-0000-0000-{at:012}}}\n' for at, name in enumerate(found)).encode())
        return 0
    if words[:1] == ["export"] and len(words) == 4 and words[2] in ("-o", "--output"):
        if words[1] not in names(inv):
            await inv.err(b"VBoxManage.exe: error: Could not find a registered machine named that\n")
            return 1
        disk = inv.machine.files.read(rf"{predecessors.store(inv.account)}\{words[1]}\disk.vmdk", inv.token)
        inv.machine.files.write(inv.path(words[3]), b"ova:" + disk, inv.token)
        return 0
    raise Unsupported(f"VBoxManage {' '.join(words)}")


def remover(_machine: Machine, _data: bytes) -> Program:
    """Return the program that removes Docker Toolbox."""
    return _uninstall


async def _uninstall(inv: Invocation) -> int:
    """Remove the Toolbox and its own variable; whoever set others has them still."""
    words = {word.lower() for word in inv.arguments}
    if not words & {"/silent", "/verysilent"} or words - SILENT:
        raise Unsupported(f"unins000 {' '.join(inv.arguments)}: a window that asks a person")
    if not inv.elevated:
        return 740
    await inv.sleep(5)
    machine = inv.machine
    with suppress(FileError):
        machine.files.remove(TOOLBOX, tree=True)
    machine.registry.remove_tree(TOOLBOX_KEY)
    for account in (None, *machine.accounts.values()):
        key = predecessors.environment(account)
        machine.registry.remove_value(key, "DOCKER_TOOLBOX_INSTALL_PATH")
    return 0


PROGRAMS = {"docker-machine.exe": docker_machine, "vboxmanage.exe": vboxmanage}
IMAGES = {TOOLBOX_REMOVER: remover}
