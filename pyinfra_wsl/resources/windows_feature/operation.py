"""Turn optional features of Windows on and off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pyinfra.api.operation import operation

from pyinfra_wsl.edge.converge import Commands, converge
from pyinfra_wsl.resources.windows_feature.plan import plan
from pyinfra_wsl.resources.windows_feature.resource import RESOURCE

__all__ = ["features"]


@operation()
def features(features: Mapping[str, Literal["enabled", "disabled"]]) -> Commands:
    """Bring optional features into the wanted states, all in one go; a restart completes the change (`reboot.if_pending`).

    + features: ``enabled`` or ``disabled`` by feature name, as DISM writes it

    **Example:**

    .. code:: python

        windows_feature.features(
            name="Let WSL 2 run",
            features={"VirtualMachinePlatform": "enabled", "Microsoft-Windows-Subsystem-Linux": "enabled"},
        )
    """
    yield from converge(RESOURCE, {"windows_features": features}, plan)
