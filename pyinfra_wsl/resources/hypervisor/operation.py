"""Let the hypervisor of Windows start, or keep it off."""

from __future__ import annotations

from typing import Literal

from pyinfra.api.operation import operation

from pyinfra_wsl.core import forecast
from pyinfra_wsl.edge.windows import Commands, converge
from pyinfra_wsl.resources.hypervisor import plan as hypervisor


@operation()
def settings(launch: Literal["auto", "off"] = "auto", memory_integrity: Literal["on", "off"] | None = None) -> Commands:
    """Set whether the hypervisor starts with Windows; works after a restart (`reboot.if_pending`).

    + launch: ``auto`` or ``off``, as ``bcdedit /set hypervisorlaunchtype`` has it
    + memory_integrity: ``on`` or ``off``; untouched unless given

    **Example:**

    .. code:: python

        hypervisor.settings(name="Let WSL 2 run", launch="auto")
    """
    given = {"launch": launch, "memory_integrity": memory_integrity}
    want = {name: value for name, value in given.items() if value}
    yield from converge(
        "hypervisor", lambda laptop: hypervisor.plan(want, laptop), lambda laptop: forecast.hypervisor(laptop, want)
    )
