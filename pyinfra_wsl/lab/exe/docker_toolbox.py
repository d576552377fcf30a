r"""Docker Toolbox's programs: ``docker-machine.exe``, ``VBoxManage.exe`` as far as they list, export and remove, and the remover.

Sources: docker/machine's reference (``ls``, ``rm``, the store in ``%USERPROFILE%\.docker\machine`` or where MACHINE_STORAGE_PATH
says) and ``commands/rm.go``; VirtualBox's manual ("VBoxManage list", "export"); Inno Setup's help ("Uninstaller Command
Line Parameters"; files that it did not install stay); docker-archive/toolbox, ``windows/Toolbox.iss``: ``[UninstallRun]`` first
removes the machine ``default``, with its disk, and variables, all of the account that runs it; ``[Registry]``.
"""

from __future__ import annotations

from contextlib import suppress

from pyinfra_wsl.lab.docker_desktop import toolbox
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.docker_desktop.toolbox import TOOLBOX, TOOLBOX_REMOVER
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.program import Invocation, Program, Unsupported

SILENT = {"/silent", "/verysilent", "/suppressmsgboxes", "/norestart", "/sp-"}
UNSET = ("DOCKER_CERT_PATH", "DOCKER_HOST", "DOCKER_MACHINE_NAME", "DOCKER_TLS_VERIFY", "NO_PROXY", "DOCKER_TOOLBOX_INSTALL_PATH")
"""What the remover takes from the variables of who runs it, NO_PROXY too."""


def store(inv: Invocation) -> str:
    """Return where the machines of who asks are."""
    moved = inv.env("MACHINE_STORAGE_PATH")
    return rf"{moved}\machines" if moved else toolbox.store(inv.account)


def names(inv: Invocation) -> list[str]:
    """Return the machines of who asks."""
    folder = store(inv)
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
    for process in [one for one in inv.machine.processes if f'--comment "{name}"' in one.command_line]:
        inv.machine.processes.kill(process)
    inv.machine.files.remove(rf"{store(inv)}\{name}", inv.token, tree=True)
    toolbox.unregister(inv.machine, inv.account, name)
    await inv.out(f"Successfully removed {name}\n".encode())
    return 0


async def vboxmanage(inv: Invocation) -> int:
    """List machines (``list vms``, ``list runningvms``), export one (``export NAME -o FILE``)."""
    words = inv.arguments
    if words in (["list", "vms"], ["list", "runningvms"]):
        files = toolbox.registered(inv.machine, inv.account) if words[1] == "vms" else []
        known = [file.rpartition("\\")[2].removesuffix(".vbox") for file in files]
        await inv.out("".join(f'"{name}" {{00000000-0000-0000-0000-{at:012}}}\n' for at, name in enumerate(known)).encode())
        return 0
    if words[:1] == ["export"] and len(words) == 4 and words[2] in ("-o", "--output"):
        if words[1] not in names(inv):
            await inv.err(b"VBoxManage.exe: error: Could not find a registered machine named that\n")
            return 1
        disk = inv.machine.files.read(rf"{store(inv)}\{words[1]}\disk.vmdk", inv.token)
        inv.machine.files.write(inv.path(words[3]), b"ova:" + disk, inv.token)
        return 0
    raise Unsupported(f"VBoxManage {' '.join(words)}")


def remover(_machine: Machine, _data: bytes) -> Program:
    """Return the program that removes Docker Toolbox."""
    return _uninstall


async def _uninstall(inv: Invocation) -> int:
    """Remove the machine ``default`` and variables of who runs it, then what was installed; nothing of anybody else's."""
    words = {word.lower() for word in inv.arguments}
    if not words & {"/silent", "/verysilent"} or words - SILENT:
        raise Unsupported(f"unins000 {' '.join(inv.arguments)}: a window that asks a person")
    if not inv.elevated:
        return 740
    happens = inv.machine.part(DockerDesktop).happens
    if happens.toolbox_remover_exit is not None:
        code, happens.toolbox_remover_exit = happens.toolbox_remover_exit, None
        return code
    await _remove(inv, "default")
    await inv.sleep(5)
    machine = inv.machine
    for name in UNSET:
        machine.registry.remove_value(toolbox.environment(inv.account), name)
    toolbox.leave_path(machine, inv.account)
    _forget(machine)
    for key in (toolbox.TOOLBOX_KEY, toolbox.NARROW_KEY):
        machine.registry.remove_tree(key)
    return 0


def _forget(machine: Machine) -> None:
    """Remove the files and shortcuts that were installed, and folders that are empty then."""
    menus = [rf"{toolbox.menu(one)}\{name}" for one in machine.accounts.values() for name in toolbox.SHORTCUTS]
    shortcuts = [*menus, *(rf"{toolbox.DESKTOP}\{name}" for name in toolbox.SHORTCUTS)]
    for path in [*(rf"{TOOLBOX}\{name}" for name in toolbox.TOOLBOX_FILES), *shortcuts, rf"{TOOLBOX}\kitematic", TOOLBOX]:
        with suppress(FileError):
            machine.files.remove(path)


PROGRAMS = {"docker-machine.exe": docker_machine, "vboxmanage.exe": vboxmanage}
IMAGES = {TOOLBOX_REMOVER: remover}
