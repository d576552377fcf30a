"""The hypervisor, and what it needs, as a fact."""

from __future__ import annotations

from pyinfra_wsl.edge.laptop import View
from pyinfra_wsl.resources.hypervisor.resource import RESOURCE


class Hypervisor(View):
    """Return whether the hypervisor runs, whether it may, and what firmware and processor offer; None for what is unknown.

    .. code:: python

        {"running": True, "launch": "auto"}
    """

    resource = RESOURCE
