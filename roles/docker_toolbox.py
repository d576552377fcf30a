"""Docker Toolbox of old, which is retired."""

from __future__ import annotations

from pyinfra.context import host

from pyinfra_wsl.edge.everybody import people
from pyinfra_wsl.edge.role import role
from pyinfra_wsl.operations import docker_toolbox


@role("Docker Toolbox")
def apply() -> None:
    """Bring ``docker_toolbox`` of the host into the declared state: what hijacks docker first."""
    declared = host.data.get("docker_toolbox") or {}
    if declared.get("state") == "absent":
        for user in host.loop(people()):
            docker_toolbox.variables_absent(name="Docker Toolbox's variables absent", user=user)
            lossy = bool(declared.get("allow_data_loss"))
            docker_toolbox.absent(name="Docker Toolbox absent", allow_data_loss=lossy, user=user)
        if declared.get("virtualbox") == "absent":
            docker_toolbox.virtualbox_absent(name="VirtualBox absent")
