"""Docker Desktop as a run leaves it: the end state of a declaration is written down, no step of ours is replayed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pyinfra_wsl.core.formats import json_file
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.docker_desktop import daemon, package, places, policy
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.services import AUTOMATIC
from pyinfra_wsl.lab.resource import docker, docker_package

NEED_SERVICE = ("hyper-v", "windows")
"""The backends for which the helper service runs, and whose user is in docker-users."""
_ENGINES: dict[str, dict[str, bool]] = {
    "wsl-2": {"UseWindowsContainers": False, "WslEngineEnabled": True},
    "hyper-v": {"UseWindowsContainers": False, "WslEngineEnabled": False},
    "windows": {"UseWindowsContainers": True},
}
_FLAGS = ("always-run-service", "no-windows-containers")
_MEMBER = "corp"
"""Of which organisation somebody is signed in where none is named: an administrators' file lets nobody else in."""


def finish(machine: Machine, wanted: Values, person: Account) -> None:
    """Have a declaration of Docker Desktop brought about.

    Args:
        machine: where; an installation that is there is left as it is.
        wanted: ``docker_desktop`` of the fleet file.
        person: whose laptop it is.

    """
    desktop, backend = machine.part(DockerDesktop), str(wanted.get("backend") or "")
    if not places.installations(machine):
        _install(desktop, wanted, person)
    desktop.write_settings(person, **(_ENGINES[backend] if backend else {}), **_settings(wanted))
    if backend in NEED_SERVICE:
        docker.set_service(machine, start=AUTOMATIC, running=True)
        machine.groups.add(places.GROUP, person.sid)
        person.memberships = machine.groups.of(person.sid)
    for system, values in wanted.get("daemon", {}).items():
        whole = json_file.merge(daemon.DEFAULTS[system], values)
        docker.set_daemon(machine, person, system, json.dumps(whole, indent=2).encode())
    _for_everybody(machine, desktop, wanted)


def _settings(wanted: Values) -> dict[str, Any]:
    return dict(wanted.get("settings", {}))


def _install(desktop: DockerDesktop, wanted: Values, person: Account) -> None:
    declared: Values = wanted.get("package", {})
    file = Path(str(declared.get("installer", "")))
    held = package.read(file.read_bytes()) if file.is_file() else None
    version = held.version if held else declared.get("version") or declared.get("minimum") or docker_package.NEWEST
    options: Values = declared.get("options", {})
    switches = tuple(f"--{name}" for name in _FLAGS if options.get(name))
    account = person if declared.get("scope") == "user" else None
    desktop.install(str(version), account=account, backend=str(wanted.get("backend") or ""), switches=switches)


def _for_everybody(machine: Machine, desktop: DockerDesktop, wanted: Values) -> None:
    orgs, admin = wanted.get("allowed_orgs"), wanted.get("admin_settings")
    if orgs is not None:
        machine.registry.set(places.POLICY_KEY, "allowedOrgs", "MultiString", list(orgs))
    if admin:
        whole = json_file.merge({"configurationFileVersion": 2}, admin)
        machine.files.write(policy.ADMIN, json.dumps(whole, indent=2).encode())
    if orgs or admin:
        desktop.member_of = desktop.member_of or frozenset(orgs or [_MEMBER])
