"""Docker Desktop's WSL integration."""

from __future__ import annotations

from pyinfra.context import host

from pyinfra_wsl.edge.everybody import people
from pyinfra_wsl.edge.role import role
from pyinfra_wsl.operations import docker_integration


@role("Docker Desktop's WSL integration")
def apply() -> None:
    """Bring ``docker_integration`` of the host and of its distributions into the declared state."""
    distros = {
        name: declared["docker_integration"]
        for name, declared in (host.data.get("wsl_distros") or {}).items()
        if declared.get("docker_integration") is not None and declared.get("state", "present") == "present"
    }
    declared = host.data.get("docker_integration") or {}
    for user in host.loop(people() if distros or declared else ()):
        docker_integration.distros(name="Distributions", distros=distros, user=user, **declared)
