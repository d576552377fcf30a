"""A running cmd.exe as the commands inside it see it."""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra_wsl.lab.machine import text
from pyinfra_wsl.lab.machine.program import Invocation, Sink


@dataclass
class Shell:
    """A running cmd.exe: where it is, its variables, and where output goes at the moment."""

    inv: Invocation
    folder: str
    environment: dict[str, str]
    stdout: Sink
    stderr: Sink
    stdin: bytes = b""
    code: int = 0

    async def out(self, data: bytes | str) -> None:
        """Write to the standard output of the command that runs."""
        await self.stdout(data if isinstance(data, bytes) else text.encode(data, self.inv.machine.culture))

    async def err(self, data: bytes | str) -> None:
        """Write to its standard error."""
        await self.stderr(data if isinstance(data, bytes) else text.encode(data, self.inv.machine.culture))

    def path(self, name: str) -> str:
        """Return a full path."""
        name = name.replace("/", "\\")
        return name if name[1:2] == ":" or name.startswith("\\\\") else f"{self.folder}\\{name}"
