"""A simulated laptop with WSL for these tests: what is on it, and wsl.exe as its user calls it."""

from __future__ import annotations

import asyncio
import gzip
import io
import tarfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pyinfra_wsl.lab.assembly import assemble
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import Account, Token
from pyinfra_wsl.lab.machine.command_line import quoted
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.start import Outcome, start
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.lab.wsl.registration import PACKAGE_KEY, Registration, Registrations

PACKAGE = r"C:\Program Files\WSL\wsl.exe"
FEATURES = ("VirtualMachinePlatform", "Microsoft-Windows-Subsystem-Linux")
OK = "The operation completed successfully. \r\n"

FILES = {
    "etc/os-release": b'ID=debian\nVERSION_ID="12"\n',
    "etc/passwd": b"root:x:0:0:root:/root:/bin/bash\ndev:x:1000:1000::/home/dev:/bin/bash\n",
    "etc/group": b"root:x:0:\ndev:x:1000:\n",
    "bin/sh": b"#!",
    "root/.profile": b"",
}


def archive(form: str = "", without: tuple[str, ...] = (), **files: bytes) -> bytes:
    """A real archive of a tiny root file system, the same bytes each time; `files` replaces or adds, with ``__`` for ``/``."""
    target = io.BytesIO()
    wanted = FILES | {name.replace("__", "/"): data for name, data in files.items()}
    with tarfile.open(fileobj=target, mode="w:" if form == "gz" else f"w:{form}") as tar:
        for name, data in wanted.items():
            if name in without:
                continue
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), 0o755 if name.startswith(("bin/", "sbin/")) else 0o644
            tar.addfile(member, io.BytesIO(data))
    return gzip.compress(target.getvalue(), mtime=0) if form == "gz" else target.getvalue()


@dataclass
class Laptop:
    """A machine, its user, and short ways to call wsl.exe."""

    machine: Machine
    person: Account

    @property
    def token(self) -> Token:
        return Token(self.person, self.person.admin, self.person.session)

    async def call(self, *words: str, **options: object) -> Outcome:
        return await self.line(" ".join(quoted(word) for word in words), **options)

    async def line(
        self, command: str, *, token: Token | None = None, stdin: bytes = b"", exe: str = PACKAGE, utf8: str = "1"
    ) -> Outcome:
        kept = {"out": bytearray(), "err": bytearray()}

        async def out(data: bytes) -> None:
            kept["out"] += data

        async def err(data: bytes) -> None:
            kept["err"] += data

        running = start(
            self.machine,
            token or self.token,
            exe,
            command,
            stdin=stdin,
            environment={"WSL_UTF8": utf8} if utf8 else {},
            stdout=out,
            stderr=err,
        )
        return Outcome(await running.task, bytes(kept["out"]), bytes(kept["err"]))

    def wsl(self, *words: str, **options: object) -> Outcome:
        return asyncio.run(self.call(*words, **options))

    def run_line(self, command: str, **options: object) -> Outcome:
        return asyncio.run(self.line(command, **options))

    def story(self, tell: Callable[[], Awaitable[None]]) -> None:
        """Run several steps in one stretch of lab time; what waits for ever fails."""
        asyncio.run(asyncio.wait_for(tell(), 20))

    def slow(self) -> Laptop:
        """Give lab time enough that a busy machine does not blur what happens in the middle of something."""
        self.machine.pace = 0.01
        return self

    def put(self, path: str, data: bytes) -> str:
        self.machine.files.write(path, data)
        return path

    def register(self, name: str, **options: object) -> Registration:
        root = options.pop("root", archive())
        return wsl.register(self.machine, self.person, name, root, **options)

    def lxss(self, name: str = "") -> dict[str, object]:
        """The values of a registration by its DistributionName, or of the key above."""
        key = Registrations(self.machine.registry, self.person.sid)
        for item in key.all():
            values = {value: data for value, (_, data) in self.machine.registry.values(item.key).items()}
            if name and values.get("DistributionName") == name:
                return values | {"guid": item.guid}
        return {} if name else {value: data for value, (_, data) in self.machine.registry.values(key.key).items()}


def laptop(*, package: str = "2.6.1.0", features: tuple[str, ...] = FEATURES, **settings: object) -> Laptop:
    """A Windows 11 with the WSL package, its features on, and alice at the screen."""
    machine = assemble(Machine("lt-1", pace=0.0005, **settings))
    for name in features:
        machine.features.set_state(name, "Enabled")
    machine.settle()
    if package:
        machine.files.write(PACKAGE, b"MZ")
        machine.registry.set(PACKAGE_KEY, "InstallLocation", "String", "C:\\Program Files\\WSL\\")
        machine.registry.set(PACKAGE_KEY, "Version", "String", package)
    person = windows.add_person(machine, "alice")
    machine.log_on(person)
    return Laptop(machine, person)


def text(outcome: Outcome) -> str:
    return outcome.stdout.decode()


def code(outcome: Outcome) -> str:
    """The error's code as wsl.exe printed it, "" where there is none; -1 goes with it."""
    assert outcome.code == -1, (outcome.code, text(outcome))
    last = text(outcome).rstrip().splitlines()[-1]
    return last.partition("Error code: ")[2]
