"""Let the hypervisor of Windows start, or keep it off."""

from __future__ import annotations

from typing import Literal

from pyinfra.api.operation import operation

from pyinfra_wsl.edge.converge import Commands, converge, given
from pyinfra_wsl.resources.hypervisor.plan import plan
from pyinfra_wsl.resources.hypervisor.resource import RESOURCE

__all__ = ["settings"]


@operation()
def settings(launch: Literal["auto", "off"] = "auto", memory_integrity: Literal["on", "off"] | None = None) -> Commands:
    """Set whether the hypervisor starts with Windows; works after a restart (`reboot.if_pending`).

    + launch: ``auto`` or ``off``, as ``bcdedit /set hypervisorlaunchtype`` has it
    + memory_integrity: ``on`` or ``off``; untouched unless given

    **Example:**

    .. code:: python

        hypervisor.settings(name="Let WSL 2 run", launch="auto")
    """
    yield from converge(RESOURCE, {"hypervisor": given(launch=launch, memory_integrity=memory_integrity)}, plan)
