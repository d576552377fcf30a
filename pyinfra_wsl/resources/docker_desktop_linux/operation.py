"""Docker Desktop for Linux."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pyinfra.api.operation import operation
from pyinfra.context import host

from pyinfra_wsl.core.linux.host import LinuxPlan, revive
from pyinfra_wsl.edge.linux import Commands, converge, render
from pyinfra_wsl.resources.docker_desktop_linux import plan as docker_desktop_linux
from pyinfra_wsl.resources.docker_desktop_linux.fact import DockerDesktopLinux
from pyinfra_wsl.resources.docker_desktop_linux.plan import Package, Want
from pyinfra_wsl.resources.docker_engine import plan as docker_engine
from pyinfra_wsl.resources.docker_engine.fact import DockerEngine
from pyinfra_wsl.resources.docker_engine.operation import repository_key
from pyinfra_wsl.resources.docker_engine.plan import Repository
from pyinfra_wsl.resources.docker_engine.repository import DOCKER


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
    channel: str = "stable",
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
    declared = _package(dict(package or {}))
    want = Want(user, "present", declared, version, settings or {}, autostart, accept_license)
    where = Repository(repository.rstrip("/"), channel, key_fingerprint)
    yield from converge("docker_desktop_linux", DockerDesktopLinux, {"user": user}, lambda seen: _plan(want, seen, where, key))


@operation()
def absent(*, user: str, allow_data_loss: bool = False) -> Commands:
    """Remove Docker Desktop and what points to it; the user's images, containers and volumes stay.

    + user: Linux user whose Docker Desktop it was
    + allow_data_loss: consent to delete images, containers, volumes and settings

    **Example:**

    .. code:: python

        docker_desktop_linux.absent(name="No Docker Desktop", user="ada")
    """
    want = Want(user, "absent", allow_data_loss=allow_data_loss)
    yield from converge(
        "docker_desktop_linux", DockerDesktopLinux, {"user": user}, lambda seen: _plan(want, seen, Repository(), None)
    )


def _plan(want: Want, seen: Mapping[str, Any], where: Repository, key: str | None) -> LinuxPlan:
    state = revive(docker_desktop_linux.State, seen)
    installs = want.state == "present" and docker_desktop_linux.needs_package(want, state)
    needed = installs and not docker_desktop_linux.refused(want, state)
    return docker_desktop_linux.plan(want, state, _repository(where, key) if needed else LinuxPlan())


def _repository(where: Repository, key: str | None) -> LinuxPlan:
    """Look at Docker's repository too, but only where a package is to be installed."""
    seen = host.get_fact(DockerEngine)
    if seen is None:
        return LinuxPlan()
    state = revive(docker_engine.State, seen)
    return docker_engine.repository_plan(where, state, repository_key(where, state, key), render)


def _package(declared: dict[str, str]) -> Package:
    source, sha256 = declared.get("source", ""), declared.get("sha256", "").lower()
    if not source or "://" in source:
        return Package(source, sha256)
    try:
        found = _sha256(str(Path(source).expanduser()))
    except OSError as error:
        return Package(source, sha256, error.strerror or str(error))
    problem = "" if found == sha256 else f"its SHA-256 is {found}, not {sha256}"
    return Package(str(Path(source).expanduser()), sha256, problem)


@cache
def _sha256(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
