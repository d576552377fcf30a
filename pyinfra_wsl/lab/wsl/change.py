"""Changing registered distributions: unregister, convert, move, export, resize (src/windows/service/exe/LxssUserSession.cpp)."""

from __future__ import annotations

import ntpath
from typing import Literal

from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.wsl import distro_archive, distro_disk, releases, told
from pyinfra_wsl.lab.wsl.config import Config, allowed
from pyinfra_wsl.lab.wsl.errors import WslError
from pyinfra_wsl.lab.wsl.names import demand_free
from pyinfra_wsl.lab.wsl.registration import (
    CONVERTING,
    DEFAULT_FLAGS,
    EXPORTING,
    INSTALLED,
    UNINSTALLING,
    WSL2_FLAG,
    Registration,
)
from pyinfra_wsl.lab.wsl.texts import Tongue
from pyinfra_wsl.lab.wsl.user import WslUser, within
from pyinfra_wsl.lab.wsl.vm import has_service

CONVERSION, EXPORT = 12.0, 6.0
"""Seconds of lab time."""

LEAST_DISK = 64 << 20
"""Bytes below which no file system of a distribution shrinks: about its journal (from knowledge of ext4)."""


async def unregister(user: WslUser, item: Registration) -> None:
    """Remove a distribution with its data, without a question; the key goes even if a file stays."""
    with within("UnregisterDistro"):
        item.check()
        user.demand_unlocked(item)
        user.terminate(item.guid)
        item.set("State", UNINSTALLING)
        if user.machine.registry.get(user.registrations.key, "DefaultDistribution", "").lower() == item.guid.lower():
            user.registrations.forget_default()
        await user.machine.sleep(1)
        lost = not user.machine.files.exists(item.folder)
        delete_all(user, item)
        for name in ("ShortcutPath", "TerminalProfilePath"):
            if item.get(name):
                _delete(user, item.get(name))
        item.delete()
        if lost and not releases.does(user.machine, "unregistering minds no missing folder"):
            raise WslError("ERROR_UNHANDLED_EXCEPTION")  # what the service makes of a failure of the C++ library


def delete_all(user: WslUser, item: Registration) -> None:
    """Delete all that goes when a distribution of either version is unregistered (LXSS_DELETE_DISTRO_FLAGS_ALL).

    The folders ``rootfs`` and ``temp`` go with all in them, whatever its version is; of a link in there only the link itself.
    """
    _delete_tree(user, item)
    for path in (rf"{item.folder}\{item.get('VhdFileName')}", rf"{item.folder}\shortcut.ico"):
        _delete_file(user, path)
    _delete(user, item.folder)


def delete_files(user: WslUser, item: Registration, disk: str) -> None:
    """Delete what a registration that failed has made, and its folder if empty; a file in use stays.

    Args:
        user: whose session.
        item: the registration.
        disk: what was made: the disk, or for WSL 1 the lab's archive in ``rootfs``, all of which goes; empty for nothing.

    """
    if disk and ntpath.dirname(disk).lower() != item.folder.lower():
        _delete_tree(user, item)
    elif disk:
        _delete_file(user, disk)
    _delete(user, item.folder)


def _delete_file(user: WslUser, path: str) -> None:
    if user.vm is not None:
        user.vm.eject(path)
    if not user.machine.files.is_dir(path):
        _delete(user, path)


def _delete_tree(user: WslUser, item: Registration) -> None:
    """Delete what WSL 1 has made (LXSS_DELETE_DISTRO_FLAGS_ROOTFS)."""
    for name in ("rootfs", "temp"):
        _delete(user, rf"{item.folder}\{name}", tree=True)
    _delete_file(user, rf"{item.folder}\fsserver")


def _delete(user: WslUser, path: str, *, tree: bool = False) -> None:
    try:
        user.machine.files.remove(path, tree=tree)
    except FileError:
        return


def set_default(user: WslUser, item: Registration) -> None:
    """Make one the default distribution."""
    if item.state != INSTALLED:
        raise WslError("WSL_E_DISTRO_NOT_FOUND")
    user.registrations.set_default(item)


async def convert(user: WslUser, item: Registration, version: int) -> None:
    """Convert between WSL1 and WSL2; both ways need the WSL1 driver."""
    item.check()
    if item.state != INSTALLED:
        raise WslError("E_ILLEGAL_STATE_CHANGE")
    if version == 2 and item.get("Version") == 0:
        raise WslError("WSL_E_VM_MODE_NOT_SUPPORTED")
    if item.wsl2 == (version == 2):
        raise WslError("WSL_E_VM_MODE_INVALID_STATE")
    if not has_service(user.machine, "lxss"):
        raise WslError("WSL_E_WSL1_NOT_SUPPORTED")
    with user.busy(item, CONVERTING), within():
        if version == 1 and not allowed(user.machine, "AllowWSL1"):
            raise WslError("WSL_E_WSL1_DISABLED", says=[("MessageWSL1Disabled",)])
        user.boot()
        await user.transfer(CONVERSION, in_vm=True)
        files, old, flags = user.machine.files, item.disk, int(item.get("Flags"))
        if user.vm is not None:
            if version == 2:
                refuse_sparse(user, user.vm.config)
            user.vm.eject(old)
        content = files.read(old)
        tree = distro_disk.unpack(content) if version == 1 else distro_archive.read(content)
        new = distro_archive.write(tree) if version == 1 else distro_disk.pack(tree)
        item.set("Flags", flags | WSL2_FLAG if version == 2 else flags & DEFAULT_FLAGS)
        files.write(item.disk, new)
        if version == 1:
            files.remove(old)
        else:
            _delete_tree(user, item)


def move(user: WslUser, token: Token, item: Registration, folder: str) -> None:
    """Move the disk to another folder; the disk must not be attached to the running VM."""
    with within("MoveDistro"):
        if item.guid in user.instances:
            raise WslError("WSL_E_DISTRO_NOT_STOPPED")
        if item.guid in user.locked and not releases.does(user.machine, "what is locked is not moved"):
            raise WslError("ERROR_SHARING_VIOLATION")  # from Windows, which does not rename a file that is open
        user.demand_unlocked(item)
        demand_free(user, None, folder)
        item.check()
        if not item.wsl2:
            raise WslError("E_NOTIMPL")
        user.machine.files.make(folder, token)
        kept = releases.does(user.machine, "a moved disk keeps its name")
        name = str(item.get("VhdFileName")) if kept else "ext4.vhdx"
        user.machine.files.move(item.disk, rf"{folder}\{name}", token)
        item.set("BasePath", folder)
        if user.writes("VhdFileName"):
            item.set("VhdFileName", name)


async def export(user: WslUser, item: Registration, form: distro_archive.Format | Literal["vhd"], target: str) -> bytes:
    """Return the archive or disk of a distribution, which is stopped for it; `target` is the file, ``""`` for stdout."""
    item.check()
    if item.state != INSTALLED:
        raise WslError("E_ILLEGAL_STATE_CHANGE")
    if form == "vhd" and not item.wsl2:
        raise WslError("WSL_E_WSL2_NEEDED")
    if not item.wsl2 and not has_service(user.machine, "lxss"):
        raise WslError("WSL_E_WSL1_NOT_SUPPORTED")
    with user.busy(item, EXPORTING), within():
        if form == "vhd":
            return await _export_disk(user, item, target)
        if item.wsl2:
            user.boot()
        await user.transfer(EXPORT, in_vm=item.wsl2)
        return distro_archive.write(user.root(item, user.vm if item.wsl2 else None), form)


async def _export_disk(user: WslUser, item: Registration, target: str) -> bytes:
    wanted = ntpath.splitext(item.disk)[1]
    checked = releases.does(user.machine, "an exported disk has its suffix")
    if checked and target and ntpath.splitext(target)[1].lower() != wanted.lower():
        raise WslError("WSL_E_EXPORT_FAILED", says=[("MessageRequiresFileExtension", wanted)])
    data = user.machine.files.read(item.disk)
    await user.transfer(EXPORT, in_vm=False)
    return data


def demand_resizable(user: WslUser, item: Registration, size: int) -> None:
    """Refuse to resize a WSL1 distribution, a disk that is attached to the VM, and to make one smaller than what is on it."""
    if not item.wsl2:
        raise WslError("WSL_E_WSL2_NEEDED")
    user.demand_unlocked(item)
    if item.guid in user.instances or (user.vm is not None and item.disk.lower() in user.vm.disks):
        raise WslError("WSL_E_DISTRO_NOT_STOPPED")
    if not user.machine.files.exists(item.disk):
        raise WslError("ERROR_FILE_NOT_FOUND")
    if size < max(LEAST_DISK, user.machine.files.stat(item.disk).size):
        raise WslError("E_FAIL", says=[("MessageFailedToResizeDisk",)])


def refuse_sparse(user: WslUser, config: Config) -> None:
    """Say that a new disk is no sparse one, whatever ``.wslconfig`` wishes (CreateVhd in WslCoreFilesystem.cpp)."""
    if config.on("experimental.sparseVhd", default=False):
        told.warn(Tongue.of(user.machine).text("MessageSparseVhdDisabled"))


def demand_sparse_possible(user: WslUser, item: Registration, *, sparse: bool, unsafe: bool) -> None:
    """Refuse what ``--set-sparse`` refuses: WSL1, a sparse disk that is not asked for as unsafe, one that is in use."""
    if not item.wsl2:
        raise WslError("WSL_E_VM_MODE_INVALID_STATE", says=[("MessageSparseVhdWsl2Only",)])
    if sparse and not unsafe:
        raise WslError("E_INVALIDARG", says=[("MessageSparseVhdDisabled",)])
    if item.guid in user.instances:
        raise WslError("WSL_E_DISTRO_NOT_STOPPED")
    user.demand_unlocked(item)
    if not user.machine.files.exists(item.disk):
        raise WslError("ERROR_FILE_NOT_FOUND")
    if user.machine.files.stat(item.disk).open_by:
        raise WslError("ERROR_SHARING_VIOLATION", says=[("MessageVhdInUse",)])
