"""One start of a program inside a distribution: what it is started with, and what it is given."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pyinfra_wsl.lab.machine.program import Invocation, Sink, Unsupported
from pyinfra_wsl.lab.wsl.distro import Identity, Tree
from pyinfra_wsl.lab.wsl.distro_instance import Instance
from pyinfra_wsl.lab.wsl.distro_users import User
from pyinfra_wsl.lab.wsl.user import WslUser

NO_USER = 67
"""EX_NOUSER: init's exit code for an unknown ``-u`` (src/shared/inc/lxinitshared.h)."""

NO_TERMINAL = 87
"""Init's exit code where no terminal is left (src/shared/inc/lxinitshared.h)."""


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
    typed: str = ""
    """The name as it was typed, which programs put before what they complain of."""

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
        await self.start.err(f"{self.typed or self.name}: {words}")
        return code


LinuxProgram = Callable[[LinuxCall], Awaitable[int]]
"""Returns the exit code."""
