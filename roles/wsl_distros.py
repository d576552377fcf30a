"""Distributions, what new ones get, and what is declared inside them: what needs WSL to work."""

from __future__ import annotations

from pyinfra.context import host

from pyinfra_wsl.edge.everybody import people
from pyinfra_wsl.edge.role import role
from pyinfra_wsl.operations import wsl, wsl_conf, wsl_distro

_ELSEWHERE = ("state", "wsl_conf", "docker_integration")


@role("WSL distributions")
def apply() -> None:
    """Bring the default version of ``wsl`` and ``wsl_distros`` into the declared state."""
    if version := (host.data.get("wsl") or {}).get("default_version"):
        for user in host.loop(people()):
            wsl.default_version(name="Default version", version=version, user=user)
    # pyinfra counts all hosts of one line under one name, and the distributions of two hosts at one place of the loop differ.
    distros = host.data.get("wsl_distros") or {}
    for user, (distro, declared) in host.loop([(user, one) for user in (people() if distros else ()) for one in distros.items()]):
        own = {name: value for name, value in declared.items() if name not in _ELSEWHERE}
        if declared.get("state") == "absent":
            wsl_distro.absent(name="Distribution that shall not be there", distro=distro, user=user, **own)
            continue
        wsl_distro.present(name="Distribution", distro=distro, user=user, **own)
        if inside := declared.get("wsl_conf"):
            wsl_conf.settings(name="wsl.conf of a distribution", distro=distro, settings=inside, user=user)
