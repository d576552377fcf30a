"""Turn optional features of Windows on and off."""

from __future__ import annotations

from collections.abc import Mapping

from pyinfra.api.operation import operation

from pyinfra_wsl.core import forecast, windows_feature
from pyinfra_wsl.operations.base import Commands, carry_out, look


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
    if laptop := (yield from look("windows_feature")):
        yield from carry_out(
            "windows_feature", windows_feature.plan(features, laptop), lambda: forecast.features(laptop, features)
        )
