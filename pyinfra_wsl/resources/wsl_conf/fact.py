"""``/etc/wsl.conf`` of the declared distributions as a fact."""

from __future__ import annotations

from pyinfra_wsl.edge.laptop import View
from pyinfra_wsl.resources.wsl_conf.resource import RESOURCE


class WslConf(View):
    """Return what WSL makes of each line of ``/etc/wsl.conf``, by distribution.

    .. code:: python

        {"Ubuntu-24.04": {"exists": True}}
    """

    resource = RESOURCE
