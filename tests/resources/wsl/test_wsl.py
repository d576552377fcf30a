"""Which WSL a laptop has, what is forbidden in it, and the version that new distributions get."""

import base64
import json
from dataclasses import replace

import pytest
from support.laptops import ALICE, FEATURES, NOTHING, laptop, refusal, wanted
from support.wire import ABSENT, DENIED, RUN, Wire, contents, key, objects, ran

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.windows.laptop import Target
from pyinfra_wsl.core.windows.reboot_mark import Reason
from pyinfra_wsl.resources.reboot import state as reboot
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_distro import default_version
from pyinfra_wsl.resources.wsl_policy import state as wsl_policy

MSI = key({"Version": "2.6.1.0", "InstallLocation": "C:\\Program Files\\WSL\\", "ProductCode": "{0C}"})
ONE = {"default_version": 1}
WAITING = reboot.State((Reason("features", "VirtualMachinePlatform is EnablePending", True),))


def answers(**changed):
    return {
        "msi": ABSENT,
        "policies": ABSENT,
        "vm": objects(),
        "WSLService": ABSENT,
        "LxssManager": ABSENT,
        "SharedAccess": key({"Start": 3}),
    } | changed


def test_an_installed_package_is_read_with_its_own_program():
    state = wsl.read(answers(msi=MSI, WSLService=key({"Start": 2}), LxssManager=key({"Start": 3})))
    assert (state.kind, state.version, state.exe) == ("package", "2.6.1.0", r"C:\Program Files\WSL\wsl.exe")
    assert state.services == {"WSLService": "automatic", "LxssManager": "manual", "SharedAccess": "manual"}
    assert state.vm is False


def test_the_wsl_in_windows_is_told_by_its_service():
    state = wsl.read(answers(LxssManager=key({"Start": 3})))
    assert (state.kind, state.version, state.exe) == ("inbox", None, r"%SystemRoot%\System32\wsl.exe")


def test_a_stub_alone_is_no_wsl():
    state = wsl.read(answers())
    assert (state.kind, state.exe, state.version) == ("none", None, None)


@pytest.mark.parametrize("left", [key(), key({"Version": "2.6.1.0"}), key({"InstallLocation": "C:\\x"})])
def test_the_rest_of_a_removed_package_is_no_package(left):
    assert wsl.read(answers(msi=left)).kind == "none"


@pytest.mark.parametrize("changed", [{"msi": DENIED}, {"LxssManager": DENIED}])
def test_what_cannot_be_read_is_unknown_with_a_reason(changed):
    state = wsl.read(answers(**changed))
    assert (state.kind, state.exe) == (None, None)
    assert "Access to the registry key is denied" in state.problem


def test_what_was_not_asked_is_unknown():
    state = wsl.read({})
    assert (state.kind, state.vm) == (None, None)


def test_a_running_vm_and_a_disabled_service_are_seen():
    state = wsl.read(answers(vm=objects({"ProcessId": 9}), SharedAccess=key({"Start": 4})))
    assert state.vm is True
    assert state.services["SharedAccess"] == "disabled"


def plan(version, machine):
    want = wanted(default_version.DEFAULT_VERSION, {"wsl": {"default_version": version}})
    return default_version.plan(want, machine)


@pytest.mark.parametrize("version", [2, 1])
def test_a_default_version_as_declared_is_left_alone(version):
    planned = plan(version, laptop(wsl_distro={"default_version": version}))
    assert not planned.steps
    assert not planned.failures
    assert not planned.deferred


def test_as_declared_is_enough_for_somebody_who_is_logged_off():
    planned = plan(2, laptop(user=replace(ALICE, logged_on=False)))
    assert not planned.steps
    assert not planned.deferred


def test_users_themselves_set_their_default_version():
    me = replace(ALICE, connected=True)
    (step,) = plan(2, laptop(user=me, wsl_distro=ONE)).steps
    assert step.sentence == "default version of WSL: 1 → 2"
    wire = Wire({"--set-default-version": ran()})
    wire.drive(step.does(RUN))
    (command,) = wire.said("wsl.exe")
    assert command.endswith("--set-default-version 2")
    assert "{'WSL_UTF8': '1'}" in command


def test_for_somebody_else_it_is_a_task_in_their_session():
    (step,) = plan(2, laptop(wsl_distro=ONE)).steps
    result = {"ok": True, "value": ran().value}
    reply = contents(json.dumps({"id": 1, "results": [result]}).encode())
    wire = Wire({"icacls.exe": ran(), "schtasks.exe": ran(), "file.read": reply})
    wire.drive(step.does(RUN))
    assert wire.requests == 1
    (request,) = wire.said("request.json ")[:1]
    assert b"--set-default-version" in base64.b64decode(request.split()[-1])


def test_a_failure_of_wsl_is_told_by_its_name():
    (step,) = plan(2, laptop(user=replace(ALICE, connected=True), wsl_distro=ONE)).steps
    wire = Wire({"--set-default-version": ran(-1, "Fehlercode: Wsl/REGDB_E_CLASSNOTREG")})
    with pytest.raises(StepError) as failed:
        wire.drive(step.does(RUN))
    assert failed.value.code == "REGDB_E_CLASSNOTREG"
    wire = Wire({"--set-default-version": DENIED})
    with pytest.raises(StepError, match="did not start"):
        wire.drive(step.does(RUN))


@pytest.mark.parametrize(
    ("parts", "waits_for", "reason"),
    [
        ({"user": replace(ALICE, logged_on=False)}, "user logon", r"CORP\alice is logged off"),
        ({"user": None}, "user logon", "nobody is at the screen"),
        ({"wsl": NOTHING, "reboot": WAITING}, "reboot", "needs a restart first: VirtualMachinePlatform is EnablePending"),
    ],
)
def test_a_default_version_that_must_wait_says_for_what(parts, waits_for, reason):
    planned = plan(2, laptop(wsl_distro=ONE, **parts))
    (deferred,) = planned.deferred
    assert (deferred.waits_for, deferred.reason) == (waits_for, reason)
    assert deferred.sentence == "default version of WSL: 1 → 2"
    assert not planned.steps


@pytest.mark.parametrize(
    ("version", "parts", "cause"),
    [
        (2, {"user": None, "target": Target(r"CORP\bob")}, r"CORP\bob has no profile"),
        (2, {"user": None, "target": Target(None)}, "has no profile"),
        (2, {"wsl": NOTHING}, "WSL is not installed"),
        (2, {"wsl_policy": wsl_policy.State({"AllowWSL": 0})}, "AllowWSL is 0"),
    ],
)
def test_a_default_version_that_cannot_be_set_says_why(version, parts, cause):
    planned = plan(version, laptop(wsl_distro=ONE, **parts))
    assert not planned.steps
    assert not planned.deferred
    assert cause in planned.failures[0].cause
    assert planned.failures[0].remedy


@pytest.mark.parametrize(("version", "said"), [(3, "3"), (True, "true"), ("2", "'2'")])
def test_a_version_that_is_none_is_refused(version, said):
    found = refusal(default_version.DEFAULT_VERSION, {"wsl": {"default_version": version}})
    assert found.cause == f"wsl.default_version: {said} is not one of 1, 2"


def test_wsl_1_needs_its_feature_and_its_policy():
    assert plan(1, laptop()).failures[0].code == "WSL_E_WSL1_NOT_SUPPORTED"
    on = {"features": {**FEATURES.features, "Microsoft-Windows-Subsystem-Linux": "Enabled"}}
    assert plan(1, laptop(windows_feature=on)).steps
    forbidden = wsl_policy.State({"AllowWSL1": 0})
    assert plan(1, laptop(windows_feature=on, wsl_policy=forbidden)).failures[0].code == "policy"
    assert plan(1, laptop(reboot=WAITING)).deferred[0].waits_for == "reboot"


@pytest.mark.parametrize(
    ("said", "kernel"),
    [
        ("WSL-Version: 2.6.1.0\r\nKernelversion: 6.6.87.2-1\r\nWSLg-Version: 1.0.66\r\n", "6.6.87.2-1"),
        ("WSL 版本: 2.6.1.0\r\n内核版本: 6.6.87.2-1\r\n", "6.6.87.2-1"),
        ("WSL 版本：2.6.1.0\r\n核心版本：6.6.87.2-1\r\n", "6.6.87.2-1"),
        ("", None),
    ],
)
def test_the_kernel_is_the_second_version_in_every_language(said, kernel):
    package = key({"Version": "2.6.1.0", "InstallLocation": r"C:\Program Files\WSL\\"[:-1]})
    assert wsl.read({"msi": package, "versions": ran(0, said)}).kernel == kernel
    assert wsl.read({"msi": package, "versions": ran(-1, said)}).kernel is None


def test_what_else_the_package_brings_is_told_by_the_order_of_the_lines():
    lines = ("WSL-Version: 2.6.1.0", "Kernelversion: 6.6.87.2-1", "WSLg-Version: 1.0.66", "MSRDC-Version: 1.2.6353",
             "Direct3D-Version: 1.611.1-81528511", "DXCore-Version: 10.0.26100.1-240331-1435.ge-release",
             "Windows: 10.0.26200.7019")  # fmt: skip
    package = key({"Version": "2.6.1.0", "InstallLocation": r"C:\Program Files\WSL"})
    state = wsl.read({"msi": package, "versions": ran(0, "\r\n".join(lines))})
    assert state.kernel == "6.6.87.2-1"
    assert state.components == {
        "wslg": "1.0.66", "msrdc": "1.2.6353", "direct3d": "1.611.1-81528511",
        "dxcore": "10.0.26100.1-240331-1435.ge-release",
    }  # fmt: skip
    assert wsl.read({"msi": package, "versions": ran(0, f"a: 1\nb: 2\nc: {'9' * 999}\n")}).components == {"wslg": "9" * 100}
    assert wsl.read({"msi": package, "versions": ran(-1, "\r\n".join(lines))}).components == {}
