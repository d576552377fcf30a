"""Docker Desktop's WSL integration for the distributions of the laptop's user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyinfra.api.operation import operation

from pyinfra_wsl.edge.windows import Commands, converge
from pyinfra_wsl.resources.docker_integration import plan as docker_integration


@operation()
def distros(distros: Mapping[str, bool], default_distro: bool | None = None, apply: str = "when_idle") -> Commands:
    """Turn the integration on or off per distribution, and prove it inside each where Docker Desktop runs.

    + distros: on or off by distribution; others stay as they are
    + default_distro: whether the default distribution is integrated too
    + apply: when a running Docker Desktop is restarted for it: ``now``, ``when_idle`` (no container runs) or ``next_start``

    **Example:**

    .. code:: python

        docker_integration.distros(name="Docker in Ubuntu", distros={"Ubuntu-24.04": True})
    """
    want: dict[str, Any] = {"distros": dict(distros), "apply": apply}
    if default_distro is not None:
        want["default_distro"] = default_distro
    yield from converge("docker_integration", lambda laptop: docker_integration.plan(want, laptop), distros=list(distros))
