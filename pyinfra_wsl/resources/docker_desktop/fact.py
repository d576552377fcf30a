"""Docker Desktop and its components as a fact."""

from __future__ import annotations

from pyinfra_wsl.edge.laptop import View
from pyinfra_wsl.resources.docker_desktop.resource import RESOURCE


class DockerDesktop(View):
    """Return Docker Desktop's installations, for whom it runs, its backend, and each component with its state.

    .. code:: python

        {"installed": True}
    """

    resource = RESOURCE
