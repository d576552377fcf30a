"""Distributions of the laptop's user as a fact."""

from __future__ import annotations

from pyinfra_wsl.edge.laptop import View
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE


class WslDistros(View):
    """Return the distributions by name, the default one and those that run; None for what is unknown.

    .. code:: python

        {"default": "Ubuntu-24.04", "distros": {"Ubuntu-24.04": {"version": 2}}}
    """

    resource = RESOURCE
