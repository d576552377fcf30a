"""What is planned for a distribution, and cannot be done now, or not on this laptop."""

from dataclasses import replace

import pytest
from support.distros import OTHER, SHA, WANT, WSL1_ON, distro, only_failure, plan, state
from support.laptops import ALICE, NOTHING, STOPPED

from pyinfra_wsl.core.windows.reboot_mark import Reason
from pyinfra_wsl.resources.reboot import state as reboot
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro
from pyinfra_wsl.resources.wsl_policy import state as wsl_policy

# --- not now ---


def deferred(planned, waits_for):
    assert not planned.steps
    assert not planned.failures
    assert {one.waits_for for one in planned.deferred} == {waits_for}
    return planned.deferred


AWAY = {"user": replace(ALICE, logged_on=False)}


def test_a_user_who_is_logged_off_is_waited_for_before_and_after_their_registry_is_known():
    (one,) = deferred(plan(WANT, wsl_distro.State(), **AWAY), "user logon")
    assert one.sentence == "distribution Ubuntu: present"
    assert len(deferred(plan(WANT | {"default": True}, state(), **AWAY), "user logon")) == 2


def test_nothing_to_do_for_a_user_who_is_logged_off_is_not_deferred():
    assert plan(WANT, state(distro()), **AWAY).noop.startswith("Ubuntu is WSL 2")


def test_nobody_at_the_screen_is_waited_for():
    deferred(plan(WANT, wsl_distro.State(), user=None), "user logon")


def test_an_unknown_registry_of_somebody_who_is_there_is_a_failure():
    only_failure(plan(WANT, wsl_distro.State()))


def test_a_pending_restart_is_waited_for_and_takes_along_what_depends_on_it():
    restart = reboot.State((Reason("features", "VirtualMachinePlatform is EnablePending", True),))
    waiting = deferred(plan(WANT | {"default": True}, reboot=restart), "reboot")
    assert [one.sentence for one in waiting][1] == "default distribution: none → Ubuntu"
    deferred(plan(WANT, reboot=restart, wsl=NOTHING), "reboot")


def test_the_default_can_be_set_while_a_restart_is_pending():
    restart = reboot.State((Reason("features", "VirtualMachinePlatform is EnablePending", True),))
    assert len(plan(WANT | {"default": True}, state(distro()), reboot=restart).steps) == 1


@pytest.mark.parametrize(
    ("changed", "fields"),
    [({"version": 1}, {}), ({"location": r"D:\u"}, {}), ({"default_user": "dev"}, {}), ({"export_to": r"D:\u.tar"}, {}),
     ({"state": "absent", "allow_data_loss": True}, {}), ({"allow_data_loss": True, "sha256": OTHER}, {})],
)  # fmt: skip
def test_one_that_runs_is_not_ended(changed, fields):
    have = state(distro(**fields), running=("ubuntu",))
    deferred(plan(WANT | changed, have, windows_feature=WSL1_ON), "vm idle")


def test_another_one_that_runs_does_not_matter():
    assert plan(WANT | {"location": r"D:\u"}, state(distro(), distro("Debian"), running=("Debian",))).steps


def test_the_default_is_set_while_it_runs():
    assert plan(WANT | {"default": True}, state(distro(), running=("Ubuntu",))).steps


# --- not on this laptop ---


def test_a_hypervisor_that_cannot_run_is_the_cause():
    failure = only_failure(plan(WANT, hypervisor=replace(STOPPED, firmware=False)))
    assert "firmware" in failure.cause


def test_wsl_1_needs_no_hypervisor_but_its_feature():
    assert plan(WANT | {"version": 1}, hypervisor=replace(STOPPED, firmware=False), windows_feature=WSL1_ON).steps
    assert only_failure(plan(WANT | {"version": 1})).code == "WSL_E_WSL1_NOT_SUPPORTED"


def test_a_conversion_needs_the_feature_of_wsl_1_in_both_directions():
    assert only_failure(plan(WANT | {"version": 2}, state(distro(version=1)))).code == "WSL_E_WSL1_NOT_SUPPORTED"


def test_without_wsl_nothing_is_done():
    assert only_failure(plan(WANT, wsl=NOTHING)).code == "no_wsl"


def test_a_policy_against_wsl_is_named():
    policies = wsl_policy.State({"AllowWSL": 0})
    assert only_failure(plan(WANT, wsl_policy=policies)).code == "ERROR_ACCESS_DISABLED_BY_POLICY"


@pytest.mark.parametrize("changed", [{"default_user": "dev"}, {"location": r"D:\u"}])
@pytest.mark.parametrize("package", ["2.3.24.0", None])
def test_what_an_old_package_cannot_do_asks_for_a_newer_one(changed, package):
    failure = only_failure(plan(WANT | changed, state(distro()), wsl={"version": package}))
    assert "2.4.4" in failure.remedy


def test_the_wsl_of_windows_imports_no_disk():
    assert "disk" in only_failure(plan({"source": "u.vhdx", "sha256": SHA}, wsl={"version": None})).cause


def test_one_broken_registration_stops_every_change_and_is_only_warned_of_otherwise():
    broken = distro("broken", fault="no BasePath")
    assert "broken: no BasePath" in only_failure(plan(WANT, state(broken))).cause
    planned = plan(WANT, state(distro(), broken))
    assert not planned.failures
    assert "broken: no BasePath" in planned.warnings[0]
