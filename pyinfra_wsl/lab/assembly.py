"""A whole laptop, put together of what the rooms of the lab have: Windows, its programs, WSL's service, Docker Desktop."""

from __future__ import annotations

from pyinfra_wsl.lab import exe
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.wsl.wsl import Wsl


def assemble(machine: Machine) -> Machine:
    """Put everything on an empty machine; of WSL and Docker Desktop nothing is installed, and nobody is at the screen."""
    windows.install(machine)
    exe.attach(machine)
    machine.parts += [DockerDesktop(machine), Wsl(machine)]  # Docker lets go of its distributions while they run
    return machine
