"""What wsl.exe writes: UTF-16LE, or UTF-8 where ``WSL_UTF8`` is exactly 1 (src/windows/common/WslClient.cpp)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from pyinfra_wsl.lab.exe.wsl_arguments import Option
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.program import Invocation
from pyinfra_wsl.lab.wsl import releases, told, wsl
from pyinfra_wsl.lab.wsl.errors import CODES, NO_CODE, TEXTS, WslError
from pyinfra_wsl.lab.wsl.texts import Tongue, installed
from pyinfra_wsl.lab.wsl.user import WslUser, within

SUCCESS, RESTART, ELEVATION = 0, 3010, 740
"""Windows' numbers of the texts that wsl.exe takes from FormatMessage."""


@dataclass(frozen=True, slots=True)
class Client:
    """One start of wsl.exe: its invocation and the encoding of its own text. Linux programs' output passes through as bytes."""

    invocation: Invocation
    encoding: str

    @classmethod
    def of(cls, invocation: Invocation, *, inbox: bool = False) -> Client:
        """Choose the encoding; the inbox program knows nothing of ``WSL_UTF8`` (from knowledge of Windows 10)."""
        knows = not inbox and releases.does(invocation.machine, "WSL_UTF8")
        utf8 = invocation.env("WSL_UTF8") == "1" and knows
        return cls(invocation, "utf-8" if utf8 else "utf-16-le")

    @property
    def machine(self) -> Machine:
        """Where it runs."""
        return self.invocation.machine

    def knows(self, *words: str) -> bool:
        """Whether this release knows a sub-command, an option of one, or a value of that: `releases.knows`."""
        return releases.knows(installed(self.machine), *words)

    def known(self, command: str, options: Mapping[str, Option]) -> dict[str, Option]:
        """Return the options of a sub-command that this release knows, under the spellings that it knows."""
        found = {}
        for key, option in options.items():
            if names := tuple(name for name in option.names if self.knows(command, name)):
                found[key] = replace(option, names=names)
        return found

    def user(self) -> WslUser:
        """Connect to the service."""
        return wsl.open_session(self.machine, self.invocation.token)

    def text(self, name: str, *values: object) -> str:
        """Return a text in the user's language, as the installed release says it."""
        return Tongue.of(self.machine).text(name, *values)

    def system_text(self, code: int) -> str:
        """Return a text of Windows; FormatMessage turns its line end into a space here (seen in test/windows/UnitTests.cpp)."""
        return Tongue.of(self.machine).system(code)

    async def say(self, words: str) -> None:
        """Print a message and a line end on standard output."""
        await self.invocation.out((words + "\n").replace("\n", "\r\n").encode(self.encoding))

    async def say_text(self, name: str, *values: object) -> None:
        """Print one of WSL's texts."""
        await self.say(self.text(name, *values))

    async def say_system(self, code: int) -> None:
        """Print one of Windows' texts."""
        await self.say(self.system_text(code))

    async def warn(self, warnings: list[str]) -> None:
        """Print warnings on standard error (src/windows/common/ExecutionContext.cpp)."""
        if self.invocation.env("WSL_DISABLE_WARNINGS") == "1":
            return
        for warning in warnings:
            await self.invocation.err(f"wsl: {warning}\n".replace("\n", "\r\n").encode(self.encoding, "replace"))

    @asynccontextmanager
    async def service(self) -> AsyncIterator[None]:
        """Call the service: its failures carry its name, and its warnings are printed whether it fails or not."""
        with told.heard() as warnings:
            try:
                with within("Service"):
                    yield
            except WslError:
                await self.warn(warnings)
                raise
            await self.warn(warnings)

    async def fail(self, error: WslError) -> int:
        """Print a failure on standard output and return wsl.exe's exit code for every failure, -1."""
        words = self.words(error)
        if error.name in NO_CODE:
            await self.say(words)
        else:
            code = error.code(named=Tongue.of(self.machine).names(error.name))
            if not releases.does(self.machine, "a disk's context is MountDisk"):
                code = code.replace("/MountDisk/", "/MountVhd/")
            await self.say(self.text("MessageErrorCode", words, code))
        return -1

    async def usage(self, name: str, *values: object) -> int:
        """Print a text without a code and return -1."""
        await self.say_text(name, *values)
        return -1

    def _value(self, value: object) -> object:
        return self.system_text(CODES[value.name]) if isinstance(value, WslError) else value

    def words(self, error: WslError) -> str:
        """Return what is said of a failure."""
        if error.says:
            return "\n".join(self.text(str(name), *map(self._value, values)) for name, *values in error.says)
        if error.name in TEXTS:
            return self.text(TEXTS[error.name])
        return self.system_text(CODES[error.name])
