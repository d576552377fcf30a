"""WSL's policies as a fact."""

from __future__ import annotations

from pyinfra_wsl.edge.laptop import View
from pyinfra_wsl.resources.wsl_policy.resource import RESOURCE


class WslPolicies(View):
    r"""Return the values below ``HKLM\SOFTWARE\Policies\WSL`` that count, those that WSL ignores, and the registries of ``wslc``.

    .. code:: python

        {"values": {"AllowDebugShell": 0}, "ignored": {}, "registries": {}, "problem": ""}
    """

    resource = RESOURCE
