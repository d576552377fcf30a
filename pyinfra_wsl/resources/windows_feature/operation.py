"""Turn optional features of Windows on and off."""

from __future__ import annotations

from collections.abc import Mapping

from pyinfra.api.operation import operation

from pyinfra_wsl.core import forecast
from pyinfra_wsl.edge.windows import Commands, converge
from pyinfra_wsl.resources.windows_feature import plan as windows_feature


@operation()
def features(features: Mapping[str, str]) -> Commands:
    """Bring optional features into the wanted states, all in one go; a restart completes the change (`reboot.if_pending`).

    + features: ``enabled`` or ``disabled`` by feature name, as DISM writes it

    **Example:**

    .. code:: python

        windows_feature.features(
            name="Let WSL 2 run",
            features={"VirtualMachinePlatform": "enabled", "Microsoft-Windows-Subsystem-Linux": "enabled"},
        )
    """
    yield from converge(
        "windows_feature",
        lambda laptop: windows_feature.plan(features, laptop),
        lambda laptop: forecast.features(laptop, features),
    )
