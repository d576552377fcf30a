"""What a person does with Docker Desktop while a run changes its files: nothing is lost of theirs, nor of what is declared."""

import base64
import json

import pytest
from support.docker_settings import STORE, edit, read
from support.docker_settings import plan as plan_settings
from support.lab_laptop import LabLaptop
from support.laptops import wanted

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.talk import Request
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.resources.docker_integration import plan as integration
from pyinfra_wsl.resources.docker_integration.resource import RESOURCE as INTEGRATION
from tests.lab.wsl_laptop import archive as rootfs


@pytest.fixture
def lab_laptop():
    lab_laptop = LabLaptop("Ubuntu")
    wsl.register(lab_laptop.machine, lab_laptop.alice, "Ubuntu", rootfs(), uid=1000)
    lab_laptop.docker("4.86.0")
    return lab_laptop


def settings(lab_laptop, apply="when_idle"):
    return plan_settings(lab_laptop, settings={"UseResourceSaver": False}, apply=apply)


def distros(lab_laptop, apply="when_idle"):
    declared = {"docker_integration": {"apply": apply}, "wsl_distros": {"Ubuntu": {"docker_integration": True}}}
    return integration.plan(wanted(INTEGRATION, declared), lab_laptop.look())


BOTH = pytest.mark.parametrize(
    ("planned", "key", "value"), [(settings, "UseResourceSaver", False), (distros, "IntegratedWslDistros", ["Ubuntu"])]
)


def writes(asked):
    """Whether a request has its user's own task write the settings."""
    sent = [base64.b64decode(one.fields["data"]) for one in getattr(asked, "calls", ()) if one.verb == "file.write"]
    return isinstance(asked, Request) and any(b"file.write" in data and b"settings-store.json" in data for data in sent)


def carry_out(lab_laptop, planned, meanwhile):
    """Carry a plan out; right before each request that writes the settings a person does something."""
    (step,) = planned.steps
    for asked in lab_laptop.asked_by(step.does(lab_laptop.next_run)):
        if writes(asked) and meanwhile:
            meanwhile.pop(0)()


def app(lab_laptop):
    return lab_laptop.machine.part(DockerDesktop).app


def start_and_change(lab_laptop, **values):
    lab_laptop.start_docker()
    lab_laptop.machine.part(DockerDesktop).change(**values)


def quit_it(lab_laptop):
    lab_laptop.loop.run_until_complete(lab_laptop.machine.part(DockerDesktop).stop())


@BOTH
@pytest.mark.parametrize("ran", [True, False])
def test_one_that_is_started_while_we_write_is_stopped_once_more(lab_laptop, planned, key, value, ran):
    if ran:
        lab_laptop.start_docker()
    carry_out(lab_laptop, planned(lab_laptop), [lambda: start_and_change(lab_laptop, ThemeSource="dark")])
    assert app(lab_laptop).settings[key] == value
    assert (read(lab_laptop)[key], read(lab_laptop)["ThemeSource"]) == (value, "dark")
    quit_it(lab_laptop)  # it writes what it has in memory
    assert (read(lab_laptop)[key], read(lab_laptop)["ThemeSource"]) == (value, "dark")
    assert planned(lab_laptop).steps == ()


@BOTH
def test_one_that_is_started_again_and_again_is_told_and_runs(lab_laptop, planned, key, value):
    carried = planned(lab_laptop)
    with pytest.raises(StepError, match="started Docker Desktop while its files were written") as told:
        carry_out(lab_laptop, carried, [lambda: start_and_change(lab_laptop)] * 3)
    assert told.value.code == "docker_started"
    assert app(lab_laptop) is not None
    lab_laptop.carry_out(planned(lab_laptop))  # the next run sees that it is not in force, and repairs
    assert app(lab_laptop).settings[key] == value
    quit_it(lab_laptop)
    assert read(lab_laptop)[key] == value


@BOTH
def test_one_that_may_not_be_stopped_is_not_although_it_was_started_meanwhile(lab_laptop, planned, key, value):
    carried = planned(lab_laptop, "next_start")
    with pytest.raises(StepError, match="started Docker Desktop while its files were written"):
        carry_out(lab_laptop, carried, [lambda: start_and_change(lab_laptop)])
    assert app(lab_laptop).status == "running"
    assert [one.waits_for for one in planned(lab_laptop, "next_start").deferred] == ["docker desktop idle"]
    quit_it(lab_laptop)
    lab_laptop.carry_out(planned(lab_laptop, "next_start"))
    assert read(lab_laptop)[key] == value


@BOTH
def test_containers_that_were_begun_in_it_are_not_ended(lab_laptop, planned, key, value):
    def begin():
        start_and_change(lab_laptop)
        lab_laptop.machine.part(DockerDesktop).containers = ["c0ffee"]

    carried = planned(lab_laptop)
    with pytest.raises(StepError, match="containers run: 1") as told:
        carry_out(lab_laptop, carried, [begin])
    assert told.value.code == "docker desktop idle"
    assert lab_laptop.machine.part(DockerDesktop).containers == ["c0ffee"]
    assert [one.waits_for for one in planned(lab_laptop).deferred] == ["docker desktop idle"]
    lab_laptop.machine.part(DockerDesktop).containers = []
    lab_laptop.carry_out(planned(lab_laptop))
    assert app(lab_laptop).settings[key] == value


@BOTH
def test_what_is_edited_in_the_file_while_we_merge_stays(lab_laptop, planned, key, value):
    def edit_twice(number):
        return lambda: edit(lab_laptop, ThemeSource=f"dark {number}", Cpus=number)

    carry_out(lab_laptop, planned(lab_laptop), [edit_twice(1), edit_twice(2)])
    found = read(lab_laptop)
    assert (found[key], found["ThemeSource"], found["Cpus"]) == (value, "dark 2", 2)


@BOTH
def test_a_file_that_is_damaged_while_we_merge_is_told_and_what_was_stopped_runs_again(lab_laptop, planned, key, value):
    del key, value
    lab_laptop.start_docker()
    carried, torn = planned(lab_laptop), b'{"LicenseTermsVersion": 2, "Au'
    with pytest.raises(StepError, match="only a part was written"):
        carry_out(lab_laptop, carried, [lambda: lab_laptop.machine.files.write(STORE, torn)])
    assert lab_laptop.machine.files.read(STORE) == torn
    assert app(lab_laptop) is not None


def test_an_integration_that_is_lost_at_a_shutdown_is_brought_back_and_nothing_else_of_the_file_changes(lab_laptop):
    lab_laptop.carry_out(distros(lab_laptop))
    lab_laptop.machine.part(DockerDesktop).happens.shutdown_forgets_integration = True
    lab_laptop.machine.part(DockerDesktop).on_reboot()
    start_and_change(lab_laptop, ThemeSource="dark")
    assert "IntegratedWslDistros" not in read(lab_laptop)
    lab_laptop.carry_out(distros(lab_laptop))
    assert read(lab_laptop)["IntegratedWslDistros"] == ["Ubuntu"]
    assert read(lab_laptop)["ThemeSource"] == "dark"
    assert distros(lab_laptop).steps == ()


# --- what a window waits for ---


def test_one_that_waits_for_a_click_is_left_and_said_by_both(lab_laptop):
    edit(lab_laptop, LicenseTermsVersion=0)
    start_and_wait(lab_laptop)
    before = lab_laptop.machine.files.read(STORE)
    for planned in (settings(lab_laptop), distros(lab_laptop)):
        assert planned.steps == ()
        assert {one.waits_for for one in planned.deferred} == {"licence"}
    assert lab_laptop.machine.files.read(STORE) == before


def test_a_recorded_consent_goes_for_one_whose_window_waits_already(lab_laptop):
    edit(lab_laptop, LicenseTermsVersion=0)
    start_and_wait(lab_laptop)
    consent = {"by": "Ada", "date": "2026-11-27"}
    planned = plan_settings(lab_laptop, backend="wsl-2", accept_license=consent)
    lab_laptop.carry_out(planned)
    assert app(lab_laptop).status == "running"
    assert plan_settings(lab_laptop, backend="wsl-2", accept_license=consent).steps == ()


def start_and_wait(lab_laptop):
    async def begin():
        lab_laptop.machine.part(DockerDesktop).start(lab_laptop.token(lab_laptop.alice))
        await lab_laptop.machine.sleep(30)

    lab_laptop.loop.run_until_complete(begin())


ADMIN = r"C:\ProgramData\DockerDesktop\admin-settings.json"


def test_one_that_waits_for_a_sign_in_is_left_and_said_by_both(lab_laptop):
    lab_laptop.machine.files.write(ADMIN, json.dumps({"configurationFileVersion": 2}).encode())
    start_and_wait(lab_laptop)
    for planned in (settings(lab_laptop), distros(lab_laptop)):
        assert planned.steps == ()
        (one,) = planned.deferred
        assert one.waits_for == "sign-in"
        assert r"until CORP\alice signs in there as a member of the organisation (admin-settings.json)" in one.reason


@pytest.mark.parametrize(
    "declared", [{"allowed_orgs": ["acme"]}, {"admin_settings": {"analyticsEnabled": {"locked": False, "value": True}}}]
)
@pytest.mark.parametrize("member", [True, False])
def test_a_sign_in_that_is_demanded_now_is_a_deferral_and_no_failure(lab_laptop, monkeypatch, declared, member):
    monkeypatch.setattr("pyinfra_wsl.resources.docker_desktop.proof.SIGN_IN_PATIENCE", 2.0)
    lab_laptop.machine.part(DockerDesktop).member_of = frozenset({"acme"}) if member else frozenset()
    lab_laptop.start_docker()
    planned = plan_settings(lab_laptop, backend="wsl-2", settings={"UseResourceSaver": False}, **declared)
    left = [lab_laptop.drive(step.does(lab_laptop.next_run)) for step in planned.steps]
    assert [one.waits_for for one in left if one] == ([] if member else ["sign-in"])
    assert read(lab_laptop)["UseResourceSaver"] is False
    later = plan_settings(lab_laptop, backend="wsl-2", settings={"UseResourceSaver": False}, **declared)
    assert (later.steps, [one.waits_for for one in later.deferred]) == ((), [] if member else ["sign-in"])
