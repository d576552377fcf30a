"""Linux programs that work on files: cat, tee, cp, mv, rm, mkdir, ls, test, readlink, sha256sum."""

from __future__ import annotations

import hashlib
import posixpath

from pyinfra_wsl.lab.exe.linux_call import LinuxCall, LinuxProgram
from pyinfra_wsl.lab.machine.program import Unsupported
from pyinfra_wsl.lab.wsl.distro import LinuxError


def _split(call: LinuxCall, known: str) -> tuple[set[str], list[str]]:
    """Split arguments into single-letter options and names; others are not simulated."""
    options: set[str] = set()
    names: list[str] = []
    for at, word in enumerate(call.arguments):
        if word == "--":
            names += call.arguments[at + 1 :]
            break
        if word.startswith("-") and len(word) > 1:
            if not set(word[1:]) <= set(known):
                raise Unsupported(f"{call.name} {word}")
            options |= set(word[1:])
        else:
            names.append(word)
    return options, names


async def cat(call: LinuxCall) -> int:
    """Print files, or standard input where none is named."""
    _, names = _split(call, "")
    code = 0
    for name in names or ["-"]:
        try:
            await call.out(call.stdin if name == "-" else call.tree.read(call.path(name), call.who))
        except LinuxError as error:
            code = await call.fail(f"{name}: {error}")
    return code


async def tee(call: LinuxCall) -> int:
    """Copy standard input to files and to standard output."""
    options, names = _split(call, "a")
    code = 0
    for name in names:
        path = call.path(name)
        try:
            old = call.tree.read(path, call.who) if "a" in options and call.tree.find(path) else b""
            call.tree.write(path, old + call.stdin, call.who)
        except LinuxError as error:
            code = await call.fail(f"{name}: {error}")
    await call.out(call.stdin)
    return code


def _target(call: LinuxCall, source: str, target: str) -> str:
    """Return where a copy goes: into the target if that is a folder."""
    path = call.path(target)
    return posixpath.join(path, posixpath.basename(source)) if call.tree.is_folder(path) else path


async def cp(call: LinuxCall) -> int:
    """Copy one file, with its owner and mode if ``-p`` or ``-a``."""
    options, names = _split(call, "paf")
    if len(names) != 2:
        raise Unsupported(f"cp of {len(names)} names")
    try:
        call.tree.copy(call.path(names[0]), _target(call, *names), call.who, keep=bool(options & {"p", "a"}))
    except LinuxError as error:
        return await call.fail(f"cannot copy '{names[0]}' to '{names[1]}': {error}")
    return 0


async def mv(call: LinuxCall) -> int:
    """Rename one file over what may be there."""
    _, names = _split(call, "fT")
    if len(names) != 2:
        raise Unsupported(f"mv of {len(names)} names")
    try:
        call.tree.move(call.path(names[0]), _target(call, *names), call.who)
    except LinuxError as error:
        return await call.fail(f"cannot move '{names[0]}' to '{names[1]}': {error}")
    return 0


async def rm(call: LinuxCall) -> int:
    """Remove files; ``-f`` does not mind missing ones."""
    options, names = _split(call, "f")
    code = 0
    for name in names:
        try:
            call.tree.remove(call.path(name), call.who)
        except LinuxError as error:
            if "f" not in options or str(error) != "No such file or directory":
                code = await call.fail(f"cannot remove '{name}': {error}")
    return code


async def mkdir(call: LinuxCall) -> int:
    """Make folders; ``-p`` makes those above and does not mind existing ones."""
    options, names = _split(call, "p")
    code = 0
    for name in names:
        try:
            call.tree.make(call.path(name), call.who, parents="p" in options)
        except LinuxError as error:
            code = await call.fail(f"cannot create directory '{name}': {error}")
    return code


async def test(call: LinuxCall) -> int:
    """Look at one path: ``-e``, ``-f``, ``-d``, ``-x``, ``-s``, ``-S``; 0 for yes, 1 for no."""
    if len(call.arguments) != 2 or call.arguments[0] not in ("-e", "-f", "-d", "-x", "-s", "-S"):
        raise Unsupported(f"test {' '.join(call.arguments)}")
    entry = call.tree.find(call.path(call.arguments[1]))
    if entry is None:
        return 1
    answers = {
        "-e": True,
        "-f": entry.kind == "file" and not entry.socket,
        "-d": entry.kind == "folder",
        "-x": bool(entry.mode & 0o111),
        "-s": bool(entry.data),
        "-S": entry.socket,
    }
    return 0 if answers[call.arguments[0]] else 1


async def ls(call: LinuxCall) -> int:
    """Print the paths that are there (``-d``: folders themselves, not what they hold); 2 where one is missing."""
    options, names = _split(call, "d")
    if "d" not in options:
        raise Unsupported(f"ls {' '.join(call.arguments)}")
    found = [name for name in sorted(names) if call.tree.find(call.path(name)) is not None]
    await call.out("".join(f"{name}\n" for name in found))
    for name in names:
        if name not in found:
            await call.start.err(f"ls: cannot access '{name}': No such file or directory")
    return 0 if len(found) == len(names) else 2


async def readlink(call: LinuxCall) -> int:
    """Print where a path leads (``-f``: every link followed, the last name need not exist)."""
    options, names = _split(call, "f")
    if "f" not in options or len(names) != 1:
        raise Unsupported(f"readlink {' '.join(call.arguments)}")
    try:
        await call.out(call.tree.real(call.path(names[0])) + "\n")
    except LinuxError:
        return 1
    return 0


async def sha256sum(call: LinuxCall) -> int:
    """Print digests of files, or of standard input."""
    _, names = _split(call, "b")
    code = 0
    for name in names or ["-"]:
        try:
            data = call.stdin if name == "-" else call.tree.read(call.path(name), call.who)
            await call.out(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
        except LinuxError as error:
            code = await call.fail(f"{name}: {error}")
    return code


PROGRAMS_OF_FILES: dict[str, LinuxProgram] = {
    "cat": cat,
    "cp": cp,
    "ls": ls,
    "mkdir": mkdir,
    "mv": mv,
    "readlink": readlink,
    "rm": rm,
    "sha256sum": sha256sum,
    "tee": tee,
    "test": test,
}
