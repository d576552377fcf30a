"""How Docker Desktop's WSL integration is declared, so that a run changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.adopted import Adopted, kept
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.resources.docker_integration.plan import Want, plan
from pyinfra_wsl.resources.docker_integration.state import State
from pyinfra_wsl.resources.wsl_distro.state import State as Distros

_KEY = "docker_integration"


def adopt(laptop: Laptop) -> Iterator[Adopted]:
    """Yield the distributions that the settings list, and what they say of the default one."""
    have, distros = laptop.of(State), laptop.of(Distros)
    if not have.installed or have.settings is None:
        return
    for name in have.settings.integrated:
        path = ("wsl_distros", name, _KEY)
        if distros.find(name) is None:
            yield Adopted((_KEY,), note=f"Docker Desktop is set to integrate {name}, which is not there")
        else:
            yield kept(path, True, plan(Want({name: True}), laptop))
    if have.settings.default_said and have.settings.default_distro is not None:
        default = have.settings.default_distro
        yield kept((_KEY, "default_distro"), default, plan(Want(default=default), laptop))
