"""Distributions, what new ones get, and what is declared inside them: what needs WSL to work."""

from __future__ import annotations

from pyinfra.context import host

from pyinfra_wsl.edge.role import role
from pyinfra_wsl.operations import wsl, wsl_conf, wsl_distro

_ELSEWHERE = ("state", "wsl_conf", "docker_integration")


@role("WSL distributions")
def apply() -> None:
    """Bring the default version of ``wsl`` and ``wsl_distros`` into the declared state."""
    if version := (host.data.get("wsl") or {}).get("default_version"):
        wsl.default_version(name="Default version", version=version)
    # pyinfra counts all hosts of one line under one name, and the distributions of two hosts at one place of the loop differ.
    for distro, declared in host.loop((host.data.get("wsl_distros") or {}).items()):
        own = {name: value for name, value in declared.items() if name not in _ELSEWHERE}
        if declared.get("state") == "absent":
            wsl_distro.absent(name="Distribution that shall not be there", distro=distro, **own)
            continue
        wsl_distro.present(name="Distribution", distro=distro, **own)
        if inside := declared.get("wsl_conf"):
            wsl_conf.settings(name="wsl.conf of a distribution", distro=distro, settings=inside)
