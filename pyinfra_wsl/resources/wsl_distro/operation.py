"""Distributions of the laptop's user."""

from __future__ import annotations

from typing import Any

from pyinfra.api.operation import operation

from pyinfra_wsl.core import forecast
from pyinfra_wsl.edge.windows import Commands, converge
from pyinfra_wsl.resources.wsl_distro import plan as wsl_distro


def _converge(distro: str, want: dict[str, Any]) -> Commands:
    yield from converge(
        "wsl_distro",
        lambda laptop: wsl_distro.plan(distro, want, laptop),
        lambda laptop: forecast.distro(laptop, distro, want),
    )


@operation()
def present(  # noqa: PLR0917 - pyinfra's callers name every argument
    distro: str,
    source: str | None = None,
    sha256: str | None = None,
    format: str | None = None,  # noqa: A002 - the word of wsl.exe --export
    version: int | None = None,
    location: str | None = None,
    default: bool | None = None,
    default_user: str | None = None,
    export_to: str | None = None,
    allow_data_loss: bool = False,
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
    given: dict[str, Any] = {
        "source": source, "sha256": sha256, "format": format, "version": version, "location": location, "default": default,
        "default_user": default_user, "export_to": export_to, "allow_data_loss": allow_data_loss,
    }  # fmt: skip
    want = {"state": "present"} | {name: value for name, value in given.items() if value is not None}
    yield from _converge(distro, want)


@operation()
def absent(distro: str, allow_data_loss: bool = False, export_to: str | None = None) -> Commands:
    """Unregister a distribution, which deletes its data: only with consent, and after an export.

    + distro: its name
    + allow_data_loss: the consent
    + export_to: a path in the folder for the export, which gets a name with the time; beside the disk's folder unless given

    **Example:**

    .. code:: python

        wsl_distro.absent(name="Retire the old one", distro="legacy", allow_data_loss=True)
    """
    want: dict[str, Any] = {"state": "absent", "allow_data_loss": allow_data_loss}
    if export_to is not None:
        want["export_to"] = export_to
    yield from _converge(distro, want)
