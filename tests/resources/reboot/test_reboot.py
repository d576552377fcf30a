"""Restarts: which reasons count, and when one may happen."""

from dataclasses import replace

import pytest
from support.laptops import ALICE, BOOTED, CORRECT_IT, FEATURES, STOPPED, WINDOWS, laptop, refusal, wanted
from support.wire import ABSENT, DENIED, key, objects, subkey

from pyinfra_wsl.core.windows.reboot_mark import Reason
from pyinfra_wsl.core.windows.work import Work
from pyinfra_wsl.resources.reboot import plan as planning
from pyinfra_wsl.resources.reboot import state as reboot
from pyinfra_wsl.resources.reboot.resource import RESOURCE
from pyinfra_wsl.resources.windows_feature import state as windows_feature

NIGHT, DAY = "2026-11-21T23:30:00+00:00", "2026-11-21T14:03:00+00:00"
PENDING = windows_feature.State({"VirtualMachinePlatform": "EnablePending"})
THERE = key({"Start": 3})


def answers(**changed):
    nothing = dict.fromkeys(("servicing", "windows update", "installer", "marks"), ABSENT)
    services = dict.fromkeys(("HNS", "vmcompute", "vfpext"), THERE)
    return {**nothing, **services, "file renames": key({"ProtectionMode": 1}), "clock": objects({"CurrentTimeZone": 60})} | {
        name.replace("_", " "): answer for name, answer in changed.items()
    }


def names(now, then):
    """The names that a computer has, and will have after its next start."""
    return key(keys={"ActiveComputerName": subkey({"ComputerName": now}), "ComputerName": subkey({"ComputerName": then})})


def kinds(state):
    return [reason.kind for reason in state.reasons]


def pending(**parts):
    """A laptop that waits for a restart, with nobody at the screen."""
    waiting = reboot.State((Reason("features", "VirtualMachinePlatform is EnablePending", True),), time_zone=0)
    return laptop(**{"reboot": waiting, "windows": {"desktops": {}, "console": ""}} | parts)


def plan(want, machine, now):
    return planning.plan(wanted(RESOURCE, {"reboot": want}), machine, now)


def test_nothing_is_pending_on_a_laptop_in_order():
    state = reboot.read(answers(), FEATURES, WINDOWS)
    assert state == reboot.State((), (), 60)
    assert not state.needed_for_us


@pytest.mark.parametrize("answer", [names("LT-1", "lt-1"), key(keys={"ComputerName": subkey({"ComputerName": "LT-1"})}), DENIED])
def test_a_computer_that_keeps_its_name_or_does_not_tell_it_waits_for_nothing(answer):
    assert not reboot.read(answers(computer_name=answer), FEATURES, WINDOWS).reasons


def test_features_between_two_states_wait():
    state = reboot.read(answers(), PENDING, WINDOWS)
    assert state.reasons == (Reason("features", "VirtualMachinePlatform is EnablePending", True),)
    assert state.needed_for_us


@pytest.mark.parametrize(
    ("build", "missing", "found"),
    [
        (26200, ["HNS"], ["services"]),
        (26200, ["vfpext"], ["services"]),
        (19045, ["vfpext"], []),
        (None, ["HNS"], []),
    ],
)
def test_a_feature_without_its_services_waits(build, missing, found):
    state = reboot.read(answers(**dict.fromkeys(missing, ABSENT)), FEATURES, replace(WINDOWS, build=build))
    assert kinds(state) == found


def test_services_of_a_feature_that_is_off_are_not_missed():
    off = windows_feature.State({"VirtualMachinePlatform": "Disabled"})
    assert not reboot.read(answers(HNS=ABSENT), off, WINDOWS).reasons


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"servicing": key()}, "servicing"),
        ({"windows_update": key()}, "windows update"),
        ({"installer": key()}, "installer"),
        ({"file_renames": key({"PendingFileRenameOperations": [r"\??\C:\x", ""]})}, "file renames"),
        ({"computer_name": names("LT-OLD", "LT-NEW")}, "computer name"),
    ],
)
def test_what_others_wait_for_is_told_and_restarts_nothing(changed, kind):
    state = reboot.read(answers(**changed), FEATURES, WINDOWS)
    assert kinds(state) == [kind]
    assert not state.needed_for_us
    planned = plan({"policy": "now"}, laptop(reboot=state), DAY)
    assert not planned.steps
    assert not planned.deferred
    assert planned.noop.startswith("WSL needs no restart; Windows waits")
    assert reboot.blocks(laptop(reboot=state)) is None


def test_a_mark_of_this_boot_waits_and_one_of_an_earlier_boot_does_not():
    assert kinds(reboot.read(answers(marks=key({"hypervisor": BOOTED})), FEATURES, WINDOWS)) == ["hypervisor"]
    both = key({"package": BOOTED, "hypervisor": "2026-11-20T07:00:00Z"})
    assert kinds(reboot.read(answers(marks=both), FEATURES, WINDOWS)) == ["package"]
    assert not reboot.read(answers(marks=key({"hypervisor": "2026-11-20T07:00:00Z"})), FEATURES, WINDOWS).reasons


def test_what_was_not_asked_gives_no_reason():
    assert reboot.read({}, windows_feature.State(None), WINDOWS) == reboot.State()


def test_a_hypervisor_that_only_waits_for_the_start_of_windows_needs_a_restart():
    assert reboot.blocks(laptop(hypervisor=STOPPED)) == ("needs a restart first: the hypervisor is set to start and does not run")
    off = {"running": False, "firmware": False, "vm_monitor": False}
    assert reboot.blocks(laptop(hypervisor=off)) is None


def test_a_restart_that_did_not_help_is_not_made_again_but_told():
    marks = key({"Before": "2026-11-20T07:00:00Z", "Reasons": ["services", "features"]})
    state = reboot.read(answers(marks=marks, HNS=ABSENT), FEATURES, WINDOWS)
    planned = plan({"policy": "now"}, laptop(reboot=state), DAY)
    assert not planned.steps
    assert planned.warnings == (
        "VirtualMachinePlatform is on, and its service HNS missing, also after the restart that was made for it",
    )
    assert plan({"policy": "now"}, laptop(reboot=reboot.read(answers(marks=marks), PENDING, WINDOWS)), DAY).steps


def test_a_restart_that_was_ordered_and_did_not_happen_is_made():
    marks = key({"Before": BOOTED, "Reasons": ["services"]})
    state = reboot.read(answers(marks=marks, HNS=ABSENT), FEATURES, WINDOWS)
    assert plan({"policy": "now"}, laptop(reboot=state), DAY).steps


def test_no_restart_is_made_that_is_not_needed():
    planned = plan({"policy": "now"}, laptop(), DAY)
    assert not planned.steps
    assert planned.noop == "no restart is pending"


@pytest.mark.parametrize("want", [{}, {"policy": "never"}, {"timeout": 60}])
def test_without_a_policy_nothing_is_restarted(want):
    (deferred,) = plan(want, pending(), NIGHT).deferred
    assert deferred.waits_for == "reboot"
    assert deferred.sentence == "restart: VirtualMachinePlatform is EnablePending"


def test_nobody_logged_on_is_a_time_for_no_user():
    (step,) = plan({"policy": "no_user"}, pending(), DAY).steps
    assert step.note == "nobody is logged on"


@pytest.mark.parametrize("people", [{"desktops": {ALICE.sid: ALICE.account}}, {"desktops": {}, "console": ALICE.account}])
def test_somebody_logged_on_is_named_and_waited_for(people):
    (deferred,) = plan({"policy": "no_user"}, pending(windows=people), DAY).deferred
    assert deferred.waits_for == "reboot"
    assert deferred.reason == r"CORP\alice is logged on, and the policy is no_user"


def test_not_knowing_who_is_logged_on_is_no_permission():
    planned = plan({"policy": "no_user"}, pending(windows={"desktops": {}, "console": "", "booted": ""}), DAY)
    assert not planned.steps
    assert planned.failures[0].code == "wmi"


def test_no_user_and_a_window_must_both_hold():
    want = {"policy": "no_user", "window": "22:00-06:00"}
    assert plan(want, pending(), NIGHT).steps
    assert plan(want, pending(), DAY).deferred[0].waits_for == "maintenance window"
    assert plan(want, pending(windows={}), NIGHT).deferred[0].waits_for == "reboot"


@pytest.mark.parametrize(
    ("window", "zone", "now", "inside"),
    [
        ("22:00-06:00", 0, "2026-11-21T22:00:00+00:00", True),
        ("22:00-06:00", 0, "2026-11-21T05:59:00+00:00", True),
        ("22:00-06:00", 0, "2026-11-21T06:00:00+00:00", False),
        ("22:00-06:00", 480, "2026-11-21T14:03:00+00:00", True),
        ("22:00-06:00", -300, "2026-11-22T01:00:00+00:00", False),
        ("12:00-13:00", 60, "2026-11-21T11:30:00+00:00", True),
        ("12:00-13:00", 0, "2026-11-21T13:00:00+00:00", False),
        ("12:00-13:00", 330, "2026-11-21T12:30:00+00:00", False),
    ],
)
def test_the_window_is_in_the_laptops_own_time(window, zone, now, inside):
    planned = plan({"policy": "window", "window": window}, pending(reboot=_with_zone(zone)), now)
    assert bool(planned.steps) is inside
    assert [deferred.waits_for for deferred in planned.deferred] == ([] if inside else ["maintenance window"])


def _with_zone(zone):
    return reboot.State((Reason("features", "VirtualMachinePlatform is EnablePending", True),), time_zone=zone)


def test_outside_the_window_both_times_are_told():
    planned = plan({"policy": "window", "window": "22:00-06:00"}, pending(), DAY)
    assert planned.deferred[0].reason == "it is 14:03 on the laptop, and the window is 22:00-06:00"


def test_inside_the_window_somebody_is_warned():
    (step,) = plan({"policy": "window", "window": "22:00-06:00"}, pending(windows={}), NIGHT).steps
    assert r"CORP\alice is told 60 s before" in step.note


def test_a_laptop_whose_time_is_unknown_is_not_restarted_by_window():
    planned = plan({"policy": "window", "window": "22:00-06:00"}, pending(reboot=_with_zone(None)), NIGHT)
    assert not planned.steps
    assert planned.failures


@pytest.mark.parametrize(
    ("want", "cause", "remedy"),
    [
        ({"policy": "always"}, "policy: 'always' is not one of never, no_user, window, now", CORRECT_IT),
        ({"policy": "window"}, "window: is missing, though policy is window", 'write it like "22:00-06:00"'),
        (
            {"policy": "window", "window": "22-6"},
            "window: '22-6' is not a window; write two times of day, like \"22:00-06:00\"",
            CORRECT_IT,
        ),
        (
            {"window": "24:00-06:00"},
            "window: '24:00-06:00' is not a window; write two times of day, like \"22:00-06:00\"",
            CORRECT_IT,
        ),
        (
            {"policy": "window", "window": "22:00-22:00"},
            "window: '22:00-22:00' has no length",
            "write two different times, or policy: now",
        ),
    ],
)
def test_a_policy_that_is_none_is_refused(want, cause, remedy):
    found = refusal(RESOURCE, {"reboot": want})
    assert (found.cause, found.remedy) == (f"reboot.{cause}", remedy)


@pytest.mark.parametrize("policy", ["now", "no_user"])
def test_what_a_restart_would_break_off_is_waited_for(policy):
    busy = {"work": (Work("wsl.exe", ("--import", "u"), "S-1-5-21-9"),)}
    (deferred,) = plan({"policy": policy}, pending(wsl=busy), NIGHT).deferred
    assert (deferred.waits_for, deferred.reason) == ("vm idle", "wsl.exe --import is under way")


def test_somebody_who_only_works_is_told_before_a_restart_as_ever():
    assert plan({"policy": "now"}, pending(wsl={"work": (Work("wsl.exe", ("-d", "u"), "S-1-5-21-9"),)}), NIGHT).steps
