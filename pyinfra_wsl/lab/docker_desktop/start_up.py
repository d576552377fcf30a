r"""What a start of Docker Desktop reads and writes before any engine: settings, autostart, the CLI's configuration.

Sources: release notes 4.35 (the older settings are taken over), 4.84 and 4.85 (broken JSON that hung the start); docker/for-win
#13396 (the Run value); Docker's "Configure Settings Management" (effective values are written into the user's own file).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.lab.docker_desktop import places, releases, setup
from pyinfra_wsl.lab.docker_desktop import settings as docker_settings
from pyinfra_wsl.lab.docker_desktop.engines import Waits
from pyinfra_wsl.lab.docker_desktop.places import Installation
from pyinfra_wsl.lab.docker_desktop.policy import Policy
from pyinfra_wsl.lab.docker_desktop.settings import SettingsError
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine

RUN_KEY, RUN_VALUE = r"Software\Microsoft\Windows\CurrentVersion\Run", "Docker Desktop"
APPROVED_KEY = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
"""What the Task Manager keeps of the values of `RUN_KEY`: an odd first byte switches one off (as observed, not documented)."""
CONTEXTS = {"linux": "desktop-linux", "windows": "desktop-windows"}


def cli_config(account: Account) -> str:
    """Return the CLI's configuration of a user."""
    return rf"{account.profile}\.docker\config.json"


def read_cli_config(machine: Machine, account: Account) -> dict[str, Any] | None:
    """Return it, {} where it is missing, None where it is no JSON object."""
    path = cli_config(account)
    try:
        found = json.loads(machine.files.read(path)) if machine.files.exists(path) else {}
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def demand_readable(machine: Machine, installation: Installation, account: Account) -> None:
    """Hang where a broken file hung the start for minutes, before 4.84 and 4.85: raises Waits."""
    broken = setup.read_choices(machine, installation.account) is None or read_cli_config(machine, account) is None
    if broken and installation.numbers < releases.NO_HANG:
        raise Waits("")


@dataclass(frozen=True, slots=True)
class Who:
    """Who starts which Docker Desktop where.

    Args:
        machine: where.
        installation: which.
        account: who.
        member_of: the organisations of which they are a signed-in member.
        defaults: of settings, where they differ from the usual ones.

    """

    machine: Machine
    installation: Installation
    account: Account
    member_of: frozenset[str]
    defaults: Mapping[str, Any]


def load(who: Who, policy: Policy, lost: Mapping[str, Any]) -> dict[str, Any]:
    """Read the user's settings, the older file where the newer is not there yet, and write what is in force.

    Args:
        who: whose settings.
        policy: what the organisation lays down.
        lost: what this start changes on its own account.

    Raises:
        SettingsError: the program refuses the file.

    """
    installation, files = who.installation, who.machine.files
    path = setup.settings_path(who.account, installation.numbers)
    found = path if files.exists(path) else path.replace("settings-store.json", "settings.json")
    there = files.exists(found)
    data = files.read(found) if there else None
    settings = docker_settings.load(data, **who.defaults)
    if not there:
        kept = setup.read_choices(who.machine, installation.account) or {}
        settings |= {docker_settings.INSTALLER[name]: value for name, value in kept.items() if name in docker_settings.INSTALLER}
    chosen = {name for name, value in settings.items() if value != docker_settings.DEFAULTS.get(name, ("", None))[1]}
    settings = policy.applied(settings, chosen, who.member_of) | dict(lost)
    store = installation.numbers >= releases.SETTINGS_STORE
    files.write(path, docker_settings.save(settings, store=store, **who.defaults))
    return settings


def enter(machine: Machine, installation: Installation, account: Account) -> None:
    """Write the Run value, which every start does whatever is set (docker/for-win #13396), and the credential helper's name."""
    exe = rf"{installation.folder}\{places.WINDOW}"
    machine.registry.set(rf"HKU\{account.sid}\{RUN_KEY}", RUN_VALUE, "String", f'"{exe}" -Autostart')
    found = read_cli_config(machine, account)
    if found is not None and "credsStore" not in found:
        machine.files.write(cli_config(account), json.dumps(found | {"credsStore": "desktop"}, indent=2).encode())


def enter_cluster(machine: Machine, account: Account) -> None:
    """Write the cluster's context for kubectl where there is no configuration yet (Docker's Kubernetes page)."""
    path = rf"{account.profile}\.kube\config"
    if not machine.files.exists(path):
        machine.files.write(path, b"apiVersion: v1\nkind: Config\ncurrent-context: docker-desktop\n")


def starts_itself(machine: Machine, account: Account, settings: str) -> bool:
    """Whether a session begins with it: the Run value is there and not switched off, its program too, and its setting says so."""
    command = str(machine.registry.get(rf"HKU\{account.sid}\{RUN_KEY}", RUN_VALUE, ""))
    approved = machine.registry.get(rf"HKU\{account.sid}\{APPROVED_KEY}", RUN_VALUE, b"")
    if isinstance(approved, bytes) and approved[:1] and approved[0] % 2:
        return False
    if not command or not machine.files.exists(command.split('"')[1]):
        return False
    try:
        return bool(docker_settings.load(machine.files.read(settings) if machine.files.exists(settings) else None)["AutoStart"])
    except SettingsError:
        return False


def select_context(machine: Machine, account: Account, system: str) -> None:
    """Make the engine's context the current one, unless the user has chosen one of their own (from knowledge, not verified)."""
    found = read_cli_config(machine, account)
    if found is not None and found.get("currentContext", "default") in ("default", *CONTEXTS.values()):
        machine.files.write(cli_config(account), json.dumps(found | {"currentContext": CONTEXTS[system]}, indent=2).encode())
