"""WSL's containers as a fact."""

from __future__ import annotations

from pyinfra_wsl.edge.laptop import View
from pyinfra_wsl.resources.wslc.resource import RESOURCE


class Wslc(View):
    """Return whether WSL's containers are there, and what their user has set.

    .. code:: python

        {"there": True, "exists": True, "values": {"session.cpuCount": "2"}}
    """

    resource = RESOURCE
