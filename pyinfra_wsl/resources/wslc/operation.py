"""The settings of WSL's containers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyinfra.api.operation import operation

from pyinfra_wsl.edge.converge import Commands, converge
from pyinfra_wsl.resources.wslc.plan import plan
from pyinfra_wsl.resources.wslc.resource import RESOURCE
from pyinfra_wsl.resources.wslc.state import NAME

__all__ = ["settings"]


@operation()
def settings(settings: Mapping[str, Any], user: str | None = None) -> Commands:
    r"""Write settings into ``%LOCALAPPDATA%\wslc\settings.yaml`` of a laptop's user; comments and other keys stay.

    + settings: as the file has them: ``session`` and ``experimental`` with their keys, and ``credentialStore``; None for the
      built-in value
    + user: whose, by SID or as the fleet file names a user; the host's own unless given

    **Example:**

    .. code:: python

        wslc.settings(name="Small containers", settings={"session": {"cpuCount": 2, "memorySize": "4GB"}})
    """
    yield from converge(RESOURCE, {NAME: settings}, plan, user=user)
