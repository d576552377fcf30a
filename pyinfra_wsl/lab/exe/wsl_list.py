"""wsl.exe --list, --status and --version (src/windows/common/WslClient.cpp)."""

from __future__ import annotations

from typing import Any

from pyinfra_wsl.lab.exe import wsl_arguments, wsl_online
from pyinfra_wsl.lab.exe.wsl_arguments import Option
from pyinfra_wsl.lab.exe.wsl_console import Client
from pyinfra_wsl.lab.wsl import registration as wsl_registration
from pyinfra_wsl.lab.wsl import releases
from pyinfra_wsl.lab.wsl.errors import WslError
from pyinfra_wsl.lab.wsl.registration import CONVERTING, EXPORTING, INSTALLING, RUNNING, STATES, UNINSTALLING, Registration
from pyinfra_wsl.lab.wsl.texts import installed
from pyinfra_wsl.lab.wsl.user import WslUser, within
from pyinfra_wsl.lab.wsl.vm import has_service

OPTIONS = {
    "all": Option(("--all",)),
    "running": Option(("--running",)),
    "quiet": Option(("--quiet", "-q")),
    "verbose": Option(("--verbose", "-v")),
    "online": Option(("--online", "-o")),
}
HIDDEN = (INSTALLING, UNINSTALLING, CONVERTING, EXPORTING)
"""States that only ``--all`` and ``--verbose`` show."""


async def distributions(client: Client, line: str) -> int:
    """List distributions in one of the three layouts."""
    options = wsl_arguments.parse(line, client.known("--list", OPTIONS))
    if _conflict(options):
        raise WslError("WSL_E_INVALID_USAGE")
    user = client.user()
    found = enumerate_all(user)  # also for --online: a machine without the service cannot list at all
    if options.get("verbose"):
        return await _verbose(client, user, found)
    if options.get("online"):
        return await _online(client)
    return await _plain(client, user, found, options)


def enumerate_all(user: WslUser) -> list[Registration]:
    """Return all registrations, the default one first; one broken one fails the list."""
    with within("EnumerateDistros", "Service"):
        found = user.registrations.listed(every_state=True)
        default = _default(user)
        return sorted(found, key=lambda item: item.guid.lower() != default)


def _default(user: WslUser) -> str:
    try:
        return user.registrations.default().guid.lower()
    except WslError:
        return ""


def _conflict(options: dict[str, Any]) -> bool:
    on = {name for name, value in options.items() if value}
    return {"quiet", "verbose"} <= on or {"all", "running"} <= on or {"online", "verbose"} <= on or {"online", "all"} <= on


async def _verbose(client: Client, user: WslUser, found: list[Registration]) -> int:
    if not found:
        raise WslError("WSL_E_DEFAULT_DISTRO_NOT_FOUND")
    default = _default(user)
    rows = [(" ", "NAME", "STATE", "VERSION")]
    for item in found:
        mark = "*" if item.guid.lower() == default else " "
        rows.append((mark, item.name, STATES.get(user.state(item), "Stopped"), "2" if item.wsl2 else "1"))
    width = max(len(row[1]) for row in rows) + 4
    for mark, name, state, number in rows:
        await client.say(f"{mark} {name:<{width}}{state:<16}{number}")
    return 0


async def _online(client: Client) -> int:
    """List what can be installed, in the order of the manifest; the header is not localized."""
    found = wsl_online.shown(client)
    width = max(len(name) for name in ("NAME", *(entry.name for entry in found))) + 4
    await client.say_text("MessageDistributionListOnline", "--install")
    for name, friendly in [("NAME", "FRIENDLY NAME"), *((entry.name, entry.friendly) for entry in found)]:
        await client.say(f"{name:<{width}}{friendly}")
    return 0


async def _plain(client: Client, user: WslUser, found: list[Registration], options: dict[str, Any]) -> int:
    quiet = bool(options.get("quiet"))
    if options.get("running"):
        found = [item for item in found if user.state(item) == RUNNING]
        if not found and not quiet:
            return await client.usage("MessageNoRunningDistro")
    if not options.get("all"):
        found = [item for item in found if user.state(item) not in HIDDEN]
    if not quiet:
        if not found:
            raise WslError("WSL_E_DEFAULT_DISTRO_NOT_FOUND")
        await client.say_text("MessageRegisteredDistrosHeader")
    default = _default(user)
    for item in found:
        marked = not quiet and item.guid.lower() == default
        await client.say(client.text("MessagePrintDistroDefault", item.name) if marked else item.name)
    return 0


async def status(client: Client, _line: str) -> int:
    """Print the default distribution and version, and what is missing for WSL1 and WSL2; only services are looked at."""
    user = client.user()
    found = enumerate_all(user)
    default = _default(user)
    if found and found[0].guid.lower() == default:
        await client.say_text("MessageStatusDefaultDistro", found[0].name)
    await client.say_text("MessageStatusDefaultVersion", user.registrations.default_version)
    if not has_service(client.machine, "lxss"):
        await client.say_text("MessageWsl1NotSupported")
    if not has_service(client.machine, "vmcompute"):
        await client.say_text("MessageEnableVirtualization")
    return 0


async def version(client: Client, _line: str) -> int:
    """Print seven versions; works without the service."""
    machine, parts = client.machine, releases.components(installed(client.machine))
    await client.say_text("MessagePackageVersions", package_version(client), *parts, f"10.0.{machine.build}.{machine.ubr}")
    return 0


def package_version(client: Client) -> str:
    """Return the installed package's version, four numbers."""
    key = wsl_registration.PACKAGE_KEY
    return str(client.machine.registry.get(key, "Version", ""))
