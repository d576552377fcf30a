"""Optional features of Windows as a fact."""

from __future__ import annotations

from pyinfra_wsl.edge.laptop import View
from pyinfra_wsl.resources.windows_feature.resource import RESOURCE


class WindowsFeatures(View):
    """Return the state of each optional feature by name; None where DISM could not be asked.

    .. code:: python

        {"VirtualMachinePlatform": "EnablePending", "Microsoft-Windows-Subsystem-Linux": "Disabled"}
    """

    resource = RESOURCE
