"""How people change Docker Desktop by hand, for the lab parts of the resources that declare it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.docker_desktop import daemon, places, policy, setup, start_up
from pyinfra_wsl.lab.docker_desktop import settings as docker_settings
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import ENVIRONMENT_KEY, Machine
from pyinfra_wsl.lab.machine.services import ServiceError
from pyinfra_wsl.lab.resource.breaks import NothingThereError


def set_settings(machine: Machine, person: Account, values: Values) -> None:
    """Write values into somebody's settings; a program that runs is ended before, and runs again afterwards.

    Args:
        machine: where.
        person: whose settings.
        values: by store key; None takes a key away, which then has its default.

    Raises:
        NothingThereError: there are no settings.

    """
    desktop = machine.part(DockerDesktop)
    path = desktop.settings_path(person)
    if not machine.files.exists(path):
        raise NothingThereError(f"{person.full_name} has no settings of Docker Desktop")
    runs = desktop.app is not None
    desktop.end_by_force()
    found = docker_settings.load(machine.files.read(path)) | {name: value for name, value in values.items() if value is not None}
    for name in (name for name, value in values.items() if value is None):
        found.pop(name, None)
    machine.files.write(path, docker_settings.save(found, store=path.endswith("settings-store.json")))
    if runs:
        desktop.start_at_once(person)


def other_value(key: str, value: Any) -> Any:
    """Return a value that somebody may have set instead of a declared one: of the same type, and never the default where that is.

    Args:
        key: the store key.
        value: what is declared.

    """
    default = docker_settings.DEFAULTS.get(key, ("", None))[1]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, list):
        return [*value, "something-else"] if not value else []
    if key == "ProxyHTTPMode":
        return "manual" if value == "system" else "system"
    return default if default not in (None, value) else f"{value}-changed"


def end(machine: Machine) -> None:
    """End the program as the Task Manager does."""
    desktop = machine.part(DockerDesktop)
    if desktop.app is None:
        raise NothingThereError("Docker Desktop does not run")
    desktop.end_by_force()


def damage_settings(machine: Machine, person: Account, data: bytes) -> None:
    """Have somebody's settings file hold this instead: NUL bytes after a power loss, an editor's byte order mark, half a file."""
    desktop = machine.part(DockerDesktop)
    desktop.end_by_force()
    machine.files.write(desktop.settings_path(person), data)


def set_daemon(machine: Machine, person: Account, system: str, data: bytes) -> None:
    """Write an engine's configuration (``linux`` or ``windows``) by hand."""
    machine.files.write(daemon.path(person, system), data)


def set_autostart(machine: Machine, person: Account, *, on: bool) -> None:
    """Have the Run value, or none."""
    key = rf"HKU\{person.sid}\{start_up.RUN_KEY}"
    if on:
        machine.registry.set(key, start_up.RUN_VALUE, "String", rf'"{places.FOLDER}\{places.WINDOW}" -Autostart')
    elif not machine.registry.remove_value(key, start_up.RUN_VALUE):
        raise NothingThereError(f"{person.full_name} has no autostart of Docker Desktop")


def switch_off(machine: Machine, person: Account) -> None:
    """Switch its start off in the Task Manager, which leaves the Run value and notes when."""
    key = rf"HKU\{person.sid}\{start_up.APPROVED_KEY}"
    machine.registry.set(key, start_up.RUN_VALUE, "Binary", bytes([3, 0, 0, 0]) + bytes(8))


def set_service(machine: Machine, *, start: int, running: bool) -> None:
    """Set how the helper service starts (2 automatic, 3 on demand, 4 disabled), and whether it runs."""
    if not machine.services.exists(places.SERVICE):
        raise NothingThereError(f"there is no {places.SERVICE}")
    machine.registry.set(machine.services.key(places.SERVICE), "Start", "DWord", start)
    machine.services.changed[places.SERVICE] = not running
    with suppress(ServiceError):
        (machine.services.start if running else machine.services.stop)(places.SERVICE)


def leave_group(machine: Machine, person: Account) -> None:
    """Take somebody out of docker-users."""
    group = machine.groups.get(places.GROUP)
    if group is None or person.sid not in group.members:
        raise NothingThereError(f"{person.full_name} is not in {places.GROUP}")
    group.members.remove(person.sid)


def set_admin(machine: Machine, values: Values) -> None:
    """Have the administrators' file say this and nothing else; it works from the next start on."""
    if not machine.files.exists(policy.ADMIN):
        raise NothingThereError(f"there is no {policy.ADMIN}")
    machine.files.write(policy.ADMIN, json.dumps(values).encode())


def forget_organisations(machine: Machine) -> None:
    """Demand of nobody to be signed in, in the registry and in the older file."""
    named = machine.registry.remove_value(places.POLICY_KEY, "allowedOrgs")
    if machine.files.exists(policy.SIGN_IN):
        machine.files.remove(policy.SIGN_IN)
    elif not named:
        raise NothingThereError("no organisation is demanded")


def set_variable(machine: Machine, name: str, value: str, person: Account | None = None) -> None:
    """Set a variable of somebody, or of the laptop: a ``DOCKER_HOST`` that leads the CLI astray."""
    machine.registry.set(rf"HKU\{person.sid}\Environment" if person else ENVIRONMENT_KEY, name, "String", value)


def set_choice(machine: Machine, account: Account | None = None, **choices: Any) -> None:
    """Have the installer's choices as an earlier run left them (``noWindowsContainers``), of all users or one's own."""
    setup.keep_choices(machine, account, choices)
