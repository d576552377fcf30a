"""Docker Desktop's MSI, for msiexec.exe.

Sources: Docker's MSI page (properties, "reboots by default", REMOVEEXISTINGINSTALL, administrators only), release notes 4.66
(4.56 to 4.65 cannot be updated) and 4.84 (installations of single users block it); exit codes are Windows Installer's.
"""

from __future__ import annotations

from pyinfra_wsl.lab.docker_desktop import installing, options, package, places, refusals, releases, setup
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.docker_desktop.package import ARCHITECTURES, Package
from pyinfra_wsl.lab.docker_desktop.places import Installation
from pyinfra_wsl.lab.docker_desktop.refusals import Asked
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.machine.program import Invocation

SUCCESS, RESTART, RESTARTS = 0, 3010, 1641
FAILURE, NEWER_THERE, WRONG_PROCESSOR = 1603, 1638, 1633


async def install(inv: Invocation, found: Package, said: dict[str, str], log: list[str]) -> int:
    """Install or upgrade; without ``/norestart`` the laptop restarts afterwards, unasked.

    Args:
        inv: msiexec's own start.
        found: what the MSI holds.
        said: its options and properties.
        log: lines of its log, which this adds to.

    """
    choices = options.of_msi(said)
    asked = Asked(inv.machine, found, choices, inv.token, None)
    if ARCHITECTURES.get(found.architecture) != inv.machine.architecture:
        return WRONG_PROCESSOR
    if (code := _objection(asked, log)) is not None:
        return code
    there = asked.present
    if there is not None and not there.msi:  # its settings and data stay
        inv.machine.part(DockerDesktop).end_by_force()
        setup.remove(inv.machine, there)
    try:
        if code := await installing.install(asked, inv.sleep, seen=False):
            return code if code == 1618 else FAILURE
    except installing.Killed:
        return FAILURE
    log.append("Product: Docker Desktop -- Installation completed successfully.")
    return await _end(inv, said)


def _objection(asked: Asked, log: list[str]) -> int | None:
    """Return the exit code of what the MSI objects to, None for nothing."""
    there, found = asked.present, asked.package
    users = [one for one in asked.others if one.account is not None]
    refused = refusals.refusal(asked)
    why = ""
    if there is not None and there.numbers >= found.numbers:
        return SUCCESS if there.msi and there.numbers == found.numbers else NEWER_THERE
    if there is not None and there.msi and releases.MSI_LOCKED <= there.numbers < releases.MSI_FREED:
        why = f"{there.version} cannot be updated: uninstall it first"
    elif there is not None and not there.msi and not (asked.choices.replaces and found.numbers >= releases.MSI_REPLACES_EXE):
        why = "an installation by the EXE is there: uninstall it first"
    elif users and found.numbers >= releases.MSI_SEES_USERS:
        why = f"per-user installations of {', '.join(one.account.full_name for one in users if one.account)} are there"
    elif refused is not None and not (users and refused[1].endswith("first")):
        why = refused[1]
    log += [f"CustomAction returned actual error code 1603: {why}"] if why else []
    return FAILURE if why else None


async def _end(inv: Invocation, said: dict[str, str]) -> int:
    """End as Windows Installer does: restart, or say that one is needed."""
    if "/norestart" not in said and said.get("REBOOT", "") != "ReallySuppress":
        inv.machine.background(inv.machine.reboot())
        return RESTARTS
    pending = any(one.state == "Enable Pending" for one in inv.machine.features.table.values())
    return RESTART if pending else SUCCESS


def installed(inv: Invocation, what: str) -> Installation | None:
    """Return the installation by MSI that a file or a product code means, None for none."""
    code = what.upper()
    if not code.startswith("{"):
        try:
            found = package.read(inv.machine.files.read(inv.path(what), inv.token))
        except FileError:
            return None
        code = found.product_code if found is not None else ""
    there = places.installations(inv.machine)
    return next((one for one in there if one.msi and one.key.upper().endswith(f"\\{code}")), None)


async def remove(inv: Invocation, there: Installation) -> int:
    """Remove it, silently."""
    code = await installing.uninstall(inv.machine, inv.token, there, inv.sleep, keep_data=False)
    return SUCCESS if code == 0 else FAILURE
