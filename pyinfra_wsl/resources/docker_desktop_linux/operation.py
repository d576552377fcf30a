"""Docker Desktop for Linux."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pyinfra.api.operation import operation

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Plan
from pyinfra_wsl.edge.converge import Commands, converge, filled, given, render
from pyinfra_wsl.edge.linux import look
from pyinfra_wsl.resources.docker_desktop_linux.plan import Package, Want, needs_package, plan, refused
from pyinfra_wsl.resources.docker_desktop_linux.resource import RESOURCE
from pyinfra_wsl.resources.docker_desktop_linux.state import State
from pyinfra_wsl.resources.docker_engine.operation import repository_key
from pyinfra_wsl.resources.docker_engine.plan import repository_plan
from pyinfra_wsl.resources.docker_engine.repository import DOCKER
from pyinfra_wsl.resources.docker_engine.resource import RESOURCE as ENGINE

__all__ = ["absent", "present"]


@operation()
def present(
    *,
    user: str,
    package: Mapping[str, str] | None = None,
    version: str | None = None,
    settings: Mapping[str, Any] | None = None,
    autostart: bool | None = None,
    accept_license: bool = False,
    repository: str = DOCKER,
    channel: Literal["stable", "test"] = "stable",
    key: str | None = None,
    key_fingerprint: str = "",
) -> Commands:
    """Install Docker Desktop, merge its settings, and let its user use KVM.

    What would end somebody's work, because Docker Desktop runs, is deferred.

    + user: Linux user whose Docker Desktop it is
    + package: ``source``, a file on this machine or an address, and its ``sha256``
    + version: oldest version that is left alone
    + settings: keys of settings-store.json; other keys stay
    + autostart: whether it starts with the user's session; untouched unless given
    + accept_license: consent to the Docker Subscription Service Agreement in the user's name
    + repository: Docker's repository or a mirror of it, for the packages on which the package depends
    + channel: ``stable`` or ``test``
    + key: file on this machine, or address, of the repository's key
    + key_fingerprint: the fingerprint that the key must have; Docker's unless given

    **Example:**

    .. code:: python

        docker_desktop_linux.present(
            name="Docker Desktop",
            user="ada",
            package={"source": "docker-desktop-amd64.deb", "sha256": "9f86d0…"},
            settings={"Cpus": 4},
        )
    """
    declared = given(
        user=user, package=package, version=version, settings=filled(settings), autostart=autostart, key=key,
        accept_license=accept_license, repository=repository, channel=channel, key_fingerprint=key_fingerprint or None,
    )  # fmt: skip
    yield from converge(RESOURCE, {"docker_desktop_linux": declared}, _plan)


@operation()
def absent(*, user: str, allow_data_loss: bool = False) -> Commands:
    """Remove Docker Desktop and what points to it; the user's images, containers and volumes stay.

    + user: Linux user whose Docker Desktop it was
    + allow_data_loss: consent to delete images, containers, volumes and settings

    **Example:**

    .. code:: python

        docker_desktop_linux.absent(name="No Docker Desktop", user="ada")
    """
    declared = {"state": "absent", "user": user, "allow_data_loss": allow_data_loss}
    yield from converge(RESOURCE, {"docker_desktop_linux": declared}, _plan)


def _plan(want: Want, state: State) -> Plan:
    wanted = replace(want, package=_package(want.package))
    installs = want.state == "present" and needs_package(wanted, state)
    needed = installs and not refused(wanted, state)
    return plan(wanted, state, _repository(wanted) if needed else Plan())


def _repository(want: Want) -> Plan:
    """Look at Docker's repository too, but only where a package is to be installed."""
    engine = look(ENGINE, {})
    if engine is None:
        return Plan(failures=(Failure("Docker's repository could not be looked at", "mend what the output above names"),))
    return repository_plan(want.repository, engine, repository_key(want.repository, engine, want.key), render)


def _package(declared: Package) -> Package:
    source = declared.source
    if not source or "://" in source:
        return declared
    try:
        found = _sha256(str(Path(source).expanduser()))
    except OSError as error:
        return replace(declared, problem=error.strerror or str(error))
    problem = "" if found == declared.sha256 else f"its SHA-256 is {found}, not {declared.sha256}"
    return Package(str(Path(source).expanduser()), declared.sha256, problem)


@cache
def _sha256(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
