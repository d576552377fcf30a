"""Docker Desktop's WSL integration for the distributions of the laptop's user."""

from __future__ import annotations

from collections.abc import Mapping

from pyinfra.api.operation import operation

from pyinfra_wsl.edge import door
from pyinfra_wsl.edge.converge import Commands, converge, given
from pyinfra_wsl.resources.docker_desktop.want import Policy
from pyinfra_wsl.resources.docker_integration.plan import plan
from pyinfra_wsl.resources.docker_integration.resource import RESOURCE

__all__ = ["distros"]


@operation()
def distros(
    distros: Mapping[str, bool], default_distro: bool | None = None, apply: Policy = "when_idle", user: str | None = None
) -> Commands:
    """Turn the integration on or off per distribution, and prove it inside each where Docker Desktop runs.

    + distros: on or off by distribution; others stay as they are
    + default_distro: whether the default distribution is integrated too
    + apply: when a running Docker Desktop is restarted for it: ``now``, ``when_idle`` (no container runs) or ``next_start``
    + user: whose, by SID or as the fleet file names a user; the host's own unless given

    **Example:**

    .. code:: python

        docker_integration.distros(name="Docker in Ubuntu", distros={"Ubuntu-24.04": True})
    """
    declared = {
        "docker_integration": given(default_distro=default_distro, apply=apply),
        "wsl_distros": door.each(distros, "docker_integration"),
    }
    yield from converge(RESOURCE, declared, plan, about=distros, user=user)
