"""Docker Desktop on Windows: the package of the machine or of one user, and what is set for its user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyinfra.api.operation import operation

from pyinfra_wsl.edge.converge import Commands, converge, given
from pyinfra_wsl.resources.docker_desktop import remove, setup
from pyinfra_wsl.resources.docker_desktop.plan import plan
from pyinfra_wsl.resources.docker_desktop.resource import RESOURCE
from pyinfra_wsl.resources.docker_desktop.want import Backend, Policy

__all__ = ["absent", "package", "settings"]


@operation()
def package(
    package: Mapping[str, Any],
    backend: Backend | None = None,
    accept_license: Mapping[str, str] | None = None,
    apply: Policy = "when_idle",
    user: str | None = None,
) -> Commands:
    """Install or upgrade Docker Desktop from a pinned installer, and look at what is there afterwards.

    + package: ``installer``, ``sha256``, ``minimum`` or ``version``, ``scope``, ``options`` and consents
    + backend: the engine of a first start: ``wsl-2``, ``hyper-v`` or ``windows``
    + accept_license: the recorded consent to the agreement: ``by`` and ``date``
    + apply: when one that runs is stopped for it: ``now``, ``when_idle`` (no container runs) or ``next_start``
    + user: whose, by SID or as the fleet file names a user; the host's own unless given

    **Example:**

    .. code:: python

        docker_desktop.package(
            name="Docker Desktop", package={"minimum": "4.86.0", "installer": "files/DockerDesktop.exe", "sha256": "5f2b…"}
        )
    """
    declared = given(package=package, backend=backend, accept_license=accept_license, apply=apply)
    yield from converge(RESOURCE, {"docker_desktop": declared}, plan, refusable=True, user=user)


@operation()
def settings(  # noqa: PLR0917 - pyinfra's callers name every argument
    settings: Mapping[str, Any] | None = None,
    backend: Backend | None = None,
    allow_unreachable: bool = False,
    accept_license: Mapping[str, str] | None = None,
    daemon: Mapping[str, Mapping[str, Any]] | None = None,
    admin_settings: Mapping[str, Any] | None = None,
    allowed_orgs: Sequence[str] | None = None,
    start: bool = False,
    apply: Policy = "when_idle",
    user: str | None = None,
) -> Commands:
    """Set Docker Desktop up for the laptop's user, while it is stopped, and start it again where it ran.

    + settings: keys of its settings file by their documented names; others stay
    + backend: what runs containers: ``wsl-2``, ``hyper-v`` or ``windows``
    + allow_unreachable: consent to a change of backend, after which images and volumes of the other one cannot be reached
    + accept_license: the recorded consent to the agreement: ``by`` and ``date``
    + daemon: what the configuration of the engines says, below ``linux`` and ``windows``
    + admin_settings: what ``admin-settings.json`` says, for Docker Business
    + allowed_orgs: the organisations of which one must be signed in to
    + start: whether it is to run in its user's session, in which it is left
    + apply: when one that runs is stopped for it: ``now``, ``when_idle`` (no container runs) or ``next_start``
    + user: whose, by SID or as the fleet file names a user; the host's own unless given

    **Example:**

    .. code:: python

        docker_desktop.settings(name="Docker Desktop's settings", settings={"AutoStart": True, "AnalyticsEnabled": False})
    """
    declared = given(
        settings=settings, backend=backend, allow_unreachable=allow_unreachable or None, accept_license=accept_license,
        daemon=daemon, admin_settings=admin_settings, allowed_orgs=allowed_orgs, start=start or None, apply=apply,
    )  # fmt: skip
    yield from converge(RESOURCE, {"docker_desktop": declared}, setup.plan, refusable=True, again=True, user=user)


@operation()
def absent(allow_data_loss: bool = False, apply: Policy = "when_idle", user: str | None = None) -> Commands:
    """Remove Docker Desktop; its images, containers and volumes stay unless their loss is declared.

    + allow_data_loss: consent to delete them too
    + apply: when one that runs is stopped for it: ``now``, ``when_idle`` (no container runs) or ``next_start``
    + user: whose, by SID or as the fleet file names a user; the host's own unless given

    **Example:**

    .. code:: python

        docker_desktop.absent(name="No Docker Desktop")
    """
    declared = given(state="absent", allow_data_loss=allow_data_loss or None, apply=apply)
    yield from converge(RESOURCE, {"docker_desktop": declared}, remove.plan, user=user)
