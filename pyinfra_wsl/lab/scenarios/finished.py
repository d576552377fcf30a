"""Laptops on which a run has been, and what became of them since."""

from __future__ import annotations

from collections.abc import Callable

from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.resource.breaks import Break
from pyinfra_wsl.lab.scenarios.beginning import laptop
from pyinfra_wsl.lab.scenarios.drift import breaks
from pyinfra_wsl.lab.scenarios.finish import finish
from pyinfra_wsl.lab.scenarios.owner import owner
from pyinfra_wsl.lab.scenarios.scenario import Wish, scenario


@scenario("converged", "everything is as the fleet file declares it")
def converged(wish: Wish) -> Machine:
    """Build it."""
    machine = _finished(wish)
    _start_docker(machine, wish)
    return machine


@scenario("drifted", "it was as declared, then people changed every setting by hand that can be repaired")
def drifted(wish: Wish) -> Machine:
    """Build it: each setting that can be broken is, once; of a distribution, its settings rather than its being there."""
    return _broken(wish, lambda one: one.repairable)


@scenario("integration-reset", "an update of Docker Desktop has reset its WSL integration")
def integration_reset(wish: Wish) -> Machine:
    """Build it."""
    return _broken(wish, lambda one: "docker_integration" in one.name)


def _finished(wish: Wish) -> Machine:
    machine = laptop(wish, docker="package" not in wish.declared.get("docker_desktop", {}))
    finish(machine, wish.declared, owner(machine, wish.declared))
    return machine


def _broken(wish: Wish, which: Callable[[Break], bool]) -> Machine:
    machine = _finished(wish)
    for one in breaks(machine, wish.declared):
        if which(one):
            one.act(machine)
    if machine.hypervisor_running:
        _start_docker(machine, wish)
    return machine


def _start_docker(machine: Machine, wish: Wish) -> None:
    machine.part(DockerDesktop).start_at_once(owner(machine, wish.declared))
