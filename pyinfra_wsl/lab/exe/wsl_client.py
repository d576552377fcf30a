"""The package's wsl.exe: its words in order, sub-commands, the start of Linux programs (src/windows/common/WslClient.cpp)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pyinfra_wsl.lab.exe import linux, wsl_arguments, wsl_install, wsl_list, wsl_manage, wsl_mount, wsl_transfer
from pyinfra_wsl.lab.exe.linux_call import NO_TERMINAL, NO_USER, Start
from pyinfra_wsl.lab.exe.wsl_arguments import consume, word
from pyinfra_wsl.lab.exe.wsl_console import SUCCESS, Client
from pyinfra_wsl.lab.exe.wsl_files import missing
from pyinfra_wsl.lab.machine.command_line import arguments
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported
from pyinfra_wsl.lab.wsl import change as wsl_change
from pyinfra_wsl.lab.wsl.errors import WslError
from pyinfra_wsl.lab.wsl.registration import Registration, guid
from pyinfra_wsl.lab.wsl.user import within
from pyinfra_wsl.lab.wsl.vm import from_file, has_service

Command = Callable[[Client, str], Awaitable[int]]


@dataclass
class Launch:
    """What a Linux program is started with."""

    distribution: Registration | None = None
    user: str = ""
    folder: str = ""
    execute: bool = False


async def main(invocation: Invocation) -> int:
    """Run wsl.exe; every failure of its own is -1."""
    client = Client.of(invocation)
    try:
        return await run(client, wsl_arguments.without_program(invocation.command_line))
    except WslError as error:
        return await client.fail(error)


async def run(client: Client, line: str) -> int:
    """Read word after word until a sub-command or a Linux program."""
    launch = Launch()
    first = word(line)
    if guid(first):
        launch.distribution, line = client.user().registrations.at(guid(first)), consume(line, first)
    if word(line) == "~":
        launch.folder, line = "~", consume(line, "~")
    while first := word(line):
        if first in WORDS and not client.knows(first):
            return await client.usage("MessageInvalidCommandLine", first, wsl_arguments.PROGRAM)
        if first in COMMANDS or first in NAMED:
            return await COMMANDS.get(first, _by_name)(client, line)
        if first in ("--", "-e", "--exec"):
            line, launch.execute = consume(line, first), first != "--"
            break
        if first in STARTERS:
            if first in ("-d", "--distribution") and launch.distribution is not None:
                return await client.usage("MessageDistroAlreadySet")
            rest = consume(line, first)
            value = word(rest, quotes=first == "--cd")
            if not value and first != "--cd":
                return await _missing(client, first)
            STARTERS[first](client, launch, value)
            line = consume(rest, value)
            continue
        if first in UNSIMULATED:
            raise Unsupported(first)
        if first.startswith("-"):
            return await client.usage("MessageInvalidCommandLine", first, wsl_arguments.PROGRAM)
        break
    return await _launch(client, launch, line)


async def _by_name(client: Client, line: str) -> int:
    """Run a sub-command of `NAMED`."""
    first = word(line)
    name = word(consume(line, first))
    return await NAMED[first](client, name) if name else await _missing(client, first)


async def _missing(client: Client, first: str) -> int:
    """Say that a word is missing after another; of two spellings the long one is named."""
    return await client.usage("MessageRequiredParameterMissing", LONG.get(first, first))


def _choose(client: Client, launch: Launch, name: str) -> None:
    user = client.user()
    with within("Service"):
        launch.distribution = user.registrations.by_name(name)


def _choose_guid(client: Client, launch: Launch, word_of_guid: str) -> None:
    found = guid(word_of_guid)
    if not found:
        raise WslError("E_INVALIDARG")
    launch.distribution = client.user().registrations.at(found)


def _choose_user(_client: Client, launch: Launch, name: str) -> None:
    launch.user = name


def _choose_folder(client: Client, launch: Launch, folder: str) -> None:
    """Take a Linux path as it is; a path of Windows must be absolute and there (ChangeDirectory)."""
    launch.folder = folder[1:-1] if len(folder) > 1 and folder[0] == folder[-1] == '"' else folder
    if launch.folder.startswith(("/", "~")):
        return
    if not (launch.folder[1:3] in (":\\", ":/") or launch.folder.startswith("\\\\")):
        raise WslError("E_INVALIDARG")
    if not client.machine.files.exists(launch.folder):
        raise from_file(missing(client, launch.folder))
    if not client.machine.files.is_dir(launch.folder):
        raise from_file(FileError("no_folder", launch.folder))


def _choose_shell(_client: Client, launch: Launch, kind: str) -> None:
    """Start the program with or without a shell (ParseShellOptionArg); a login shell reads no profile in the lab."""
    if kind not in ("login", "standard", "none"):
        raise WslError("E_INVALIDARG")
    launch.execute = kind == "none"


async def _launch(client: Client, launch: Launch, line: str) -> int:
    """Start the distribution, then the program in it."""
    user = client.user()
    if launch.execute and not line:
        raise WslError("E_INVALIDARG")
    async with client.service():
        item = launch.distribution
        if item is None:
            with within("CreateInstance"):
                item = user.registrations.default()
        elif not item.registry.exists(item.key):
            raise WslError("WSL_E_DISTRO_NOT_FOUND", "CreateInstance", "ReadDistroConfig")
        instance = await user.start(item)
    with user.client(instance):
        start = Start(client.invocation, user, instance, launch.user, launch.folder)
        code = await (linux.execute(start, arguments(line)) if launch.execute else linux.shell(start, line))
    if code == NO_USER:
        raise WslError("WSL_E_USER_NOT_FOUND")
    if code == NO_TERMINAL:
        raise WslError("WSL_E_TTY_LIMIT")
    return code


async def _set_default(client: Client, name: str) -> int:
    user = client.user()
    async with client.service():
        wsl_change.set_default(user, user.registrations.by_name(name))
    await client.say_system(SUCCESS)
    return 0


async def _terminate(client: Client, name: str) -> int:
    user = client.user()
    async with client.service():
        user.terminate(user.registrations.by_name(name).guid)
    await client.say_system(SUCCESS)
    return 0


async def _unregister(client: Client, name: str) -> int:
    """Remove a distribution; half-installed ones are found too."""
    user = client.user()
    async with client.service():
        await wsl_change.unregister(user, user.registrations.by_name(name, every_state=True))
    await client.say_system(SUCCESS)
    return 0


async def _set_version(client: Client, line: str) -> int:
    rest = consume(line, "--set-version")
    name = word(rest)
    if not name:
        return await client.usage("MessageRequiredParameterMissing", "--set-version")
    user = client.user()
    async with client.service():
        item = user.registrations.by_name(name)
    version = wsl_arguments.version(word(consume(rest, name)))
    if version == 2:
        await client.say_text("MessageVmModeConversionInfo")
    async with client.service():
        await wsl_change.convert(user, item, version)
    await client.say_system(SUCCESS)
    return 0


async def _set_default_version(client: Client, line: str) -> int:
    """Write the user's own hive, without the service: as SYSTEM it writes SYSTEM's."""
    version = wsl_arguments.version(word(consume(line, "--set-default-version")))
    if version == 1 and not has_service(client.machine, "lxss"):
        raise WslError("WSL_E_WSL1_NOT_SUPPORTED")
    if version == 2:
        await client.say_text("MessageVmModeConversionInfo")
    key = rf"HKU\{client.invocation.account.sid}\Software\Microsoft\Windows\CurrentVersion\Lxss"
    client.machine.registry.set(key, "DefaultVersion", "DWord", version)
    await client.say_system(SUCCESS)
    return 0


async def _shutdown(client: Client, line: str) -> int:
    """Stop the calling user's VM; prints nothing."""
    found = wsl_arguments.parse(line, client.known("--shutdown", {"force": wsl_arguments.Option(("--force",))}))
    user = client.user()
    if found.get("force"):
        user.shutdown()
    else:
        await user.stop_all()
    return 0


async def _help(client: Client, _line: str) -> int:
    """Print the usage; the exit code is -1 all the same (test/windows/UnitTests.cpp)."""
    return await client.usage("MessageWslUsage")


def _unsimulated(_client: Client, _launch: Launch, value: str) -> None:
    raise Unsupported(f"--parent-console {value}")


COMMANDS: dict[str, Command] = {
    "--help": _help,
    "--list": wsl_list.distributions,
    "-l": wsl_list.distributions,
    "--status": wsl_list.status,
    "--version": wsl_list.version,
    "-v": wsl_list.version,
    "--mount": wsl_mount.mount,
    "--import": wsl_transfer.import_archive,
    "--import-in-place": wsl_transfer.import_in_place,
    "--export": wsl_transfer.export,
    "--manage": wsl_manage.manage,
    "--install": wsl_install.install,
    "--update": wsl_install.update,
    "--uninstall": wsl_install.uninstall,
    "--set-version": _set_version,
    "--set-default-version": _set_default_version,
    "--shutdown": _shutdown,
}
"""Sub-commands that read the rest of the line themselves."""

NAMED: dict[str, Command] = {
    "--set-default": _set_default,
    "--setdefault": _set_default,
    "-s": _set_default,
    "--terminate": _terminate,
    "-t": _terminate,
    "--unregister": _unregister,
}
"""Sub-commands with one word, a distribution's name; quotes are part of it."""

STARTERS: dict[str, Callable[[Client, Launch, str], None]] = {
    "-d": _choose,
    "--distribution": _choose,
    "--distribution-id": _choose_guid,
    "-u": _choose_user,
    "--user": _choose_user,
    "--cd": _choose_folder,
    "--shell-type": _choose_shell,
    "--parent-console": _unsimulated,
}
"""Options of the start of a Linux program, each with one word."""

LONG = {
    "-d": "--distribution",
    "-u": "--user",
    "-t": "--terminate",
    "-s": "--set-default",
    "--setdefault": "--set-default",
}
"""The spelling by which an option is named whose word is missing."""

UNSIMULATED = frozenset({"--unmount", "--debug-shell", "--system"})
"""What the real program knows and the lab does not."""

WORDS = frozenset({*COMMANDS, *NAMED, *STARTERS, *UNSIMULATED})
"""First words that not every release knows."""
