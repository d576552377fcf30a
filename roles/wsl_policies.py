"""What an organisation forbids in WSL: before WSL itself, which obeys it."""

from __future__ import annotations

from pyinfra.context import host

from pyinfra_wsl.edge.role import role
from pyinfra_wsl.operations import wsl_policy


@role("WSL's policies")
def apply() -> None:
    """Bring ``wsl_policy`` of the host into the declared state."""
    if declared := host.data.get("wsl_policy"):
        wsl_policy.values(name="Policies", values=declared)
