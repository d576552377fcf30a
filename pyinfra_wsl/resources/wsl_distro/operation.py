"""Distributions of the laptop's user."""

from __future__ import annotations

from typing import Any, Literal

from pyinfra.api.operation import operation
from pyinfra.context import host

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Plan
from pyinfra_wsl.edge import door, everybody
from pyinfra_wsl.edge.converge import Commands, carry_out, converge, given
from pyinfra_wsl.resources.wsl_distro.plan import plan
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE

__all__ = ["absent", "present"]


_SPELLED = "pyinfra_wsl.wsl_distro.spelled"
"""How the operations of a host spell the names of distributions, which WSL compares without their case."""


def _converge(distro: str, declared: dict[str, Any], user: str | None) -> Commands:
    spelled = host.connector_data.setdefault(_SPELLED, {})
    if isinstance(distro, str) and (first := spelled.setdefault(distro.casefold(), distro)) != distro:
        everybody.begin(user)
        cause = f"{distro} is the same distribution as {first} for WSL, of which another operation is"
        yield from carry_out(RESOURCE, Plan(failures=(Failure(cause, f"write {first} in both", "declaration"),)), (distro,))
        return
    yield from converge(RESOURCE, {"wsl_distros": {door.name(distro): declared}}, plan, about=(distro,), user=user)


@operation()
def present(  # noqa: PLR0917 - pyinfra's callers name every argument
    distro: str,
    source: str | None = None,
    sha256: str | None = None,
    format: Literal["tar", "vhd"] | None = None,  # noqa: A002 - the word of wsl.exe --export
    version: Literal[1, 2] | None = None,
    location: str | None = None,
    default: bool | None = None,
    default_user: str | None = None,
    export_to: str | None = None,
    allow_data_loss: bool = False,
    user: str | None = None,
) -> Commands:
    """Import a distribution that is not there and bring one that is there into the wanted state; its data stay.

    + distro: its name
    + source: the image: a path here, an https:// address, or a UNC path
    + sha256: the image's SHA-256, by which it is known later
    + format: ``tar`` or ``vhd``; told by the suffix unless given
    + version: 1 or 2; an existing distribution is converted
    + location: folder of its disk; an existing disk is moved
    + default: make it the default distribution
    + default_user: Linux user a shell starts as
    + export_to: export it to this path once
    + allow_data_loss: replace it, after an export, where it came from another image
    + user: whose, by SID or as the fleet file names a user; the host's own unless given

    **Example:**

    .. code:: python

        wsl_distro.present(
            name="Ubuntu",
            distro="Ubuntu-24.04",
            source="files/ubuntu-24.04.wsl",
            sha256="5b3e…",
            default=True,
            default_user="dev",
        )
    """
    declared = given(
        source=source, sha256=sha256, format=format, version=version, location=location, default=default,
        default_user=default_user, export_to=export_to, allow_data_loss=allow_data_loss,
    )  # fmt: skip
    yield from _converge(distro, {"state": "present", **declared}, user)


@operation()
def absent(distro: str, allow_data_loss: bool = False, export_to: str | None = None, user: str | None = None) -> Commands:
    """Unregister a distribution, which deletes its data: only with consent, and after an export.

    + distro: its name
    + allow_data_loss: the consent
    + export_to: a path in the folder for the export, which gets a name with the time; beside the disk's folder unless given
    + user: whose, by SID or as the fleet file names a user; the host's own unless given

    **Example:**

    .. code:: python

        wsl_distro.absent(name="Retire the old one", distro="legacy", allow_data_loss=True)
    """
    declared = given(allow_data_loss=allow_data_loss, export_to=export_to)
    yield from _converge(distro, {"state": "absent", **declared}, user)
