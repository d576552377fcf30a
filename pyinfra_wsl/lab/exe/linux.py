"""Programs inside a distribution: how wsl.exe starts them, and which there are.

The start: src/linux/init/init.cpp (ParseCommandLine, CreateProcessCommon). What programs print is that of GNU coreutils and
shadow, from knowledge of them; the set is what our product, its tests and people need. They are there in every distribution,
whatever its archive holds; ``docker`` is there only where Docker Desktop put it.
"""

from __future__ import annotations

import posixpath
import re
import shlex

from pyinfra_wsl.lab.exe import docker_linux, linux_files, linux_system
from pyinfra_wsl.lab.exe.linux_call import NO_USER, LinuxCall, LinuxProgram, Start
from pyinfra_wsl.lab.exe.linux_common import COMMON
from pyinfra_wsl.lab.machine.program import Unsupported
from pyinfra_wsl.lab.wsl import distro_users
from pyinfra_wsl.lab.wsl.distro import NO_ENTRY, LinuxError, Tree

PROGRAMS_OF_LINUX: dict[str, LinuxProgram] = {
    **linux_files.PROGRAMS_OF_FILES,
    **linux_system.PROGRAMS_OF_SYSTEM,
    **docker_linux.PROGRAMS_OF_DOCKER,
}
SHELLS = frozenset({"sh", "bash", "dash", "zsh"})
_PLACES = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin")
_SHELL_SYNTAX = re.compile(r"[|&;<>()$`\n*?#~]|(?:^|\s)!(?:\s|$)|^\S+=")


async def execute(start: Start, argv: list[str]) -> int:
    """Run a program by its arguments, without a shell; one that is not there ends with 1 (execvpe fails, FATAL_ERROR of init)."""
    call = await _call(start, argv[0], argv[1:])
    if isinstance(call, int):
        return call
    program = _find(call, argv[0])
    if program is None:
        await start.err(f"<3>WSL (8 - CreateProcessCommon) ERROR: execvpe({argv[0]}) failed: {NO_ENTRY}")
        return 1
    return await program(call)


async def shell(start: Start, line: str) -> int:
    """Run a line by the user's shell; only plain words are understood. An unknown program is 127, as the shell says."""
    if not line:
        if start.invocation.stdin:
            raise Unsupported("commands for an interactive shell on standard input")
        call = await _call(start, "sh", [])
        return call if isinstance(call, int) else 0
    if _SHELL_SYNTAX.search(_outside_quotes(line)):
        raise Unsupported(f"a shell for: {line}")
    try:
        argv = shlex.split(line)
    except ValueError:
        raise Unsupported(f"a shell for: {line}") from None
    call = await _call(start, argv[0], argv[1:])
    if isinstance(call, int):
        return call
    program = _find(call, argv[0])
    if program is None:
        await start.err(f"/bin/bash: line 1: {argv[0]}: command not found")
        return 127
    return await program(call)


def _outside_quotes(line: str) -> str:
    return re.sub(r"'[^']*'|\"[^\"$`\\]*\"", "", line)


async def _call(start: Start, name: str, arguments: list[str]) -> LinuxCall | int:
    """Find whom it runs as: ``-u``, else the default user."""
    tree = start.instance.tree
    user = distro_users.by_name(tree, start.user) if start.user else start.instance.user()
    if start.user and user is None:
        await start.err(f"<3>WSL (8 - ParseCommandLine) ERROR: getpwnam({start.user}) failed 0")
        return NO_USER
    home = user.home if user else "/root"
    folder = start.folder.replace("~", home, 1) if start.folder.startswith(("/", "~")) else _mounted(start)
    return LinuxCall(start, posixpath.basename(name), arguments, user, distro_users.identity(tree, user), folder, name)


def _mounted(start: Start) -> str:
    """Return where the distribution sees a folder of Windows; the lab mounts drives below ``/mnt`` only."""
    drive, _, rest = (start.folder or "C:").replace("\\", "/").partition(":")
    return f"/mnt/{drive.lower()}{rest.rstrip('/')}"


def _find(call: LinuxCall, name: str) -> LinuxProgram | None:
    base = posixpath.basename(name)
    if base in SHELLS:
        raise Unsupported(f"{name}: a shell inside a distribution")
    if base == "docker" and call.tree.find("/usr/bin/docker") is None and not _windows_docker(call):
        return None
    known = "/" not in name or posixpath.dirname(name) in _PLACES
    program = PROGRAMS_OF_LINUX.get(base) if known else None
    if program is None and (base in COMMON or _known(call.tree, name)):
        raise Unsupported(f"the Linux program {name}")
    return program


def _windows_docker(call: LinuxCall) -> bool:
    """Whether Docker Desktop's own ``docker`` script is found through the Windows PATH."""
    appended = call.start.instance.settings.get("interop.appendwindowspath", True)
    return appended and call.start.invocation.machine.files.exists(r"C:\Program Files\Docker\Docker\resources\bin\docker.exe")


def _known(tree: Tree, name: str) -> bool:
    """Whether the distribution itself has a program that the lab does not simulate."""
    places = [name] if "/" in name else [f"{folder}/{name}" for folder in _PLACES]
    try:
        return any(tree.find(place) is not None for place in places)
    except LinuxError:
        return False
