"""Docker Engine on a Linux host."""

from __future__ import annotations

from pyinfra.context import host

from pyinfra_wsl.edge.role import role
from pyinfra_wsl.operations import docker_engine


@role("Docker Engine")
def apply() -> None:
    """Bring ``docker_engine`` of the host into the declared state."""
    declared = host.data.get("docker_engine")
    if declared is None:
        return
    settings = {name: value for name, value in declared.items() if value is not None}
    allow_data_loss = settings.pop("allow_data_loss", False)
    if settings.pop("state", "present") == "absent":
        kept = {name: settings[name] for name in ("users", "apply") if name in settings}
        docker_engine.absent(name="Docker Engine absent", allow_data_loss=allow_data_loss, **kept)
    else:
        docker_engine.present(name="Docker Engine", **settings)
