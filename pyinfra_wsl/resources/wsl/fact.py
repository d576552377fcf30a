"""The WSL package as a fact."""

from __future__ import annotations

from pyinfra_wsl.edge.laptop import View
from pyinfra_wsl.resources.wsl.resource import RESOURCE


class Wsl(View):
    """Return version and place of the WSL package, and its services.

    .. code:: python

        {"version": "2.6.1.0", "exe": "C:\\\\Program Files\\\\WSL\\\\wsl.exe"}
    """

    resource = RESOURCE
