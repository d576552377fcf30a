"""The wsl.exe that Windows itself has: Windows 10's own WSL, and the stub that only says how to install it.

Its source is not public. All of this is from knowledge of Windows 10 22H2 and 11, not verified here: no ``WSL_UTF8``, no
``--version``, no ``--manage``, no ``--import-in-place``, no error names below the text; that ``--update`` and the stub's
``--install`` bring the package, from the Store unless they are told ``--web-download`` (Microsoft, "Basic commands for WSL").
"""

from __future__ import annotations

from pyinfra_wsl.lab.exe import wsl_arguments, wsl_client, wsl_install, wsl_list, wsl_online
from pyinfra_wsl.lab.exe.wsl_arguments import Option, word
from pyinfra_wsl.lab.exe.wsl_console import RESTART, Client
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported
from pyinfra_wsl.lab.wsl.errors import WslError

NOT_INSTALLED = 50
"""The stub's exit code for ``wsl --status`` where WSL is absent, as a third party measured it; taken for every call here."""

_SHARED = ("--list", "-l", "--import", "--export", "--set-version", "--set-default-version", "--shutdown")
COMMANDS = {name: wsl_client.COMMANDS[name] for name in _SHARED}
KNOWN = frozenset({"--install", "--mount", "--unmount", "--status"})
SOURCES = {name: Option((name,)) for name in ("--web-download", "--pre-release")}


class _Inbox(Client):
    """A client whose failures have no name."""

    async def fail(self, error: WslError) -> int:
        await self.say(self.words(error))
        return -1


async def main(invocation: Invocation) -> int:
    """Run Windows 10's own wsl.exe: the same service calls with fewer options; always UTF-16."""
    client = _Inbox.of(invocation, inbox=True)
    line = wsl_arguments.without_program(invocation.command_line)
    first = word(line)
    try:
        if first == "--status":
            return await _status(client)
        if first == "--update":
            return await _update(client, line)
        if first in KNOWN:
            raise Unsupported(f"{first} of the inbox wsl.exe")
        if first in COMMANDS:
            return await COMMANDS[first](client, line)
        if first.startswith("-") and first not in {*wsl_client.NAMED, *wsl_client.STARTERS, "-e", "--exec", "--"}:
            return await client.usage("MessageWslUsage")
        return await wsl_client.run(client, line)
    except WslError as error:
        return await client.fail(error)


async def _status(client: Client) -> int:
    """Print the default distribution and version."""
    user = client.user()
    found = wsl_list.enumerate_all(user)
    if found and user.registrations.has_default():
        await client.say_text("MessageStatusDefaultDistro", found[0].name)
    await client.say_text("MessageStatusDefaultVersion", user.registrations.default_version)
    return 0


async def _update(client: Client, line: str) -> int:
    """Bring the package; ``--pre-release`` implies GitHub."""
    found = wsl_arguments.parse(line, SOURCES)
    return await _package(client, web=bool(found), testing="--pre-release" in found)


async def _package(client: Client, *, web: bool, testing: bool = False) -> int:
    if not web:
        return await wsl_install.bring(client, "wsl.msi", wsl_online.STORE)
    _version, file, address = wsl_online.release(client, testing=testing)
    return await wsl_install.bring(client, file, address)


async def not_installed(invocation: Invocation) -> int:
    """Say that WSL is not installed, or install it: the package first, then what it needs of Windows, and no distribution."""
    client = _Inbox.of(invocation, inbox=True)
    line = wsl_arguments.without_program(invocation.command_line)
    if word(line) != "--install":
        await client.say(client.text("WslNotInstalled"))
        return NOT_INSTALLED
    try:
        found = wsl_arguments.parse(line, {"no_distribution": Option(("--no-distribution",)), **SOURCES})
        if "no_distribution" not in found:
            raise Unsupported("--install of the stub in System32 with a distribution")
        code = await _package(client, web="--web-download" in found)
        if code == 0 and await wsl_install.prerequisites(client, wsl1=False):
            await client.say_system(RESTART)
        return code
    except WslError as error:
        return await client.fail(error)
