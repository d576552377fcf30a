"""A Linux host that runs virtual machines."""

from __future__ import annotations

from pyinfra.context import host

from pyinfra_wsl.edge.role import role
from pyinfra_wsl.operations import kvm


@role("KVM host")
def apply() -> None:
    """Bring ``kvm`` of the host into the declared state."""
    if (declared := host.data.get("kvm")) is not None:
        settings = {name: value for name, value in declared.items() if value is not None}
        kvm.present(name="KVM", **settings)
