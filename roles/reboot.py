"""One restart for all that waits for one."""

from __future__ import annotations

from pyinfra.api.deploy import deploy
from pyinfra.context import host

from pyinfra_wsl.resources.reboot import operation as reboot


@deploy("Restart")
def apply() -> None:
    """Restart the host if something declared waits for it and ``reboot`` of the host allows it; never, unless declared."""
    reboot.if_pending(name="If pending", **(host.data.get("reboot") or {}))
