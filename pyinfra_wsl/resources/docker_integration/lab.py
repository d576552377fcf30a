"""Docker Desktop's integration in the lab: how people change it in its window, and what a run leaves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.resource import distros, docker
from pyinfra_wsl.lab.resource.breaks import Break


def breaks(declared: Values, person: Account) -> Iterator[Break]:
    """Yield that the default distribution, and each one that is declared, is integrated the other way."""
    default = _default(declared)
    if default is not None:
        told = f"somebody has turned it {'off' if default else 'on'} in Docker Desktop"
        act = partial(docker.set_settings, person=person, values={"EnableIntegrationWithDefaultWslDistro": not default})
        yield Break("docker_integration.default_distro", told, act)
    chosen = _chosen(declared)
    for name, distro in distros.present(declared):
        wanted = distro.get("docker_integration")
        if wanted is not None:
            told = f"somebody has {'unticked' if wanted else 'ticked'} it in Docker Desktop"
            others = [one for one in chosen if one != name] + ([] if wanted else [name])
            act = partial(docker.set_settings, person=person, values={"IntegratedWslDistros": others})
            yield Break(f"wsl_distros.{name}.docker_integration", told, act)


def finish(machine: Machine, declared: Values, person: Account) -> None:
    """Have Docker Desktop's settings as declared, its licence accepted."""
    settings: dict[str, Any] = {"IntegratedWslDistros": _chosen(declared)}
    if (default := _default(declared)) is not None:
        settings["EnableIntegrationWithDefaultWslDistro"] = default
    machine.part(DockerDesktop).write_settings(person, **settings)


def _default(declared: Values) -> bool | None:
    found: bool | None = declared.get("docker_integration", {}).get("default_distro")
    return found


def _chosen(declared: Values) -> list[str]:
    return [name for name, one in declared.get("wsl_distros", {}).items() if one.get("docker_integration")]
