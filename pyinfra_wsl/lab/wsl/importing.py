"""Registering distributions: from an archive, from a disk, in place (src/windows/service/exe/LxssUserSession.cpp)."""

from __future__ import annotations

import asyncio
import ntpath
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.wsl import distro_archive, distro_disk
from pyinfra_wsl.lab.wsl.change import delete_files, refuse_sparse
from pyinfra_wsl.lab.wsl.config import Config
from pyinfra_wsl.lab.wsl.distro import Tree
from pyinfra_wsl.lab.wsl.errors import WslError
from pyinfra_wsl.lab.wsl.names import demand_free, demand_name
from pyinfra_wsl.lab.wsl.registration import INSTALLED, INSTALLING, Registration
from pyinfra_wsl.lab.wsl.texts import Tongue
from pyinfra_wsl.lab.wsl.user import WslUser, distribution_settings, within
from pyinfra_wsl.lab.wsl.vm import Vm, has_service

STEPS, STEP = 6, 1.5
"""An import passes so many points, each after so many seconds of lab time."""

LEAST_FREE = 4 << 20
"""Bytes that making an empty disk takes (a dynamic VHDX without data; from knowledge, not from WSL's source)."""

Say = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be registered.

    Args:
        name: the distribution's name; None to take the archive's own.
        data: the archive or disk.
        folder: where it goes; None for the place that ``.wslconfig`` names.
        version: 1 or 2; None for the user's default version.
        disk: file name of a disk that is copied as it is; empty for an archive.
        oobe: run the first-start set-up later (file installs; an import never).

    """

    name: str | None
    data: bytes
    folder: str | None
    version: int | None = None
    disk: str = ""
    oobe: bool = False


async def register(user: WslUser, token: Token, want: Wanted, say: Say) -> Registration:
    """Register a distribution.

    The service works on when wsl.exe is killed while an archive is unpacked: it has the file's handle, and nothing on that path
    looks at the client. A disk's copy looks at it, and is undone. A power loss undoes nothing.

    Args:
        user: whose session.
        token: with whose rights files are made.
        want: what.
        say: bsdtar's standard error.

    """
    with within("RegisterDistro"):
        item, config = _begin(user, token, want)
        work = _Registering(user, token, want, item, config, say)
        task = asyncio.get_running_loop().create_task(work.finish())
        user.work.add(task)
        task.add_done_callback(user.work.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():  # the service ended, not the one who asked it
                raise WslError("E_UNEXPECTED") from None
            work.heard = False
            task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # nobody else will ask for it
            if want.disk:
                task.cancel()
            raise


def _begin(user: WslUser, token: Token, want: Wanted) -> tuple[Registration, Config]:
    """Check what is wanted and write the registration in state Installing; returns it, and ``.wslconfig`` as it was then."""
    if want.name is not None:
        demand_name(want.name)
    version = want.version or user.registrations.default_version
    if want.disk and version == 1:
        raise WslError("WSL_E_WSL2_NEEDED")
    if version == 1 and not has_service(user.machine, "lxss"):
        raise WslError("WSL_E_WSL1_NOT_SUPPORTED")
    config, guid = user.config(), user.new_guid()
    folder = want.folder or rf"{config.install_path}\{{{guid}}}"
    demand_free(user, want.name, folder)
    user.machine.files.make(folder, token)
    if want.disk and not distro_disk.is_disk(want.disk):
        raise WslError("WSL_E_IMPORT_FAILED", says=[("MessageRequiresFileExtensions", ".vhd", ".vhdx")])
    disk = want.disk or "ext4.vhdx"
    item = user.registrations.create(
        want.name, folder, wsl2=version == 2, disk=disk, oobe=want.oobe, seed=guid, writes=user.writes
    )
    user.locked[item.guid] = INSTALLING
    return item, config


@dataclass(repr=False)
class _Registering:
    """The service's side of a registration that is under way."""

    user: WslUser
    token: Token
    want: Wanted
    item: Registration
    config: Config
    say: Say
    made: str = ""
    heard: bool = True

    async def finish(self) -> Registration:
        """Fill the file system and mark the registration installed; undo all of it on failure, unless the power is gone."""
        user, item, done = self.user, self.item, False
        try:
            if self.want.disk:
                await self._copy_disk()
            else:
                _describe(user, item, await self._unpack())
            item.set("State", INSTALLED)
            if not user.registrations.has_default():
                user.registrations.set_default(item)
            done = True
        finally:
            user.locked.pop(item.guid, None)
            if not done and user.powered:
                delete_files(user, item, self.made)
                item.delete()
        welcome(user)
        return item

    async def _copy_disk(self) -> None:
        """Copy a disk under its own name; nobody looks whether Linux is on it."""
        self._make(b"")
        await self.user.transfer(STEP, steps=STEPS, in_vm=False)
        self.user.machine.files.write(self.item.disk, self.want.data, self.token)

    async def _unpack(self) -> Tree:
        """Make the file system and unpack the archive into it."""
        wsl2, files = self.item.wsl2, self.user.machine.files
        if wsl2:
            refuse_sparse(self.user, self.config)
        if wsl2 and files.free_bytes < LEAST_FREE:
            raise self._disk_failed("ERROR_DISK_FULL")
        self._make(distro_disk.SIGNATURE if wsl2 else b"")
        if wsl2:
            self.user.boot()
        await self.user.transfer(STEP, steps=STEPS, in_vm=wsl2)
        try:
            tree = distro_archive.read(self.want.data)
            files.write(self.item.disk, distro_disk.pack(tree) if wsl2 else distro_archive.write(tree), self.token)
        except (distro_archive.ArchiveError, FileError) as error:
            full = isinstance(error, FileError) and error.kind == "disk_full"
            await self._tell("bsdtar: Write failed: No space left on device" if full else str(error))
            raise WslError("WSL_E_IMPORT_FAILED") from None
        if not distro_archive.is_linux(tree):
            raise WslError("WSL_E_NOT_A_LINUX_DISTRO")
        return tree

    def _make(self, begun: bytes) -> None:
        """Make the disk's file; one that is there already is a failure, and stays."""
        if self.user.machine.files.exists(self.item.disk):
            raise self._disk_failed("ERROR_FILE_EXISTS")
        self.user.machine.files.write(self.item.disk, begun, self.token)
        self.made = self.item.disk

    def _disk_failed(self, name: str) -> WslError:
        told = Tongue.of(self.user.machine).has("MessageFailedToCreateDisk")
        return WslError(name, says=[("MessageFailedToCreateDisk", self.item.disk, WslError(name))] if told else [])

    async def _tell(self, words: str) -> None:
        if self.heard:
            await self.say(f"{words}\n".encode())


def _describe(user: WslUser, item: Registration, tree: Tree) -> None:
    """Write what the archive says of itself (_ProcessImportResultMessage)."""
    settings = distribution_settings(tree)
    if "DistributionName" not in user.machine.registry.values(item.key):
        name = settings.get("oobe.defaultname")
        if not name:
            raise WslError("WSL_E_DISTRIBUTION_NAME_NEEDED")
        demand_name(name)
        demand_free(user, name, None, but=item)
        item.set("DistributionName", name)
    user.note_system(item, tree)
    if not user.writes("Modern"):
        return  # before, a distribution said nothing of itself
    item.set("Modern", 1)
    roaming, local = rf"{user.account.profile}\AppData\Roaming", rf"{user.account.profile}\AppData\Local"
    if settings.get("shortcut.enabled", "true").lower() != "false":
        link = rf"{roaming}\Microsoft\Windows\Start Menu\Programs\{item.name}.lnk"
        user.machine.files.write(link, b"L\0\0\0")
        item.set("ShortcutPath", link)
    if settings.get("windowsterminal.enabled", "true").lower() != "false":
        profile = rf"{local}\Microsoft\Windows Terminal\Fragments\Microsoft.WSL\{{{user.new_guid()}}}.json"
        user.machine.files.write(profile, b'{"profiles": [{"startingDirectory": "~"}]}')
        item.set("TerminalProfilePath", profile)


def welcome(user: WslUser) -> None:
    """Open the welcome window after a user's first distribution, unless OOBEComplete says it was shown (_LaunchOOBEIfNeeded)."""
    registry, key = user.machine.registry, user.registrations.key
    if user.writes("OOBEComplete") and user.account.session and not registry.get(key, "OOBEComplete", 0):
        token = Token(user.account, elevated=False, session=user.account.session)
        user.machine.processes.add(r"C:\Program Files\WSL\wslsettings\wslsettings.exe", token)
        registry.set(key, "OOBEComplete", "DWord", 1)


async def register_in_place(user: WslUser, name: str, path: str) -> Registration:
    """Register a disk where it lies (ImportDistributionInplace); a failure leaves the file."""
    with within("RegisterDistro"):
        demand_name(name)
        if not distro_disk.is_disk(path):
            raise WslError("E_INVALIDARG")
        folder, file = ntpath.split(path)
        demand_free(user, name, folder)
        seed = user.new_guid()
        item = user.registrations.create(name, folder, wsl2=True, disk=file, oobe=False, seed=seed, writes=user.writes)
        done = False
        try:
            user.boot()
            await user.transfer(STEP, steps=STEPS, in_vm=True)
            _describe(user, item, _look_into(user, item))
            item.set("State", INSTALLED)
            if not user.registrations.has_default():
                user.registrations.set_default(item)
            done = True
        finally:
            if not done and user.powered:
                item.delete()
        welcome(user)
        return item


def _look_into(user: WslUser, item: Registration) -> Tree:
    vm = user.vm
    if not isinstance(vm, Vm):
        raise WslError("WSL_E_VM_CRASHED")
    try:
        tree = user.attach(item, vm)
    except WslError as error:
        if error.name == "WSL_E_DISK_CORRUPTED":
            raise WslError("WSL_E_IMPORT_FAILED") from None
        raise
    if not distro_archive.is_linux(tree):
        vm.eject(item.disk)
        raise WslError("WSL_E_NOT_A_LINUX_DISTRO")
    return tree
