"""Docker Desktop's WSL integration."""

from __future__ import annotations

from pyinfra.api.deploy import deploy
from pyinfra.context import host

from pyinfra_wsl.resources.docker_integration import operation as docker_integration


@deploy("Docker Desktop's WSL integration")
def apply() -> None:
    """Bring ``docker_integration`` of the host and of its distributions into the declared state."""
    distros = {
        name: declared["docker_integration"]
        for name, declared in (host.data.get("wsl_distros") or {}).items()
        if declared.get("docker_integration") is not None and declared.get("state", "present") == "present"
    }
    declared = host.data.get("docker_integration") or {}
    if distros or declared:
        docker_integration.distros(name="Distributions", distros=distros, **declared)
