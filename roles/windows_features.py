"""Optional features of Windows, and the hypervisor they need."""

from __future__ import annotations

from pyinfra.api.deploy import deploy
from pyinfra.context import host

from pyinfra_wsl.resources.hypervisor import operation as hypervisor
from pyinfra_wsl.resources.windows_feature import operation as windows_feature


@deploy("Windows features")
def apply() -> None:
    """Bring ``windows_features`` and ``hypervisor`` of the host into the declared state."""
    if declared := host.data.get("windows_features"):
        windows_feature.features(name="Optional features", features=declared)
    if declared := host.data.get("hypervisor"):
        hypervisor.settings(name="Hypervisor", **declared)
