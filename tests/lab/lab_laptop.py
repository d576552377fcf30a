"""A simulated laptop to call programs on, as the administrator or as the person at the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from pyinfra_wsl.lab.assembly import assemble
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.start import Outcome, run, start


class LabLaptop:
    """A machine in which time hardly takes any."""

    def __init__(self, **settings: Any) -> None:
        self.machine = assemble(Machine("LT-LAB", **{"pace": 0.0005} | settings))
        self.alice = windows.add_person(self.machine, "alice")
        self.machine.log_on(self.alice)
        self.admin = Token(self.machine.account("fleet-admin"))

    @property
    def user(self) -> Token:
        """Alice's token in the session at the screen."""
        return Token(self.alice, self.alice.admin, self.alice.session)

    def run(self, exe: str, *words: str, token: Token | None = None, stdin: bytes = b"") -> Outcome:
        """Carry out one program."""
        return self.tell(lambda: run(self.machine, token or self.admin, exe, *words, stdin=stdin))

    def cmd(self, line: str, token: Token | None = None) -> Outcome:
        """Carry out a line as sshd gives it to cmd.exe."""
        return self.tell(lambda: self.line(line, token))

    async def line(self, line: str, token: Token | None = None) -> Outcome:
        kept = {"out": b"", "err": b""}

        async def out(data: bytes) -> None:
            kept["out"] += data

        async def err(data: bytes) -> None:
            kept["err"] += data

        running = start(self.machine, token or self.admin, "cmd.exe", f'/c "{line}"', stdout=out, stderr=err)
        return Outcome(await running.ended(), kept["out"], kept["err"])

    def tell(self, story: Callable[[], Awaitable[Any]]) -> Any:
        """Let several things happen in one stretch of time."""

        async def live() -> Any:
            return await story()

        return asyncio.run(live())

    async def settle(self) -> None:
        """Wait until a restart that was ordered is over."""
        if self.machine.pending_shutdown is not None:
            await self.machine.pending_shutdown


def text(outcome: Outcome, encoding: str = "cp437") -> str:
    return outcome.stdout.decode(encoding).replace("\r\n", "\n")


def error(outcome: Outcome, encoding: str = "cp437") -> str:
    return outcome.stderr.decode(encoding).replace("\r\n", "\n")
