"""Docker Desktop taken away on a simulated laptop: what may not be ended is not, and nothing of a removal lingers."""

import hashlib
from dataclasses import replace

import pytest
from support.docker_settings import edit, read
from support.docker_settings import plan as plan_settings
from support.lab_laptop import LabLaptop
from support.laptops import wanted

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.windows.look import noted
from pyinfra_wsl.edge.laptop import resources
from pyinfra_wsl.lab.docker_desktop import package as installer
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.resources.docker_desktop import plan as package_plan
from pyinfra_wsl.resources.docker_desktop import remove
from pyinfra_wsl.resources.docker_desktop.resource import RESOURCE
from pyinfra_wsl.resources.docker_desktop.state import State


@pytest.fixture
def lab_laptop():
    lab_laptop = LabLaptop()
    lab_laptop.docker("4.86.0")
    lab_laptop.start_docker()
    return lab_laptop


def removal(seen, **declared):
    return remove.plan(wanted(RESOURCE, {"docker_desktop": {"state": "absent"} | declared}), seen)


def unseen(laptop):
    return laptop.having(replace(laptop.of(State), running_for=(), running_known=False))


@pytest.mark.parametrize("apply", ["now", "when_idle", "next_start"])
def test_one_that_may_run_for_anybody_is_left(lab_laptop, apply):
    lab_laptop.machine.part(DockerDesktop).containers = ["c0ffee"]
    planned = removal(unseen(lab_laptop.look()), apply=apply)
    assert planned.steps == ()
    (failure,) = planned.failures
    assert (failure.cause, failure.remedy) == (
        "it is not known for whom Docker Desktop runs", "connect as an administrator of the laptop",
    )  # fmt: skip


def test_one_that_could_not_be_removed_runs_again(lab_laptop, monkeypatch):
    async def refuse(*_arguments, **_more):
        return 1

    (step,) = removal(lab_laptop.look()).steps
    monkeypatch.setattr("pyinfra_wsl.lab.docker_desktop.installing.uninstall", refuse)
    with pytest.raises(StepError, match="could not be removed"):
        lab_laptop.drive(step.does(lab_laptop.next_run))
    assert lab_laptop.machine.part(DockerDesktop).app is not None
    assert read(lab_laptop)["LicenseTermsVersion"] == 2


def install(lab_laptop, folder):
    data, exe = installer.make("4.86.0"), folder / "docker.exe"
    exe.write_bytes(data)
    package = {"minimum": "4.86.0", "installer": str(exe), "sha256": hashlib.sha256(data).hexdigest()}
    return package_plan.plan(wanted(RESOURCE, {"docker_desktop": {"package": package}}), lab_laptop.look())


def cut(lab_laptop, talk, requests):
    """Carry a talk out until its control process is killed."""
    asked = lab_laptop.asked_by(talk)
    for _ in range(requests):
        next(asked, None)
    asked.close()


@pytest.mark.parametrize("requests", range(1, 6))
def test_one_whose_removal_was_cut_off_is_not_started_once_it_is_installed_anew(lab_laptop, requests, tmp_path):
    (step,) = removal(lab_laptop.look()).steps
    cut(lab_laptop, step.does(lab_laptop.next_run), requests)
    for again in removal(lab_laptop.look()).steps:
        lab_laptop.drive(again.does(lab_laptop.next_run))
    assert lab_laptop.look().of(State).installed is False
    lab_laptop.carry_out(install(lab_laptop, tmp_path))
    seen = lab_laptop.look()
    assert (seen.of(State).installed, seen.of(State).stopped_by_us) == (True, False)
    assert plan_settings(lab_laptop, seen, settings={"UseResourceSaver": True}).steps == ()


def test_that_a_run_stopped_it_is_forgotten_once_it_runs(lab_laptop):
    (step,) = plan_settings(lab_laptop, settings={"UseResourceSaver": False}).steps
    forgotten = []
    for requests in range(1, 9):
        cut(lab_laptop, step.does(lab_laptop.next_run), requests)
        seen = lab_laptop.look()
        calls, state = noted(resources(), seen), seen.of(State)
        assert bool(calls) is (state.stopped_by_us and bool(state.running_for))
        if calls:
            forgotten += lab_laptop.ask(calls)
            assert lab_laptop.look().of(State).stopped_by_us is False
        for again in plan_settings(lab_laptop, settings={"UseResourceSaver": False}).steps:
            lab_laptop.drive(again.does(lab_laptop.next_run))
        lab_laptop.machine.part(DockerDesktop).end_by_force()
        edit(lab_laptop, UseResourceSaver=True)
        lab_laptop.start_docker()
    assert forgotten


def test_a_loss_that_is_agreed_to_is_not_called_done(lab_laptop):
    (step,) = removal(lab_laptop.look(), allow_data_loss=True).steps
    assert "may delete images, containers and volumes" in step.note
    lab_laptop.drive(step.does(lab_laptop.next_run))
    assert lab_laptop.lxss("docker-desktop")  # its remover ran as another account
