"""The commands inside cmd.exe. Each takes the shell and the raw text behind its name, and returns an exit code.

Source: the page of each command in Microsoft's "Windows commands".
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pyinfra_wsl.lab.exe.cmd_shell import Shell
from pyinfra_wsl.lab.machine import text
from pyinfra_wsl.lab.machine.account import ADMINISTRATORS, SYSTEM
from pyinfra_wsl.lab.machine.command_line import arguments
from pyinfra_wsl.lab.machine.files import FileError, Node
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.program import Unsupported

DEVELOPER = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\AppModelUnlock"
"""Where Developer Mode is (Microsoft, "Enable your device for development")."""

OWNERS = {
    "en": {SYSTEM: r"NT AUTHORITY\SYSTEM", ADMINISTRATORS: r"BUILTIN\Administrators"},
    "de": {SYSTEM: r"NT-AUTORITÄT\SYSTEM", ADMINISTRATORS: r"VORDEFINIERT\Administratoren"},
}
"""What Windows calls built-in owners in its languages (from knowledge, not verified here)."""


def _split(shell: Shell, rest: str, *switches: str) -> tuple[set[str], list[str]]:
    """Return the switches that were given and the full paths; raises Unsupported for another switch."""
    words = arguments(rest)
    given = {word.lower() for word in words if word.startswith("/")}
    if given - set(switches):
        raise Unsupported(" ".join(sorted(given - set(switches))))
    return given, [shell.path(word) for word in words if not word.startswith("/")]


async def _type(shell: Shell, rest: str) -> int:
    _, paths = _split(shell, rest)
    for path in paths:
        await shell.out(shell.inv.machine.files.read(path, shell.inv.token))
    return 0


async def _echo(shell: Shell, rest: str) -> int:
    words = rest[1:] if rest[:1] in (" ", "\t", ".", ":", "(") else rest
    await shell.out(f"{words}\n")
    return 0


async def _ver(shell: Shell, _rest: str) -> int:
    await shell.out(f"\nMicrosoft Windows [Version 10.0.{shell.inv.machine.build}.{shell.inv.machine.ubr}]\n")
    return 0


async def _dir(shell: Shell, rest: str) -> int:
    switches, paths = _split(shell, rest, "/b", "/a", "/ad", "/a-d", "/q")
    if ("/b" in switches) == ("/q" in switches):
        raise Unsupported("dir without /b or /q")
    files = shell.inv.machine.files
    path = paths[0] if paths else shell.folder
    if not files.exists(path):
        await shell.err("File Not Found\n")
        return 1
    nodes = files.list(path, shell.inv.token) if files.is_dir(path) else [files.stat(path)]
    wanted = [one for one in nodes if not ("/ad" in switches and not one.folder) and not ("/a-d" in switches and one.folder)]
    names = (f"{_owned(shell.inv.machine, one)}{one.name}\n" if "/q" in switches else f"{one.name}\n" for one in wanted)
    await shell.out("".join(names))
    return 0


def _owned(machine: Machine, node: Node) -> str:
    """Return the columns before a name in ``dir /q``: the owner's is 22 wide and in the language of Windows (from knowledge)."""
    words = OWNERS.get(machine.culture.partition("-")[0], OWNERS["en"])
    account = machine.accounts.get(node.owner)
    owner = words.get(node.owner) or (account.full_name if account else node.owner)
    size = "<DIR>          " if node.folder else f"{node.size:14,} "
    return f"{node.modified:%m/%d/%Y  %I:%M %p}    {size}{owner[:22]:22} "


async def _cd(shell: Shell, rest: str) -> int:
    _, paths = _split(shell, rest, "/d")
    if not paths:
        await shell.out(f"{shell.folder}\n")
        return 0
    if not shell.inv.machine.files.is_dir(paths[0]):
        raise FileError("no_path", paths[0])
    shell.folder = shell.inv.machine.files.stat(paths[0]).path
    return 0


async def _set(shell: Shell, rest: str) -> int:
    name, equals, value = rest.strip().strip('"').partition("=")
    if name.startswith("/"):
        raise Unsupported(f"set {name}")
    if equals:
        shell.environment = {key: kept for key, kept in shell.environment.items() if key.lower() != name.lower()} | {name: value}
        return 0
    found = [(key, kept) for key, kept in shell.environment.items() if key.lower().startswith(name.lower())]
    await shell.out("".join(f"{key}={kept}\n" for key, kept in sorted(found, key=lambda item: item[0].lower())))
    return 0 if found else 1


async def _mkdir(shell: Shell, rest: str) -> int:
    for path in _split(shell, rest)[1]:
        if shell.inv.machine.files.exists(path):
            await shell.err(f"A subdirectory or file {path} already exists.\n")
            return 1
        shell.inv.machine.files.make(path, shell.inv.token)
    return 0


async def _rmdir(shell: Shell, rest: str) -> int:
    switches, paths = _split(shell, rest, "/s", "/q")
    for path in paths:
        shell.inv.machine.files.remove(path, shell.inv.token, tree="/s" in switches)
    return 0


async def _del(shell: Shell, rest: str) -> int:
    switches, paths = _split(shell, rest, "/f", "/q")
    for path in paths:
        if not shell.inv.machine.files.exists(path):
            await shell.err(f"Could Not Find {path}\n")  # and the exit code stays 0
            return 0
        if "/f" in switches:
            shell.inv.machine.files.stat(path).attributes.discard("readonly")
        shell.inv.machine.files.remove(path, shell.inv.token)
    return 0


async def _move(shell: Shell, rest: str) -> int:
    _, (source, target) = _split(shell, rest, "/y")
    shell.inv.machine.files.move(source, target, shell.inv.token)
    await shell.out("        1 file(s) moved.\n")
    return 0


async def _copy(shell: Shell, rest: str) -> int:
    _, (source, target) = _split(shell, rest, "/y", "/b")
    files = shell.inv.machine.files
    target = f"{target}\\{files.stat(source).name}" if files.is_dir(target) else target
    files.write(target, files.read(source, shell.inv.token), shell.inv.token)
    await shell.out("        1 file(s) copied.\n")
    return 0


async def _mklink(shell: Shell, rest: str) -> int:
    switches, (path, target) = _split(shell, rest, "/j", "/d", "/h")
    files, token = shell.inv.machine.files, shell.inv.token
    if files.exists(path):
        raise FileError("exists", path)
    if not switches or "/d" in switches:
        developer = shell.inv.machine.registry.get(DEVELOPER, "AllowDevelopmentWithoutDevLicense", 0) == 1
        files.symlink(path, target, token, developer=developer, folder="/d" in switches)
        await shell.out(f"symbolic link created for {path} <<===>> {target}\n")
    elif "/h" in switches:
        files.hard_link(path, target, token)
        await shell.out(f"Hardlink created for {path} <<===>> {target}\n")
    else:
        files.link(path, target, token)
        await shell.out(f"Junction created for {path} <<===>> {target}\n")
    return 0


async def _nothing(_shell: Shell, _rest: str) -> int:
    return 0


Builtin = Callable[[Shell, str], Awaitable[int]]
BUILTINS: dict[str, Builtin] = {
    "type": _type,
    "echo": _echo,
    "ver": _ver,
    "dir": _dir,
    "cd": _cd,
    "chdir": _cd,
    "set": _set,
    "mkdir": _mkdir,
    "md": _mkdir,
    "rmdir": _rmdir,
    "rd": _rmdir,
    "del": _del,
    "move": _move,
    "copy": _copy,
    "mklink": _mklink,
    "rem": _nothing,
}


async def carry_out(shell: Shell, builtin: Builtin, rest: str) -> int:
    """Call one, and say in Windows' words why it failed."""
    try:
        return await builtin(shell, rest)
    except FileError as problem:
        await shell.err(f"{text.message(shell.inv.machine.culture, problem.code)}\n")
        return 1
    except ValueError:
        await shell.err("The syntax of the command is incorrect.\n")
        return 1
