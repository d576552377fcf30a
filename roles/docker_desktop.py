"""Docker Desktop on a laptop."""

from __future__ import annotations

from pyinfra.context import host

from pyinfra_wsl.edge.everybody import people
from pyinfra_wsl.edge.role import role
from pyinfra_wsl.operations import docker_desktop

_OF_THE_PACKAGE = ("package", "backend", "accept_license", "apply")


@role("Docker Desktop")
def apply() -> None:
    """Bring ``docker_desktop`` of the host into the declared state."""
    declared = {name: value for name, value in (host.data.get("docker_desktop") or {}).items() if value is not None}
    if declared.pop("state", "present") == "absent":
        kept = {name: declared[name] for name in ("allow_data_loss", "apply") if name in declared}
        for user in host.loop(people()):
            docker_desktop.absent(name="Docker Desktop absent", user=user, **kept)
        return
    declared.pop("allow_data_loss", None)
    package = {name: declared[name] for name in _OF_THE_PACKAGE if name in declared}
    own = {name: value for name, value in declared.items() if name != "package"}
    for user in host.loop(people() if declared else ()):
        if "package" in declared:
            docker_desktop.package(name="Package", user=user, **package)
        if own.keys() - {"apply"}:
            docker_desktop.settings(name="Settings", user=user, **own)
