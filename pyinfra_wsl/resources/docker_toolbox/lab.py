"""Docker Toolbox in the lab: how it comes back by hand; a run leaves nothing of it, so that there is nothing to finish."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.docker_desktop import toolbox
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.resource.breaks import Break


def breaks(declared: Values, person: Account) -> Iterator[Break]:
    """Yield that somebody has installed it again with its variables, and VirtualBox."""
    wanted = declared.get("docker_toolbox") or {}
    if wanted.get("state") == "absent":
        yield Break("docker_toolbox.state", "somebody has installed Docker Toolbox", partial(_install, person=person))
    if wanted.get("virtualbox") == "absent":
        yield Break("docker_toolbox.virtualbox", "somebody has installed VirtualBox", toolbox.virtualbox)


def _install(machine: Machine, person: Account) -> None:
    toolbox.program(machine, person)
    for name, data in (toolbox.VARIABLES | {"DOCKER_TOOLBOX_INSTALL_PATH": toolbox.TOOLBOX}).items():
        machine.registry.set(toolbox.environment(person), name, "String", data)
