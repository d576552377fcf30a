"""Docker Desktop that is installed for its user alone: what answers inside a distribution is asked there as well."""

from support.lab_laptop import LabLaptop

from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.resources.docker_integration.state import State
from tests.lab.wsl_laptop import archive as rootfs


def test_the_engine_is_asked_for_inside_while_it_runs():
    lab_laptop = LabLaptop("Ubuntu")
    wsl.register(lab_laptop.machine, lab_laptop.alice, "Ubuntu", rootfs(), uid=1000)
    desktop = lab_laptop.machine.part(DockerDesktop)
    desktop.install("4.86.0", account=lab_laptop.alice)
    desktop.write_settings(lab_laptop.alice, IntegratedWslDistros=["Ubuntu"])
    assert lab_laptop.look().of(State).server("Ubuntu") is None
    lab_laptop.start_docker()
    assert lab_laptop.look().of(State).server("Ubuntu")
