"""Docker Desktop and its WSL integration as a fact."""

from __future__ import annotations

from pyinfra_wsl.edge.laptop import View
from pyinfra_wsl.resources.docker_integration.resource import RESOURCE


class DockerIntegration(View):
    """Return Docker Desktop's version, for whom it runs, and the integration of each distribution.

    .. code:: python

        {"installed": True}
    """

    resource = RESOURCE
