"""Docker Desktop and its components as a fact."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.edge.laptop import View
from pyinfra_wsl.resources.docker_desktop import components
from pyinfra_wsl.resources.docker_desktop.resource import RESOURCE
from pyinfra_wsl.resources.docker_integration import state as docker_integration
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro


class DockerDesktop(View):
    """Return Docker Desktop's installations, for whom it runs, its backend, and each component with its state.

    .. code:: python

        {"installed": True}
    """

    resource = RESOURCE

    @override
    def _shown(self, data: Laptop) -> Any:
        shown = super()._shown(data)
        distros, inside = data.of(wsl_distro.State), data.of(docker_integration.State).servers
        more = components.of_wsl(shown["backend"], distros.distros, distros.running, inside)
        return {**shown, "components": {**shown["components"], **more}}
