"""The WSL package of the machine, and the WSL version that a user's new distributions get."""

from __future__ import annotations

from typing import Any

from pyinfra.api.operation import operation

from pyinfra_wsl.core import forecast
from pyinfra_wsl.edge.windows import Commands, converge
from pyinfra_wsl.resources.wsl import state as wsl


@operation()
def package(  # noqa: PLR0917 - pyinfra's callers name every argument
    minimum: str | None = None,
    version: str | None = None,
    installer: str | None = None,
    sha256: str | None = None,
    update: bool = False,
    apply: str = "when_idle",
) -> Commands:
    """Install or upgrade the WSL package from a pinned MSI; nothing is downloaded from a store, no distribution is installed.

    + minimum: the lowest version that will do
    + version: exactly this version instead; the only way to an older one
    + installer: path of the MSI here, an https:// address, or a UNC path
    + sha256: its SHA-256
    + update: without an installer, let wsl.exe fetch the latest release from GitHub where the package is older than ``minimum``
    + apply: ``when_idle`` (no distribution runs), ``now`` (an upgrade ends running sessions)

    **Example:**

    .. code:: python

        wsl.package(name="WSL", minimum="2.6.1", installer="files/wsl.2.6.1.0.x64.msi", sha256="5f2b…")
    """
    given: dict[str, Any] = {"minimum": minimum, "version": version, "installer": installer, "sha256": sha256, "apply": apply}
    given["update"] = update or None
    want = {name: value for name, value in given.items() if value is not None}
    yield from converge("wsl", lambda laptop: wsl.plan_package(want, laptop), lambda laptop: forecast.package(laptop, want))


@operation()
def default_version(version: int) -> Commands:
    """Set the WSL version that new distributions of the laptop's user get.

    + version: 1 or 2

    **Example:**

    .. code:: python

        wsl.default_version(name="WSL 2 for new distributions", version=2)
    """
    yield from converge("wsl_distro", lambda laptop: wsl.plan_default_version(version, laptop))
