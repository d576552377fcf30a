"""Laptops on which a run has been, and what became of them since."""

from __future__ import annotations

from pyinfra_wsl.lab import drift
from pyinfra_wsl.lab.finish import finish
from pyinfra_wsl.lab.machine import Machine
from pyinfra_wsl.lab.scenarios.beginning import laptop, owner
from pyinfra_wsl.lab.scenarios.scenario import Wish, scenario


@scenario("converged", "everything is as the fleet file declares it")
def converged(wish: Wish) -> Machine:
    """Build it."""
    machine = laptop(wish)
    finish(machine, wish.declared, owner(machine, wish))
    return machine


@scenario("drifted", "it was as declared, then people changed every setting by hand that can be repaired")
def drifted(wish: Wish) -> Machine:
    """Build it: each setting that can be broken is, once; of a distribution, its settings rather than its being there."""
    machine = converged(wish)
    for setting in drift.settings(wish.declared, machine):
        if setting.repairable:
            setting.act(machine)
    return machine


@scenario("integration-reset", "an update of Docker Desktop has reset its WSL integration")
def integration_reset(wish: Wish) -> Machine:
    """Build it."""
    machine = converged(wish)
    for setting in drift.settings(wish.declared, machine):
        if setting.name.startswith("docker_integration"):
            setting.act(machine)
    return machine
