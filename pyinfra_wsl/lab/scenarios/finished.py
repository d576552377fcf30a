"""Laptops on which a run has been, and what became of them since."""

from __future__ import annotations

from collections.abc import Callable

from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.scenarios import drift
from pyinfra_wsl.lab.scenarios.beginning import laptop, owner
from pyinfra_wsl.lab.scenarios.finish import finish, start_docker
from pyinfra_wsl.lab.scenarios.scenario import Wish, scenario


@scenario("converged", "everything is as the fleet file declares it")
def converged(wish: Wish) -> Machine:
    """Build it."""
    machine = _finished(wish)
    start_docker(machine, owner(machine, wish))
    return machine


def _finished(wish: Wish) -> Machine:
    machine = laptop(wish)
    finish(machine, wish.declared, owner(machine, wish))
    return machine


@scenario("drifted", "it was as declared, then people changed every setting by hand that can be repaired")
def drifted(wish: Wish) -> Machine:
    """Build it: each setting that can be broken is, once; of a distribution, its settings rather than its being there."""
    return _broken(wish, lambda setting: setting.repairable)


@scenario("integration-reset", "an update of Docker Desktop has reset its WSL integration")
def integration_reset(wish: Wish) -> Machine:
    """Build it."""
    return _broken(wish, lambda setting: "docker_integration" in setting.name)


def _broken(wish: Wish, which: Callable[[drift.Setting], bool]) -> Machine:
    machine = _finished(wish)
    for setting in drift.settings(wish.declared, machine):
        if which(setting):
            setting.act(machine)
    if machine.hypervisor_running:
        start_docker(machine, owner(machine, wish))
    return machine
