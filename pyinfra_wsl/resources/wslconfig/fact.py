"""``.wslconfig`` of the laptop's user as a fact."""

from __future__ import annotations

from pyinfra_wsl.edge.laptop import View
from pyinfra_wsl.resources.wslconfig.resource import RESOURCE


class WslConfig(View):
    """Return what WSL makes of each line of ``.wslconfig``.

    .. code:: python

        {"exists": True}
    """

    resource = RESOURCE
