"""Docker Desktop in the lab: how people change its settings in its window, and what a run leaves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.resource import docker
from pyinfra_wsl.lab.resource.breaks import Break


def breaks(declared: Values, person: Account) -> Iterator[Break]:
    """Yield that somebody has chosen otherwise for all declared settings in Docker Desktop's window."""
    others = {name: docker.other_value(name, value) for name, value in _settings(declared).items() if not isinstance(value, dict)}
    if others:
        act = partial(docker.set_settings, person=person, values=others)
        yield Break("docker_desktop.settings", "somebody has chosen otherwise in Docker Desktop", act)


def finish(machine: Machine, declared: Values, person: Account) -> None:
    """Have the declared settings in the file, the licence accepted."""
    if settings := _settings(declared):
        machine.part(DockerDesktop).write_settings(person, **settings)


def _settings(declared: Values) -> dict[str, Any]:
    return dict(declared.get("docker_desktop", {}).get("settings", {}))
