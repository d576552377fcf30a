"""Why a restart is pending, as a fact."""

from __future__ import annotations

from pyinfra_wsl.edge.laptop import View
from pyinfra_wsl.resources.reboot.resource import RESOURCE


class PendingReboot(View):
    """Return the reasons for which a restart is pending.

    .. code:: python

        {"reasons": []}
    """

    resource = RESOURCE
