"""The hypervisor's start in the lab: how people switch it by hand, and what a run leaves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.resource.breaks import Break


def breaks(declared: Values, _person: Account) -> Iterator[Break]:
    """Yield that the launch type is the other one."""
    if "launch" in declared.get("hypervisor", {}):
        other = "off" if declared["hypervisor"]["launch"] == "auto" else "auto"
        told = f"bcdedit has set it to {other}, and a restart followed"
        yield Break("hypervisor.launch", told, partial(_switch, value=other))


def finish(machine: Machine, declared: Values, _person: Account) -> None:
    """Have the declared launch type in the boot store."""
    windows.set_hypervisor_launch(machine, declared.get("hypervisor", {}).get("launch", "auto"))


def _switch(machine: Machine, value: str) -> None:
    windows.set_hypervisor_launch(machine, value)
    machine.restart_by_hand()
