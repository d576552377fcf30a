"""What Docker Desktop is at work on, and no list of containers shows."""

import pytest
import test_docker_integration as docker
from support.lab_laptop import LabLaptop

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.verbs import cim
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.resources.docker_desktop import state as docker_desktop
from tests.lab.wsl_laptop import archive as rootfs

BUILD = r'"C:\Program Files\Docker\Docker\resources\bin\docker.exe" build -t mine .'


@pytest.fixture
def lab_laptop():
    made = LabLaptop("Ubuntu")
    wsl.register(made.machine, made.alice, "Ubuntu", rootfs(), uid=1000)
    made.docker()
    return made


def begin(lab_laptop, line=BUILD):
    token = lab_laptop.token(lab_laptop.alice)
    return lab_laptop.machine.processes.add(r"C:\Program Files\Docker\Docker\resources\bin\docker.exe", token, 0, line)


@pytest.mark.parametrize("policy", ["when_idle", "now"])
def test_a_build_is_in_no_list_of_containers_and_is_not_broken_off(lab_laptop, policy):
    lab_laptop.start_docker()
    want = {**docker.ON, "apply": policy}
    (step,) = docker.plan(lab_laptop, want).steps
    begin(lab_laptop, BUILD.replace("build -t mine .", "logs -f web"))
    assert docker.plan(lab_laptop, want).steps
    begin(lab_laptop)
    one = docker.waiting(docker.plan(lab_laptop, want))
    assert (one.waits_for, one.reason) == ("docker desktop idle", "docker.exe build is under way")
    with pytest.raises(StepError, match=r"docker\.exe build is under way"):
        lab_laptop.drive(step.does(lab_laptop.next_run))
    assert lab_laptop.machine.part(DockerDesktop).app.status == "running"


def test_whose_docker_desktop_it_is_must_be_known(lab_laptop, monkeypatch):
    lab_laptop.start_docker()
    monkeypatch.setattr(cim, "_invoke", lambda *_asked: {"Sid": None, "Domain": None, "User": None, "ReturnValue": 2})
    processes = lab_laptop.ask([docker_desktop.processes()])
    assert not docker_desktop.read({"processes": processes[0]}).running_known
