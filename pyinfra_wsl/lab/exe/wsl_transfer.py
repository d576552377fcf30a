"""wsl.exe --import, --import-in-place and --export (src/windows/common/WslClient.cpp)."""

from __future__ import annotations

import ntpath
from typing import Literal

from pyinfra_wsl.lab.exe import wsl_arguments, wsl_files
from pyinfra_wsl.lab.exe.wsl_arguments import Option, consume
from pyinfra_wsl.lab.exe.wsl_console import SUCCESS, Client
from pyinfra_wsl.lab.machine.command_line import arguments
from pyinfra_wsl.lab.wsl import change as wsl_change
from pyinfra_wsl.lab.wsl import distro_disk, releases
from pyinfra_wsl.lab.wsl import importing as wsl_import
from pyinfra_wsl.lab.wsl.errors import WslError
from pyinfra_wsl.lab.wsl.texts import Tongue
from pyinfra_wsl.lab.wsl.vm import from_file

Form = Literal["tar", "tar.gz", "tar.xz", "vhd"]
_FORMS: dict[str, Form] = {"tar": "tar", "tar.gz": "tar.gz", "tar.xz": "tar.xz", "vhd": "vhd"}


async def import_archive(client: Client, line: str) -> int:
    """Import a distribution; on failure the folder that was made here goes again."""
    options = {"version": Option(("--version",), wsl_arguments.version), "vhd": Option(("--vhd",))}
    found = wsl_arguments.parse(line, client.known("--import", options), ("name", "folder", "file"))
    if not {"name", "folder", "file"} <= set(found) or not found["file"]:
        raise WslError("E_INVALIDARG")
    folder, path = client.invocation.path(found["folder"]), found["file"]
    made = wsl_files.make_folder(client, folder)
    done = False
    try:
        if path != "-" and (refused := _refused(client, path, vhd=bool(found.get("vhd")))):
            return await client.usage(refused)
        kept = path != "-" and releases.does(client.machine, "a disk is imported under its own name")
        disk = (ntpath.basename(path) if kept else "ext4.vhdx") if found.get("vhd") else ""
        want = wsl_import.Wanted(found["name"], wsl_files.read(client, path), folder, found.get("version"), disk)
        user = client.user()
        async with client.service():
            await wsl_import.register(user, client.invocation.token, want, client.invocation.stderr)
        done = True
    finally:
        if made and not done and client.machine.files.exists(folder) and not client.machine.files.list(folder):
            client.machine.files.remove(folder)
    await client.say_system(SUCCESS)
    return 0


def _refused(client: Client, path: str, *, vhd: bool) -> str:
    """Return the text with which a file is refused for its name, ``""`` if it is not."""
    only = _only_vhdx(client)
    disk = path.lower().endswith(".vhdx") if only else distro_disk.is_disk(path)
    if not vhd:
        return "MessagePassVhdFlag" if disk else ""
    return "MessageRequiresVhdxFileExtension" if only and not disk else ""


def _only_vhdx(client: Client) -> bool:
    """Whether a disk must be called ``.vhdx``: so before 2.7.0 (src/windows/common/WslClient.cpp of each release)."""
    return Tongue.of(client.machine).has("MessageRequiresVhdxFileExtension")


async def import_in_place(client: Client, line: str) -> int:
    """Register a disk where it lies: exactly two arguments."""
    found = arguments(consume(line, "--import-in-place"))
    if len(found) != 2:
        raise WslError("WSL_E_INVALID_USAGE")
    path = client.invocation.path(found[1])
    if not client.machine.files.exists(path):
        raise from_file(wsl_files.missing(client, path))
    user = client.user()
    async with client.service():
        await wsl_import.register_in_place(user, found[0], client.machine.files.stat(path).path)
    await client.say_system(SUCCESS)
    return 0


def _form(value: str) -> Form:
    if value not in _FORMS:
        raise WslError("E_INVALIDARG")
    return _FORMS[value]


async def export(client: Client, line: str) -> int:
    """Export a distribution; the target is truncated before anything is looked up, and deleted on failure."""
    options = {"form": Option(("--format",), _form), "vhd": Option(("--vhd",))}
    found = wsl_arguments.parse(line, client.known("--export", options), ("name", "file"))
    form: Form = found.get("form", "tar")
    if not found.get("file") or (form == "tar.gz" and found.get("vhd")):
        raise WslError("WSL_E_INVALID_USAGE")
    form = "vhd" if found.get("vhd") else form
    target = "" if found["file"] == "-" else client.invocation.path(found["file"])
    if form == "vhd" and target and (refused := _refused(client, target, vhd=True)):
        return await client.usage(refused)
    if target:
        wsl_files.write(client, target, b"")
    done = False
    try:
        user = client.user()
        async with client.service():
            data = await wsl_change.export(user, user.registrations.by_name(found["name"]), form, target)
        if target:
            wsl_files.write(client, target, data)
        done = True
    finally:
        if target and not done and client.machine.files.exists(target):
            client.machine.files.remove(target)
    if target:
        await client.say_system(SUCCESS)
    else:
        await client.invocation.out(data)
    return 0
