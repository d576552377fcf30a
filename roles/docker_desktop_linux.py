"""Docker Desktop on a Linux host with a desktop."""

from __future__ import annotations

from pyinfra.context import host

from pyinfra_wsl.edge.role import role
from pyinfra_wsl.operations import docker_desktop_linux

_OF_THE_REPOSITORY = ("repository", "channel", "key", "key_fingerprint")


@role("Docker Desktop for Linux")
def apply() -> None:
    """Bring ``docker_desktop_linux`` of the host into the declared state; ``docker_engine`` may name the repository."""
    declared = host.data.get("docker_desktop_linux")
    if declared is None:
        return
    settings = {name: value for name, value in declared.items() if value is not None}
    allow_data_loss = settings.pop("allow_data_loss", False)
    if settings.pop("state", "present") == "absent":
        docker_desktop_linux.absent(name="Docker Desktop absent", user=settings["user"], allow_data_loss=allow_data_loss)
        return
    engine = host.data.get("docker_engine") or {}
    repository = {name: engine[name] for name in _OF_THE_REPOSITORY if engine.get(name) is not None}
    docker_desktop_linux.present(name="Docker Desktop", **{**repository, **settings})
