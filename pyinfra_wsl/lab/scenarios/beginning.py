"""Laptops as they come out of the box."""

from __future__ import annotations

from pyinfra_wsl.lab.assembly import assemble
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.scenarios.scenario import Wish, scenario

DOCKER_DESKTOP = "4.86.0"
MODELS = (
    ("Dell Inc.", "Latitude 7440"),
    ("LENOVO", "21HQ0014GE"),
    ("HP", "HP EliteBook 840 G10"),
    ("Microsoft Corporation", "Surface"),
)


def laptop(
    wish: Wish, *, culture: str = "en-US", build: int = 26200, person: str = "", profile: str = "", docker: bool = True
) -> Machine:
    """Return a laptop with Docker Desktop that nobody has started, unless without, and somebody at its screen."""
    manufacturer, model = MODELS[wish.seed % len(MODELS)]
    machine = assemble(
        Machine(
            wish.name, wish.seed, build, ubr=5000 + wish.seed % 500, culture=culture, pace=wish.pace,
            manufacturer=manufacturer, model=model
        )
    )  # fmt: skip
    if docker:
        machine.part(DockerDesktop).install(DOCKER_DESKTOP)
    machine.log_on(windows.add_person(machine, person or wish.person or "alice", profile=profile))
    return machine


@scenario("fresh-en", "Windows 11, English, nothing of WSL; CORP\\alice is at the screen")
def fresh_en(wish: Wish) -> Machine:
    """Build it."""
    return laptop(wish)


@scenario("fresh-zh", "Windows 11, Chinese, nothing of WSL; the user's name and profile folder are not ASCII")
def fresh_zh(wish: Wish) -> Machine:
    """Build it."""
    return laptop(wish, culture="zh-CN", person="张伟")


@scenario("fresh-de", "Windows 11, German, nothing of WSL; the user's name has an umlaut")
def fresh_de(wish: Wish) -> Machine:
    """Build it."""
    return laptop(wish, culture="de-DE", person="Jürgen")


@scenario("windows-10-inbox", "Windows 10 22H2 with the inbox wsl.exe only: no WSL package, both features off")
def windows_10_inbox(wish: Wish) -> Machine:
    """Build it."""
    return laptop(wish, build=19045)
