"""Docker Toolbox of old retired: its variables first, then its program, then VirtualBox where nobody needs it."""

from __future__ import annotations

from pyinfra.api.operation import operation

from pyinfra_wsl.edge.converge import Commands, converge, given
from pyinfra_wsl.resources.docker_toolbox import hijack, virtualbox
from pyinfra_wsl.resources.docker_toolbox.plan import plan
from pyinfra_wsl.resources.docker_toolbox.resource import RESOURCE

__all__ = ["absent", "variables_absent", "virtualbox_absent"]


@operation()
def variables_absent(user: str | None = None) -> Commands:
    """Remove the variables with which Docker Toolbox makes docker speak to its own virtual machine.

    Those of the laptop's user and of the machine; who set a ``DOCKER_HOST`` to something else keeps it, and is told.

    + user: whose, by SID or as the fleet file names a user; the host's own unless given

    **Example:**

    .. code:: python

        docker_toolbox.variables_absent(name="docker speaks to Docker Desktop")
    """
    yield from converge(RESOURCE, {"docker_toolbox": {}}, hijack.plan, user=user)


@operation()
def absent(allow_data_loss: bool = False, user: str | None = None) -> Commands:
    """Remove Docker Toolbox with its own uninstaller; its virtual machines stay unless their loss is declared.

    + allow_data_loss: consent to delete the user's machines of docker-machine that have a disk on this laptop
    + user: whose, by SID or as the fleet file names a user; the host's own unless given

    **Example:**

    .. code:: python

        docker_toolbox.absent(name="No Docker Toolbox")
    """
    declared = given(state="absent", allow_data_loss=allow_data_loss or None)
    yield from converge(RESOURCE, {"docker_toolbox": declared}, plan, user=user)


@operation()
def virtualbox_absent() -> Commands:
    """Remove VirtualBox, if nobody on the laptop has a virtual machine in it.

    **Example:**

    .. code:: python

        docker_toolbox.virtualbox_absent(name="No VirtualBox")
    """
    yield from converge(RESOURCE, {"docker_toolbox": {"virtualbox": "absent"}}, virtualbox.plan)
