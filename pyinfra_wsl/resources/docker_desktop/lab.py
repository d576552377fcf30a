"""Docker Desktop in the lab: how people change what is declared of it, and what a run leaves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.services import DEMAND
from pyinfra_wsl.lab.resource import docker, docker_finish, docker_package
from pyinfra_wsl.lab.resource.breaks import Break

_KEY = "docker_desktop"


def breaks(declared: Values, person: Account) -> Iterator[Break]:
    """Yield what people make of each declared part of Docker Desktop; its being there comes last."""
    wanted: Values = declared.get(_KEY, {})
    if wanted.get("state", "present") == "absent":
        yield Break(f"{_KEY}.state", "somebody has installed it again", docker_package.install_newest)
        return
    yield from _of_settings(wanted, person)
    yield from _of_backend(wanted, person)
    yield from _for_everybody(wanted)
    if wanted.get("start"):
        yield Break(f"{_KEY}.start", "somebody has ended it in the Task Manager", docker.end)
    yield from _of_package(wanted, person)


def _of_settings(wanted: Values, person: Account) -> Iterator[Break]:
    settings = _settings(wanted)
    others = {name: docker.other_value(name, value) for name, value in settings.items() if not isinstance(value, dict)}
    if others:
        act = partial(docker.set_settings, person=person, values=others)
        yield Break(f"{_KEY}.settings", "somebody has chosen otherwise in Docker Desktop", act)
    if isinstance(on := settings.get("AutoStart"), bool):
        told = "the value under Run is gone from the registry" if on else "a start of it has written its value under Run"
        yield Break(f"{_KEY}.settings.Run", told, partial(docker.set_autostart, person=person, on=not on))
        if on:
            told = "somebody has switched its start off in the Task Manager"
            yield Break(f"{_KEY}.settings.StartupApproved", told, partial(docker.switch_off, person=person))
    if "accept_license" in wanted:
        act = partial(docker.set_settings, person=person, values={"LicenseTermsVersion": None})
        yield Break(f"{_KEY}.accept_license", "its settings say that nobody has accepted the agreement", act)
    if engines := tuple(system for system, one in wanted.get("daemon", {}).items() if one):
        yield Break(f"{_KEY}.daemon", "somebody has written the engines' files anew", partial(_write_anew, person, engines))


def _write_anew(person: Account, systems: tuple[str, ...], machine: Machine) -> None:
    for system in systems:
        docker.set_daemon(machine, person, system, b'{"debug": true}')


def _of_backend(wanted: Values, person: Account) -> Iterator[Break]:
    backend, name = wanted.get("backend"), f"{_KEY}.backend"
    if backend is None:
        return
    agreed = bool(wanted.get("allow_unreachable"))
    values = {"UseWindowsContainers": False, "WslEngineEnabled": backend != "wsl-2"}
    told = f"somebody has switched to {'hyper-v' if backend == 'wsl-2' else 'wsl-2'} in Docker Desktop"
    act = partial(docker.set_settings, person=person, values=values)
    if backend in docker_finish.NEED_SERVICE:
        told_service = "somebody has set com.docker.service to start on demand, and stopped it"
        yield Break(f"{name}.service", told_service, partial(docker.set_service, start=DEMAND, running=False))
        yield Break(
            f"{name}.group", "somebody has taken its user out of docker-users", partial(docker.leave_group, person=person)
        )
    yield Break(name, told, act, repairable=agreed)
    if backend == "windows":
        choice = partial(docker.set_choice, noWindowsContainers=True)
        yield Break(f"{name}.choice", "an installer was told --no-windows-containers", choice, repairable=False)


def _for_everybody(wanted: Values) -> Iterator[Break]:
    if wanted.get("admin_settings"):
        told = "somebody with the rights for it has emptied admin-settings.json"
        yield Break(f"{_KEY}.admin_settings", told, partial(docker.set_admin, values={"configurationFileVersion": 2}))
    if wanted.get("allowed_orgs") is not None:
        told = "somebody has taken the organisations out of the registry"
        yield Break(f"{_KEY}.allowed_orgs", told, docker.forget_organisations)


def _of_package(wanted: Values, person: Account) -> Iterator[Break]:
    declared: Values = wanted.get("package", {})
    for name in ("version", "minimum"):
        if name in declared:
            older = docker_package.older(str(declared[name]))
            gentle = docker_package.is_gentle(older) or bool(declared.get("allow_wsl_shutdown"))
            act = partial(docker_package.replace, person=person, version=older)
            yield Break(f"{_KEY}.package.{name}", f"somebody has put {older} in its place", act, repairable=gentle)
    if (scope := declared.get("scope")) is not None:
        told = f"somebody has installed it {'for one user' if scope == 'all_users' else 'for all users'} instead"
        act = partial(docker_package.replace, person=person, own=scope == "all_users")
        yield Break(f"{_KEY}.package.scope", told, act, repairable=bool(declared.get("change_scope")))
    if "state" in wanted:
        told = "somebody has removed it; its data stay"
        yield Break(f"{_KEY}.state", told, docker_package.uninstall, repairable=False)


def finish(machine: Machine, declared: Values, person: Account) -> None:
    """Have all of it as declared; an installation that is there is left as it is."""
    wanted: Values = declared.get(_KEY, {})
    if wanted.get("state", "present") == "absent":
        docker_package.uninstall(machine)
    elif wanted:
        docker_finish.finish(machine, wanted, person)


def _settings(wanted: Values) -> dict[str, Any]:
    return dict(wanted.get("settings", {}))
