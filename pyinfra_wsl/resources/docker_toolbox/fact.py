"""Docker Toolbox and what belongs to it as a fact."""

from __future__ import annotations

from pyinfra_wsl.edge.laptop import View
from pyinfra_wsl.resources.docker_toolbox.resource import RESOURCE


class DockerToolbox(View):
    """Return whether Docker Toolbox is there, the names of its variables, its machines, VirtualBox and who uses it.

    .. code:: python

        {"installed": False}
    """

    resource = RESOURCE
