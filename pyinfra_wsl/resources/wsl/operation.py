"""The WSL package of the machine, and the WSL version that a user's new distributions get."""

from __future__ import annotations

from typing import Literal

from pyinfra.api.operation import operation

from pyinfra_wsl.edge.converge import Commands, converge, given
from pyinfra_wsl.resources.wsl.plan import plan
from pyinfra_wsl.resources.wsl.resource import RESOURCE
from pyinfra_wsl.resources.wsl_distro.default_version import DEFAULT_VERSION
from pyinfra_wsl.resources.wsl_distro.default_version import plan as plan_default_version

__all__ = ["default_version", "package"]


@operation()
def package(  # noqa: PLR0917 - pyinfra's callers name every argument
    minimum: str | None = None,
    version: str | None = None,
    installer: str | None = None,
    sha256: str | None = None,
    update: Literal["store", "web", "pre-release"] | None = None,
    allow_downgrade: bool = False,
    apply: Literal["when_idle", "now"] = "when_idle",
) -> Commands:
    """Install or upgrade the WSL package from a pinned MSI; nothing is downloaded from a store, no distribution is installed.

    + minimum: the lowest version that will do
    + version: exactly this version instead
    + installer: path of the MSI here, an https:// address, or a UNC path
    + sha256: its SHA-256
    + update: without an installer, let wsl.exe fetch the latest release where the package is older than ``minimum`` or missing:
      ``store``, ``web`` (GitHub), ``pre-release`` (GitHub, with releases for testing)
    + allow_downgrade: put a newer package back to ``version``; distributions and their disks stay
    + apply: ``when_idle`` (no distribution runs), ``now`` (an upgrade ends running sessions)

    **Example:**

    .. code:: python

        wsl.package(name="WSL", minimum="2.6.1", installer="files/wsl.2.6.1.0.x64.msi", sha256="5f2b…")
    """
    more = given(update=update, allow_downgrade=allow_downgrade or None)
    declared = {**given(minimum=minimum, version=version, installer=installer, sha256=sha256, apply=apply), **more}
    yield from converge(RESOURCE, {"wsl": {"package": declared}}, plan)


@operation()
def default_version(version: Literal[1, 2], user: str | None = None) -> Commands:
    """Set the WSL version that new distributions of the laptop's user get.

    + version: 1 or 2
    + user: whose, by SID or as the fleet file names a user; the host's own unless given

    **Example:**

    .. code:: python

        wsl.default_version(name="WSL 2 for new distributions", version=2)
    """
    declared = {"wsl": {"default_version": version}}
    yield from converge(DEFAULT_VERSION, declared, plan_default_version, about=("default version",), user=user)
