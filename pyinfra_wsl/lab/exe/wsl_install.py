"""wsl.exe --install, --update and --uninstall (src/windows/common/WslClient.cpp, WslInstall.cpp, install.cpp beside it)."""

from __future__ import annotations

from typing import Any

from pyinfra_wsl.lab.exe import wsl_arguments, wsl_files, wsl_list, wsl_online
from pyinfra_wsl.lab.exe.wsl_arguments import Option, consume, word
from pyinfra_wsl.lab.exe.wsl_console import ELEVATION, RESTART, SUCCESS, Client
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.program import Unsupported
from pyinfra_wsl.lab.machine.start import run
from pyinfra_wsl.lab.wsl import importing as wsl_import
from pyinfra_wsl.lab.wsl import releases
from pyinfra_wsl.lab.wsl.errors import WslError
from pyinfra_wsl.lab.wsl.registration import PACKAGE_KEY
from pyinfra_wsl.lab.wsl.texts import Tongue
from pyinfra_wsl.lab.wsl.user import within
from pyinfra_wsl.lab.wsl.vm import has_service

OPTIONS = {
    "name_online": Option(("--distribution", "-d"), str),
    "no_launch": Option(("--no-launch", "-n")),
    "web_download": Option(("--web-download",)),
    "no_distribution": Option(("--no-distribution",)),
    "wsl1": Option(("--enable-wsl1",)),
    "pre_release": Option(("--pre-release",)),
    "file": Option(("--from-file", "-f"), str),
    "name": Option(("--name",), str),
    "location": Option(("--location", "-l"), str),
    "legacy": Option(("--legacy",)),
    "version": Option(("--version",), wsl_arguments.version),
    "prompt": Option(("--prompt-before-exit",)),
    "vhd_size": Option(("--vhd-size",), wsl_arguments.size),
    "fixed_vhd": Option(("--fixed-vhd",)),
}
UNSIMULATED = ("prompt", "vhd_size", "fixed_vhd")
"""Options that would change what happens and do nothing in the lab; ``--web-download`` is of no consequence for what the lab can
install, because no distribution of its manifest comes from the Store."""

PLATFORM, SUBSYSTEM = "VirtualMachinePlatform", "Microsoft-Windows-Subsystem-Linux"
PLATFORM_SERVICES, PLATFORM_SERVICES_22H2 = ("HNS", "vmcompute"), ("HNS", "vmcompute", "vfpext")


async def install(client: Client, line: str) -> int:
    """Install prerequisites, then a distribution; a restart that is needed ends it with 0 and no distribution."""
    found = wsl_arguments.parse(line, client.known("--install", OPTIONS), ("name_online",))
    if "no_distribution" in found and "name_online" in found:
        raise _together("--no-distribution", "--distribution")
    if "fixed_vhd" in found and "vhd_size" not in found:
        raise WslError("E_INVALIDARG", says=[("MessageArgumentNotValidWithout", "--fixed-vhd", "--vhd-size")])
    if "file" in found and "name_online" in found:
        raise _together("--from-file", "--distribution")
    if refused := [f"--{name.replace('_', '-')}" for name in UNSIMULATED if name in found]:
        raise Unsupported(f"--install {' '.join(refused)}")
    if "file" in found:
        return await _from_file(client, found)
    restart = await prerequisites(client, wsl1="wsl1" in found)
    if restart and "legacy" not in found:
        await client.say_system(RESTART)
        return 0
    if "no_distribution" in found:
        await client.say_system(SUCCESS)
        return 0
    return await _from_manifest(client, found)


def _together(one: str, other: str) -> WslError:
    return WslError("E_INVALIDARG", says=[("MessageArgumentsNotValidTogether", one, other)])


async def _launch(client: Client, found: dict[str, Any], name: str) -> int:
    """Say that the distribution is there; its first start is for a person, whom the lab does not have."""
    await client.say_text("MessageDistributionInstalled", name)
    if "no_launch" in found:
        return 0
    await client.say_text("MessageLaunchingDistro", name)
    raise Unsupported("--install without --no-launch: the first start is for a person")


async def _from_manifest(client: Client, found: dict[str, Any]) -> int:
    """Install a distribution of the manifest, which is fetched even where nothing is to be done."""
    if "legacy" in found:
        raise Unsupported("--install with --legacy")
    if not client.knows("--install", "--from-file"):
        raise Unsupported("--install of a distribution by a release that has it from the Store")
    with within("InstallDistro"):
        entry, overridden = wsl_online.find(client, found.get("name_online"))
        if overridden:
            await client.warn([client.text("MessageDistributionOverridden", overridden)])
        name = found.get("name") or entry.name
        user = client.user()
        if any(item.name.lower() == name.lower() for item in user.registrations.listed(every_state=True)):
            raise WslError("ERROR_ALREADY_EXISTS")
        location = client.invocation.path(found["location"]) if "location" in found else None
        if not entry.url.startswith("file:"):
            await client.say_text("MessageDownloading", entry.friendly)
        data = wsl_online.fetch(client, entry.url)
        await client.say_text("MessageInstalling", entry.friendly)
        wsl_online.demand_digest(entry, data)
        want = wsl_import.Wanted(name, data, location, found.get("version"), oobe=True)
        async with client.service():
            await wsl_import.register(user, client.invocation.token, want, client.invocation.stderr)
    return await _launch(client, found, name)


async def _from_file(client: Client, found: dict[str, Any]) -> int:
    """Install a ``.wsl`` file; the prerequisites are not looked at."""
    data = wsl_files.read(client, found["file"])
    await client.say_text("MessageInstalling", found["file"] if found["file"] != "-" else "<stdin>")
    location = client.invocation.path(found["location"]) if "location" in found else None
    want = wsl_import.Wanted(found.get("name"), data, location, found.get("version"), oobe=True)
    user = client.user()
    async with client.service():
        item = await wsl_import.register(user, client.invocation.token, want, client.invocation.stderr)
    return await _launch(client, found, item.name)


def missing_features(machine: Machine, *, wsl1: bool) -> list[str]:
    """Return the features whose services are absent; DISM's states are not looked at (CheckForMissingOptionalComponents)."""
    services = PLATFORM_SERVICES_22H2 if machine.build >= 22621 else PLATFORM_SERVICES
    missing = []
    if (wsl1 or machine.build < 22000) and not has_service(machine, "LxssManager"):
        missing.append(SUBSYSTEM)
    if not all(has_service(machine, name) for name in services):
        missing.append(PLATFORM)
    return missing


async def prerequisites(client: Client, *, wsl1: bool) -> bool:
    """Enable what is missing with dism; returns whether a restart is needed. What was enabled is remembered until then."""
    machine, token = client.machine, client.invocation.token
    missing = missing_features(machine, wsl1=wsl1)
    key = rf"HKU\{token.account.sid}\Software\Microsoft\Windows\CurrentVersion\Lxss\InstallStatus"
    known = str(machine.registry.get(key, "", "")).split(",")
    wanted = [name for name in missing if name not in known]
    if wanted and not client.invocation.elevated:
        await client.say_system(ELEVATION)
        raise WslError("ERROR_CANCELLED")  # nobody answers the question for elevation
    for name in wanted:
        words = ("/Online", "/NoRestart", "/enable-feature", f"/featurename:{name}")
        outcome = await run(machine, token, "dism.exe", *words)
        if outcome.code not in (0, RESTART):
            raise WslError("WSL_E_INSTALL_COMPONENT_FAILED")
    if wanted:
        machine.registry.create(key, volatile=True)
        machine.registry.set(key, "", "String", ",".join(missing))
    return bool(missing)


async def update(client: Client, line: str) -> int:
    """Install the newest release if it is newer; only ``--pre-release`` would change what is asked for."""
    names = ("--pre-release", "--web-download", "--confirm", "--prompt-before-exit")
    with within("UpdatePackage"):
        found = wsl_arguments.parse(line, client.known("--update", {name: Option((name,)) for name in names}))
        await client.say_text("MessageCheckingForUpdates")
        version, file, address = wsl_online.release(client, testing="--pre-release" in found)
        if wsl_online.numbers(version) <= wsl_online.numbers(wsl_list.package_version(client)):
            await client.say_text("MessageUpdateNotNeeded")
            return 0
        await client.say_text("MessageUpdatingToVersion", version)
        return await bring(client, file, address)


async def bring(client: Client, file: str, address: str) -> int:
    """Fetch the MSI and let it do the rest; a restart that is needed is said with exit code 0.

    Args:
        client: who asks.
        file: the MSI's name.
        address: what of the laptop's internet holds it.

    """
    path = rf"{client.invocation.account.profile}\AppData\Local\Temp\{file}"
    client.machine.files.write(path, wsl_online.fetch(client, address), client.invocation.token)
    words = ("/i", path, "/qn", "/norestart")
    code = (await run(client.machine, client.invocation.token, "msiexec.exe", *words)).code
    if code not in (0, RESTART):
        raise WslError("ERROR_INSTALL_FAILURE", says=[("MessageUpdateFailed", code)])
    client.machine.files.remove(path)
    if code == RESTART:
        await client.say_system(RESTART)
    return 0


async def uninstall(client: Client, line: str) -> int:
    """Remove the package with its MSI; distributions stay registered and on disk."""
    if word(consume(line, "--uninstall")) and Tongue.of(client.machine).has("MessageUninstallNoArguments"):
        return await client.usage("MessageUninstallNoArguments", "--uninstall", "--unregister")
    fine = releases.does(client.machine, "a restart after --uninstall is no failure")
    product = str(client.machine.registry.get(PACKAGE_KEY, "ProductCode", ""))
    outcome = await run(client.machine, client.invocation.token, "msiexec.exe", "/x", product, "/qn", "/norestart")
    if outcome.code == RESTART and fine:
        await client.say_system(RESTART)
    elif outcome.code:
        raise WslError("ERROR_INSTALL_FAILURE")
    return outcome.code
