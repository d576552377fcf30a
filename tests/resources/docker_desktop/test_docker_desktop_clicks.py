"""A Docker Desktop whose window waits for the click that somebody has consented to, planned and foreseen."""

from dataclasses import replace

import pytest
from support.docker_settings import LICENCE
from support.docker_settings import plan as plan_settings
from support.lab_laptop import LabLaptop
from support.laptops import wanted

from pyinfra_wsl.core.windows.outlook import Outlook
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.resources.docker_desktop import plan as package
from pyinfra_wsl.resources.docker_desktop.resource import RESOURCE
from pyinfra_wsl.resources.docker_desktop.state import State
from tests.lab.wsl_laptop import archive as rootfs

INSTALLER = {"minimum": "4.90.0", "installer": "images/docker.exe", "sha256": "1f0c" * 16}


@pytest.fixture
def lab_laptop():
    """Return one whose agreement was accepted by nobody, started by alice."""
    lab_laptop = LabLaptop("Ubuntu")
    wsl.register(lab_laptop.machine, lab_laptop.alice, "Ubuntu", rootfs(), uid=1000)
    lab_laptop.machine.part(DockerDesktop).install("4.86.0")
    begin(lab_laptop)
    return lab_laptop


def begin(lab_laptop):
    async def wait():
        lab_laptop.machine.part(DockerDesktop).start(lab_laptop.token(lab_laptop.alice))
        await lab_laptop.machine.sleep(30)

    lab_laptop.loop.run_until_complete(wait())


def want(**declared):
    return wanted(RESOURCE, {"docker_desktop": declared})


def test_an_upgrade_of_it_need_not_wait(lab_laptop):
    seen = lab_laptop.look()
    (waits,) = package.plan(want(package=INSTALLER), seen).deferred
    assert waits.waits_for == "licence"
    planned = package.plan(want(package=INSTALLER, accept_license=LICENCE), seen)
    assert (len(planned.steps), planned.deferred) == (1, ())


def test_the_integration_goes_with_its_restart_and_the_engine_is_proved_by_it(lab_laptop):
    seen = lab_laptop.look()
    values = {"wsl_distros": {"Ubuntu": {"docker_integration": True}}}
    seen = replace(seen, outlook=Outlook(values=values))
    planned = plan_settings(lab_laptop, seen, backend="wsl-2", accept_license=LICENCE)
    assert planned.steps[0].sentence.endswith("WSL integration: Ubuntu on")
    assert planned.unproved == ()
    lab_laptop.carry_out(planned)
    assert lab_laptop.machine.part(DockerDesktop).app.status == "running"


def test_what_the_licence_is_accepted_by_is_foreseen(lab_laptop):
    lab_laptop.machine.part(DockerDesktop).end_by_force()
    seen = lab_laptop.look()
    for scope, accepted in (("all_users", None), ("user", 2)):
        declared = want(package=INSTALLER | {"scope": scope, "change_scope": True}, accept_license=LICENCE, backend="hyper-v")
        after = RESOURCE.forecast(seen, declared).of(State)
        assert after.effective("LicenseTermsVersion") == (accepted or 0)
        assert after.backend == "wsl-2"  # settings that are there, or their defaults, win over the installer's --backend
