"""Laptops on which Docker Desktop is in a state of its own: absent, half there, old, locked, or with another engine."""

from __future__ import annotations

import json
from typing import Any

from pyinfra_wsl.lab.docker_desktop import engines, package, policy, predecessors, setup, toolbox
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.docker_desktop.options import Choices
from pyinfra_wsl.lab.docker_desktop.package import Package
from pyinfra_wsl.lab.docker_desktop.places import FOLDER, POLICY_KEY
from pyinfra_wsl.lab.docker_desktop.refusals import Asked
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.resource import docker as by_hand
from pyinfra_wsl.lab.scenarios.beginning import DOCKER_DESKTOP, laptop
from pyinfra_wsl.lab.scenarios.finish import finish
from pyinfra_wsl.lab.scenarios.half_way import switch_on
from pyinfra_wsl.lab.scenarios.owner import owner
from pyinfra_wsl.lab.scenarios.scenario import Expect, Wish, scenario
from pyinfra_wsl.lab.wsl import package as wsl_package

OLDER, OLD = "4.80.0", "4.34.3"
HYPERV = (
    "Microsoft-Hyper-V-All",
    "Microsoft-Hyper-V",
    "Microsoft-Hyper-V-Hypervisor",
    "Microsoft-Hyper-V-Services",
    "Containers",
)
ADMIN = {
    "configurationFileVersion": 2,
    "analyticsEnabled": {"locked": True, "value": False},
    "disableUpdate": {"locked": True, "value": True},
    "exposeDockerAPIOnTCP2375": {"locked": True, "value": False},
    "proxy": {
        "locked": True,
        "mode": "manual",
        "http": "http://proxy.corp.example:3128",
        "https": "http://proxy.corp.example:3128",
    },
}


def _ready(wish: Wish) -> Machine:
    """Return a laptop with WSL, nothing of Docker, and Docker's site within reach."""
    machine = laptop(wish, docker=False)
    switch_on(machine)
    wsl_package.install(machine)
    package.publish(machine, OLDER, DOCKER_DESKTOP)
    return machine


def _with(wish: Wish, version: str = DOCKER_DESKTOP, *, own: bool = False, **install: Any) -> tuple[Machine, Account]:
    """Return one with Docker Desktop, all else as it is declared."""
    machine = _ready(wish)
    person = owner(machine, wish.declared)
    machine.part(DockerDesktop).install(version, account=person if own else None, **install)
    finish(machine, {name: value for name, value in wish.declared.items() if name != "docker_desktop"}, person)
    return machine, person


@scenario("docker-fresh", "WSL is ready, nothing of Docker is there; Docker's site is within reach")
def docker_fresh(wish: Wish) -> Machine:
    """Build it."""
    return _ready(wish)


@scenario("docker-toolbox", "Docker Toolbox with VirtualBox and two machines beside Docker Desktop; its DOCKER_HOST leads astray")
def docker_toolbox(wish: Wish) -> Machine:
    """Build it: the variables are alice's own, one of the laptop stands beside them."""
    machine, person = _with(wish)
    toolbox.toolbox(machine, person, machines=("default", "build-farm"))
    by_hand.set_variable(machine, "DOCKER_TLS_VERIFY", "1")
    return machine


@scenario("docker-windows-containers", "Docker Desktop runs Windows containers, in which nothing is integrated into WSL")
def docker_windows_containers(wish: Wish) -> Machine:
    """Build it: with an image in each of its engines."""
    return _engine(wish, "windows", UseWindowsContainers=True)


@scenario("docker-hyper-v", "Docker Desktop runs on Hyper-V, from which nothing is integrated into WSL")
def docker_hyper_v(wish: Wish) -> Machine:
    """Build it: with an image in its VM."""
    return _engine(wish, "hyper-v", WslEngineEnabled=False)


def _engine(wish: Wish, backend: str, **settings: Any) -> Machine:
    machine, person = _with(wish, backend=backend)
    switch_on(machine, *HYPERV)
    desktop = machine.part(DockerDesktop)
    desktop.write_settings(person, **settings)
    for place, image in (
        (engines.WINDOWS_DATA, "mcr.microsoft.com/windows/nanoserver:ltsc2022"),
        (r"C:\ProgramData\DockerDesktop\vm-data", "postgres:16"),
        (rf"{person.profile}\AppData\Local\Docker\wsl", "redis:7"),
    ):
        desktop.contents.at(place).images.append(image)
    desktop.start_at_once(person)
    return machine


@scenario("docker-business-locked", "an organisation has locked settings and enforces sign-in; who is there is signed in")
def docker_business_locked(wish: Wish) -> Machine:
    """Build it."""
    machine, person = _with(wish)
    machine.files.write(policy.ADMIN, json.dumps(ADMIN, indent=2).encode())
    machine.registry.set(POLICY_KEY, "allowedOrgs", "MultiString", ["acme"])
    desktop = machine.part(DockerDesktop)
    desktop.member_of = frozenset({"acme"})
    desktop.start_at_once(person)
    return machine


@scenario(
    "docker-sign-in",
    "an organisation's file demands a sign-in; Docker Desktop's window waits for it, and nobody is signed in",
    Expect("deferred", "sign-in"),
)
def docker_sign_in(wish: Wish) -> Machine:
    """Build it: with an integration that somebody has switched off."""
    machine, person = _with(wish)
    desktop = machine.part(DockerDesktop)
    desktop.write_settings(person, IntegratedWslDistros=[])
    machine.files.write(policy.ADMIN, json.dumps(ADMIN, indent=2).encode())
    desktop.start_at_once(person)
    return machine


@scenario(
    "docker-wedged",
    "Docker Desktop integrates nothing, and its backend does not end when it is told to",
    Expect("failed", "does not end"),
)
def docker_wedged(wish: Wish) -> Machine:
    """Build it."""
    machine, person = _with(wish)
    desktop = machine.part(DockerDesktop)
    desktop.write_settings(person, IntegratedWslDistros=[])
    desktop.happens.wedged = True
    desktop.start_at_once(person)
    return machine


@scenario("docker-per-user", "Docker Desktop is installed for its user alone, and runs")
def docker_per_user(wish: Wish) -> Machine:
    """Build it."""
    machine, person = _with(wish, own=True)
    machine.part(DockerDesktop).start_at_once(person)
    return machine


@scenario("docker-another-user", "CORP\\bo has Docker Desktop for themselves; who is meant has none")
def docker_another_user(wish: Wish) -> Machine:
    """Build it."""
    machine = _ready(wish)
    bo = windows.add_person(machine, "bo")
    machine.part(DockerDesktop).install(DOCKER_DESKTOP, account=bo)
    return machine


@scenario(
    "docker-half-install", "an installation of Docker Desktop was ended in the middle: programs lie there, no uninstall key"
)
def docker_half_install(wish: Wish) -> Machine:
    """Build it."""
    machine = _ready(wish)
    asked = Asked(machine, Package(DOCKER_DESKTOP), Choices(), windows.administrator_token(machine), None)
    for step in setup.steps(asked, FOLDER)[:2]:
        step()
    return machine


@scenario("docker-first-start", "Docker Desktop was started for the first time, and its agreement waits for a click")
def docker_first_start(wish: Wish) -> Machine:
    """Build it."""
    machine = _ready(wish)
    desktop, person = machine.part(DockerDesktop), owner(machine, wish.declared)
    desktop.install(DOCKER_DESKTOP)
    desktop.start_at_once(person)
    return machine


@scenario("docker-old", "Docker Desktop 4.34 with the older settings file and docker-desktop-data")
def docker_old(wish: Wish) -> Machine:
    """Build it."""
    machine, person = _with(wish, OLD)
    machine.part(DockerDesktop).start_at_once(person)
    return machine


@scenario("docker-damaged", "Docker Desktop's settings are full of NUL bytes since a power loss", Expect("failed", "NUL bytes"))
def docker_damaged(wish: Wish) -> Machine:
    """Build it."""
    machine, person = _with(wish)
    by_hand.damage_settings(machine, person, bytes(400))
    return machine


@scenario(
    "docker-beside-rancher", "Rancher Desktop runs and has Docker's pipe; Docker Desktop is installed, nobody has started it"
)
def docker_beside_rancher(wish: Wish) -> Machine:
    """Build it."""
    machine, person = _with(wish)
    predecessors.rancher_desktop(machine, person)
    return machine


@scenario("docker-engine-by-hand", "a Docker Engine was put into Windows as the service docker; nothing of Docker Desktop")
def docker_engine_by_hand(wish: Wish) -> Machine:
    """Build it."""
    machine = _ready(wish)
    predecessors.engine_by_hand(machine)
    return machine


NAMES = (
    *("docker-fresh", "docker-toolbox", "docker-windows-containers", "docker-hyper-v", "docker-business-locked", "docker-wedged"),
    "docker-sign-in",
    *("docker-per-user", "docker-another-user", "docker-half-install", "docker-first-start", "docker-old", "docker-damaged"),
    *("docker-beside-rancher", "docker-engine-by-hand"),
)
"""These scenarios; what a run ends with is meant for a fleet file that declares Docker Desktop, with the backend that it has."""
