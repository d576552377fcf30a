"""How people replace and remove the program of Docker Desktop by hand."""

from __future__ import annotations

from pyinfra_wsl.lab.docker_desktop import places, releases, setup
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.resource.breaks import NothingThereError

NEWEST, OLDER = "4.86.0", "4.80.0"
"""The release of the lab's laptops, and the first one that is upgraded without harm to other distributions."""


def older(version: str) -> str:
    """Return a release that is older than what is wanted; a gentle one where there is one."""
    wanted = releases.numbers(version)
    return OLDER if wanted > releases.numbers(OLDER) else f"{wanted[0]}.{max(wanted[1] - 1, 0)}.0"


def is_gentle(version: str) -> bool:
    """Whether an upgrade of a release leaves WSL and other distributions alone."""
    return releases.numbers(version) >= releases.GENTLE_UPGRADE


def uninstall(machine: Machine) -> None:
    """Remove every installation; settings, images and volumes stay."""
    found = places.installations(machine)
    if not found:
        raise NothingThereError("Docker Desktop is not installed")
    machine.part(DockerDesktop).end_by_force()
    for one in found:
        setup.remove(machine, one)


def install_newest(machine: Machine) -> None:
    """Install the newest release for all users."""
    machine.part(DockerDesktop).install(NEWEST)


def replace(machine: Machine, person: Account, version: str = "", *, own: bool | None = None) -> None:
    """Remove what is there, and install another release, or for others; what ran runs again.

    Args:
        machine: where.
        person: whose laptop it is.
        version: empty for the one that is there.
        own: for this person alone, or for all users; None for whom it was.

    """
    desktop = machine.part(DockerDesktop)
    before, ran = desktop.current, desktop.app is not None
    uninstall(machine)
    assert before is not None  # noqa: S101 - there was something to remove
    mine = before.account is not None if own is None else own
    desktop.install(version or before.version, account=person if mine else None)
    if ran:
        desktop.start_at_once(person)
