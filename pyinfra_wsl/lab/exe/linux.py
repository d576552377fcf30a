"""Programs inside a distribution: how wsl.exe starts them, and which there are.

The start: src/linux/init/init.cpp (ParseCommandLine, CreateProcessCommon). What programs print is that of GNU coreutils and
shadow, from knowledge of them; the set is what our product, its tests and people need. They are there in every distribution,
whatever its archive holds; ``docker`` is there only where Docker Desktop put it.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pyinfra_wsl.lab.machine.program import Invocation, Sink, Unsupported
from pyinfra_wsl.lab.wsl import distro_users
from pyinfra_wsl.lab.wsl.distro import NO_ENTRY, Identity, LinuxError, Tree
from pyinfra_wsl.lab.wsl.distro_instance import Instance
from pyinfra_wsl.lab.wsl.distro_users import User
from pyinfra_wsl.lab.wsl.user import WslUser

NO_USER = 67
"""EX_NOUSER: init's exit code for an unknown ``-u`` (src/shared/inc/lxinitshared.h)."""

NO_TERMINAL = 87
"""Init's exit code where no terminal is left (src/shared/inc/lxinitshared.h)."""

SHELLS = frozenset({"sh", "bash", "dash", "zsh"})
_PLACES = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin")
_SHELL_SYNTAX = re.compile(r"[|&;<>()$`\n*?#~!]")


@dataclass(repr=False)
class Start:
    """What wsl.exe starts a Linux program with.

    Args:
        invocation: wsl.exe itself: its standard input and where output goes.
        session: the user's WSL.
        instance: the running distribution.
        user: ``-u``; empty for the default user.
        folder: ``--cd``; empty for the folder of wsl.exe.
        stdout: where standard output goes instead.

    """

    invocation: Invocation
    session: WslUser
    instance: Instance
    user: str = ""
    folder: str = ""
    stdout: Sink | None = None

    async def err(self, words: str) -> None:
        """Write a line on standard error, as UTF-8 with LF."""
        await self.invocation.stderr(f"{words}\n".encode())


@dataclass(repr=False)
class LinuxCall:
    """One start of a Linux program."""

    start: Start
    name: str
    arguments: list[str]
    user: User | None
    who: Identity
    folder: str

    @property
    def tree(self) -> Tree:
        """The files."""
        return self.start.instance.tree

    @property
    def stdin(self) -> bytes:
        """Standard input."""
        return self.start.invocation.stdin

    def path(self, name: str) -> str:
        """Return the absolute path of an argument; drives of Windows are not there to look at."""
        path = posixpath.normpath(posixpath.join(self.folder, name))
        if re.match(r"/mnt/[a-z](/|$)", path):
            raise Unsupported(f"{self.name} {name}: files of Windows below /mnt")
        return path

    async def out(self, data: bytes | str) -> None:
        """Write on standard output, as it is."""
        sink = self.start.stdout or self.start.invocation.stdout
        await sink(data.encode() if isinstance(data, str) else data)

    async def fail(self, words: str, code: int = 1) -> int:
        """Write ``name: words`` on standard error and return an exit code."""
        await self.start.err(f"{self.name}: {words}")
        return code


LinuxProgram = Callable[[LinuxCall], Awaitable[int]]


def programs() -> dict[str, LinuxProgram]:
    """Return the programs by name."""
    from pyinfra_wsl.lab.exe import docker_linux, linux_files, linux_system  # noqa: PLC0415 - they are written with this module

    return {**linux_files.PROGRAMS_OF_FILES, **linux_system.PROGRAMS_OF_SYSTEM, **docker_linux.PROGRAMS_OF_DOCKER}


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
    argv = shlex.split(line)
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
    windows = "" if start.folder.startswith(("/", "~")) else "/mnt/c"
    folder = windows or start.folder.replace("~", home, 1)
    return LinuxCall(start, posixpath.basename(name), arguments, user, distro_users.identity(tree, user), folder)


def _find(call: LinuxCall, name: str) -> LinuxProgram | None:
    base = posixpath.basename(name)
    if base in SHELLS:
        raise Unsupported(f"{name}: a shell inside a distribution")
    if base == "docker" and call.tree.find("/usr/bin/docker") is None and not _windows_docker(call):
        return None
    known = "/" not in name or posixpath.dirname(name) in _PLACES
    program = programs().get(base) if known else None
    if program is None and _known(call.tree, name):
        raise Unsupported(f"the Linux program {name}")
    return program


def _windows_docker(call: LinuxCall) -> bool:
    """Whether Docker Desktop's own ``docker`` script is found through the Windows PATH."""
    appended = call.start.instance.settings.get("interop.appendwindowspath", "true").lower() in ("true", "1")
    return appended and call.start.invocation.machine.files.exists(r"C:\Program Files\Docker\Docker\resources\bin\docker.exe")


def _known(tree: Tree, name: str) -> bool:
    """Whether the distribution itself has a program that the lab does not simulate."""
    places = [name] if "/" in name else [f"{folder}/{name}" for folder in _PLACES]
    try:
        return any(tree.find(place) is not None for place in places)
    except LinuxError:
        return False
