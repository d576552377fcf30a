"""Make a laptop what the fleet file declares, as it looks after a run: no step of ours is replayed, the end is written down."""

from __future__ import annotations

from pyinfra_wsl import registry
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.wsl.wsl import Wsl


def finish(machine: Machine, declared: Values, person: Account) -> None:
    """Write down the end state of everything that is declared, as the resources know it, then start the laptop into it."""
    for part in registry.modules("lab"):
        if hasattr(part, "finish"):
            part.finish(machine, declared, person)
    machine.settle()
    machine.part(Wsl).sessions.clear()  # whoever set it up has logged off since
