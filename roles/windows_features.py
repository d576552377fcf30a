"""Optional features of Windows, and the hypervisor they need."""

from __future__ import annotations

from pyinfra.context import host

from pyinfra_wsl.edge.role import role
from pyinfra_wsl.operations import hypervisor, windows_feature


@role("Windows features")
def apply() -> None:
    """Bring ``windows_features`` and ``hypervisor`` of the host into the declared state."""
    if declared := host.data.get("windows_features"):
        windows_feature.features(name="Optional features", features=declared)
    if declared := host.data.get("hypervisor"):
        hypervisor.settings(name="Hypervisor", **declared)
