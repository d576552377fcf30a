"""Optional features: read from DISM's table, changed in one go, and told where they cannot be."""

import pytest
from support.laptops import laptop, refusal, refused, wanted
from support.wire import DENIED, RUN, Wire, ran

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.resources.windows_feature import plan as planning
from pyinfra_wsl.resources.windows_feature import state as windows_feature
from pyinfra_wsl.resources.windows_feature.resource import RESOURCE

TABLE = """
Deployment Image Servicing and Management tool
Version: 10.0.26100.5074

Features listing for package : Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~10.0.26100.1

------------------------------------------- | --------
Feature Name                                | State
------------------------------------------- | --------
VirtualMachinePlatform                      | Disabled
Microsoft-Windows-Subsystem-Linux           | Enable Pending
HypervisorPlatform                          | Disable Pending
Microsoft-Hyper-V-All                       | Enabled
NetFx3                                      | Disabled with Payload Removed

The operation completed successfully.
"""
HAVE = {
    "VirtualMachinePlatform": "Disabled",
    "Microsoft-Windows-Subsystem-Linux": "EnablePending",
    "HypervisorPlatform": "DisablePending",
    "Microsoft-Hyper-V-All": "Enabled",
    "NetFx3": "DisabledWithPayloadRemoved",
}
VMP = "VirtualMachinePlatform"


def plan(want, have=HAVE, **parts):
    want = wanted(RESOURCE, {"windows_features": want})
    return planning.plan(want, laptop(windows_feature=windows_feature.State(have), **parts))


def table(have):
    """Return features as DISM lists them."""
    spelled = {"EnablePending": "Enable Pending", "DisablePending": "Disable Pending"}
    return ran(0, "\r\n".join(f"{name} | {spelled.get(state, state)}" for name, state in have.items()))


def change(want, answer, after=None):
    (step,) = plan(want).steps
    wire = Wire({"/Get-Features": after or table({VMP: "EnablePending"}), "dism.exe": answer})
    wire.drive(step.does(RUN))
    return wire.asked


def test_the_table_of_dism_is_read():
    state = windows_feature.read({"features": ran(0, TABLE.replace("\n", "\r\n"))})
    assert state.features == HAVE
    assert state.pending == ("Microsoft-Windows-Subsystem-Linux", "HypervisorPlatform")
    assert [state.enabled(name) for name in HAVE] == [False, False, True, True, False]
    assert state.enabled("NoSuchFeature") is False


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (DENIED, "did not start"),
        (ran(740), "needs an elevated account"),
        (ran(None, timed_out=True), "did not answer in time"),
        (ran(0, "Aktiviert"), "no table"),
        (ran(0x800F0899), "0x800F0899"),
        (ran(-2146498407), "0x800F0899"),
        (ran(-2146498555), "component store is damaged"),
    ],
)
def test_a_table_that_does_not_come_is_unknown_with_a_reason(answer, problem):
    state = windows_feature.read({"features": answer})
    assert state.features is None
    assert state.enabled(VMP) is None
    assert problem in state.problem
    failed = planning.plan({VMP: "enabled"}, laptop(windows_feature=state))
    assert not failed.steps
    assert failed.failures[0].cause == state.problem


@pytest.mark.parametrize(
    "want",
    [
        {"Microsoft-Windows-Subsystem-Linux": "enabled", "Microsoft-Hyper-V-All": "enabled"},
        {VMP: "disabled", "HypervisorPlatform": "disabled", "NetFx3": "disabled"},
    ],
)
def test_what_is_or_will_be_as_declared_is_left_alone(want):
    found = plan(want)
    assert not found.steps
    assert not found.failures
    assert all(f"{name} is {HAVE[name]}" in found.noop for name in want)


def test_all_that_goes_on_goes_on_in_one_call_and_all_that_goes_off_in_another():
    want = {VMP: "enabled", "HypervisorPlatform": "enabled", "Microsoft-Hyper-V-All": "disabled"}
    on, off = plan(want).steps
    assert on.sentence == "enable features VirtualMachinePlatform, HypervisorPlatform"
    assert off.sentence == "disable feature Microsoft-Hyper-V-All"
    assert "complete after a restart" in off.note
    pending = {VMP: "EnablePending", "HypervisorPlatform": "Enabled"}
    wire = Wire({"/Get-Features": table(pending), "dism.exe": ran(3010)})
    wire.drive(on.does(RUN))
    (command,) = wire.said("/Enable-Feature")
    assert wire.requests == 1
    assert command.endswith(
        "/English /Online /Enable-Feature /FeatureName:VirtualMachinePlatform /FeatureName:HypervisorPlatform /All /NoRestart"
    )


def test_what_stops_with_a_feature_is_told():
    (step,) = plan({VMP: "disabled"}, {VMP: "Enabled"}).steps
    assert "WSL 2 distributions stay on disk and no longer start" in step.note


def test_removed_files_are_told_before_they_are_fetched():
    assert "come from Windows Update" in plan({"NetFx3": "enabled"}).steps[0].note


@pytest.mark.parametrize("code", [0, 3010])
def test_success_with_and_without_a_restart_is_success(code):
    assert len(change({VMP: "enabled"}, ran(code))) == 2


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (table({VMP: "Disabled"}), "VirtualMachinePlatform is Disabled"),
        (table({"NetFx3": "Enabled"}), "VirtualMachinePlatform is not there"),
        (ran(1), "DISM ended with 1"),
        (DENIED, "did not start"),
    ],
)
@pytest.mark.parametrize("code", [0, 3010])
def test_a_success_that_cannot_be_seen_afterwards_is_a_failure(code, after, said):
    with pytest.raises(StepError) as failed:
        change({VMP: "enabled"}, ran(code), after)
    assert "it ended with success" in failed.value.failure.cause
    assert said in failed.value.failure.cause
    assert failed.value.remedy


def test_a_feature_that_was_turned_off_is_looked_at_too():
    change({"Microsoft-Hyper-V-All": "disabled"}, ran(0), table({"Microsoft-Hyper-V-All": "DisablePending"}))
    with pytest.raises(StepError):
        change({"Microsoft-Hyper-V-All": "disabled"}, ran(0), table({"Microsoft-Hyper-V-All": "Enabled"}))


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (ran(740), "740"),
        (ran(0x800F081F), "0x800F081F"),
        (ran(-2146498529), "0x800F081F"),
        (ran(1), "1"),
        (ran(None, timed_out=True), "timeout"),
    ],
)
def test_a_failure_of_dism_is_told_with_its_code(answer, code):
    with pytest.raises(StepError) as failed:
        change({VMP: "enabled"}, answer)
    assert failed.value.code == code
    assert failed.value.remedy


def test_names_are_compared_without_case():
    assert plan({"virtualmachineplatform": "enabled"}).steps[0].sentence == "enable feature VirtualMachinePlatform"


def test_a_name_that_this_windows_does_not_know_is_corrected_beside_what_would_be_done():
    found = plan({"VirtualMachinePlattform": "enabled", VMP: "enabled"})
    assert [step.sentence for step in found.steps] == ["enable feature VirtualMachinePlatform"]
    assert found.failures[0].cause == "Windows Enterprise AMD64 has no feature VirtualMachinePlattform"
    assert found.failures[0].remedy == "did you mean VirtualMachinePlatform?"
    assert "dism" in plan({"Zzz": "enabled"}).failures[0].remedy


def test_windows_home_has_no_hyper_v():
    found = plan({"Microsoft-Hyper-V-Management": "enabled"}, windows={"edition": "Core"})
    assert found.failures[0].cause == "Windows Home has no feature Microsoft-Hyper-V-Management"
    assert "Windows Pro" in found.failures[0].remedy


@pytest.mark.parametrize(
    ("want", "cause", "remedy"),
    [
        (
            {"VirtualMachinePlattform": "enabled"},
            "VirtualMachinePlattform: no such feature",
            "did you mean VirtualMachinePlatform?",
        ),
        ({VMP: "enable"}, f"{VMP}: 'enable' is not one of enabled, disabled", "did you mean enabled?"),
        ({VMP: "enabled", VMP.upper(): "disabled"}, f"{VMP.upper()}: is the same feature as {VMP} for Windows", "keep one"),
        ({VMP: True}, f"{VMP}: true is not one of enabled, disabled", "did you mean enabled?"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_looked_at(want, cause, remedy):
    found = refusal(RESOURCE, {"windows_features": want})
    assert (found.cause, found.remedy) == (f"windows_features.{cause}", remedy)


def test_a_feature_of_which_we_know_nothing_is_left_to_windows():
    assert not refused(RESOURCE, {"windows_features": {"Zzz": "enabled", VMP: "enabled"}})


def test_what_is_to_be_off_and_is_not_in_this_windows_is_as_declared():
    planned = plan({"Microsoft-Hyper-V-Hypervisor": "disabled", "HypervisorPlatform": "disabled"})
    assert planned.steps == planned.failures == planned.warnings == ()
    assert planned.noop == "this Windows has no Microsoft-Hyper-V-Hypervisor, HypervisorPlatform is DisablePending"


def test_what_is_to_be_off_and_may_be_mistyped_is_noted():
    assert plan({"NetFx-33": "disabled"}).warnings == ("this Windows has no feature NetFx-33 to disable; did you mean NetFx3?",)
