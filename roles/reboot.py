"""One restart for all that waits for one."""

from __future__ import annotations

from pyinfra.context import host

from pyinfra_wsl.edge.role import role
from pyinfra_wsl.operations import reboot


@role("Restart")
def apply() -> None:
    """Restart the host if something declared waits for it and ``reboot`` of the host allows it; never, unless declared."""
    reboot.if_pending(name="If pending", **(host.data.get("reboot") or {}))
