r"""``Docker Desktop Installer.exe``: install and uninstall, whatever the file is called.

Sources: Docker's install page (verbs and flags), release notes 4.72 and 4.76 (``--quiet`` and the dialog), 4.84 (the MSI beside
per-user installations); id 57089582330 (the copy in the program folder is a stub).
"""

from __future__ import annotations

from pyinfra_wsl.lab.docker_desktop import installing, options, package, places, releases
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.docker_desktop.options import Choices
from pyinfra_wsl.lab.docker_desktop.package import EXE_MAGIC, Package
from pyinfra_wsl.lab.docker_desktop.refusals import FAILED, Asked
from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.process import Process
from pyinfra_wsl.lab.machine.program import Invocation, Program, Unsupported

MACHINE_TYPE_MISMATCH, BAD_IMAGE = 216, 193
"""ERROR_EXE_MACHINE_TYPE_MISMATCH, ERROR_BAD_EXE_FORMAT (Microsoft, "System Error Codes")."""


def of_file(machine: Machine, data: bytes) -> Program | int:
    """Return what runs when such a file is started: one for ARM does not on another processor, one that is cut off nowhere."""
    found = package.read(data)
    if found is None:
        return BAD_IMAGE
    if found.architecture == "arm64" and machine.architecture != "ARM64":
        return MACHINE_TYPE_MISMATCH

    async def program(inv: Invocation) -> int:
        return await _installer(inv, found)

    return program


async def _installer(inv: Invocation, found: Package) -> int:
    verb, *words = inv.arguments or [""]
    if verb == "install":
        return await _install(inv, found, words)
    if verb == "uninstall":
        return await _uninstall(inv, words)
    raise Unsupported(f"{verb}: a window that asks a person")


async def _install(inv: Invocation, found: Package, words: list[str]) -> int:
    if found.stub:
        await inv.err(b"Missing package flag\n")
        return FAILED
    choices = options.of_exe(words, found.numbers)
    if not choices.has("--quiet"):
        raise Unsupported("install without --quiet: a window that asks a person")
    if releases.PER_USER <= found.numbers < releases.QUIET_MENDED and not choices.has("--user"):
        await _for_ever(inv)
    account = inv.account if choices.has("--user") else None
    if _another(inv):
        return FAILED
    try:
        return await installing.install(Asked(inv.machine, found, choices, _token(inv, choices), account), inv.sleep)
    except installing.Killed:
        return FAILED


def _token(inv: Invocation, choices: Choices) -> Token:
    """Return what it goes on with: elevated where an administrator at the screen consents (release notes 4.38)."""
    asks = not inv.elevated and not choices.has("--user") and inv.session and inv.account.admin
    return Token(inv.account, True, inv.session) if asks and inv.machine.part(DockerDesktop).consents else inv.token


def _another(inv: Invocation) -> bool:
    """Whether another one is at work: that the second one ends is not verified."""

    def same(process: Process) -> bool:
        node = inv.machine.files.find(process.exe) if "\\" in process.exe else None
        content = node.content if node is not None else b""
        return process is not inv.process and isinstance(content, bytes) and content.startswith(EXE_MAGIC)

    return any(same(process) for process in inv.machine.processes)


async def _for_ever(inv: Invocation) -> None:
    """Show the dialog for the mode, which 4.72 to 4.75 did in spite of ``--quiet``: a person's click never comes."""
    while True:
        await inv.sleep(3600)


async def _uninstall(inv: Invocation, words: list[str]) -> int:
    """Remove the installation in whose folder this program lies, else the one for all users."""
    if set(words) - {"--quiet", "-keep-data"}:
        raise Unsupported(f"uninstall {' '.join(words)}")
    there = places.of_program(inv.machine, inv.argv[0])
    if there is None:
        found = [one for one in places.installations(inv.machine) if one.account in (None, inv.account)]
        there = found[0] if found else None
    if there is None:
        await inv.err(b"Docker Desktop is not installed\n")
        return FAILED
    return await installing.uninstall(inv.machine, inv.token, there, inv.sleep, keep_data="-keep-data" in words)


IMAGES = {EXE_MAGIC: of_file}
