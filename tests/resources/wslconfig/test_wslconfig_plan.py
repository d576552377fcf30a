"""From a declaration and a laptop to steps: what is written, what becomes live, what waits."""

import base64
import hashlib
from dataclasses import replace

import pytest
from support.laptops import ALICE, BOOTED, NOTHING, laptop, refusal, wanted
from support.wire import ABSENT, RUN, Wire, contents, key, ran

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.core.windows import pending
from pyinfra_wsl.data import template
from pyinfra_wsl.resources.wsl_policy import state as wsl_policy
from pyinfra_wsl.resources.wslconfig import plan as planning
from pyinfra_wsl.resources.wslconfig import state as wslconfig
from pyinfra_wsl.resources.wslconfig.resource import RESOURCE

ADMIN = type(ALICE)(**{name: getattr(ALICE, name) for name in ALICE.__slots__} | {"connected": True})
WANT = {"wsl2": {"memory": "4GB"}}
OLD = b"[wsl2]\r\nmemory=8GB\r\n"
NEW = b"[wsl2]\r\nmemory=4GB\r\n"
SEEN = hashlib.sha256(OLD).hexdigest()
MARK = f"{hashlib.sha256(NEW).hexdigest()} {BOOTED}"


def state(data=None, marks=None):
    file = ABSENT if data is None else contents(data, hashlib.sha256(data).hexdigest())
    return wslconfig.read({"file": file, "marks": key(marks) if marks else ABSENT})


def at(data=None, marks=None, running=(), vm=None, user=ADMIN, **parts):
    distros = {"default_version": 2, "running": running, "distros": {"Ubuntu": object()}}
    return laptop(wslconfig=state(data, marks), user=user, **{"wsl": {"vm": vm}, "wsl_distro": distros} | parts)


def plan(want, machine, render=None):
    return planning.plan(wanted(RESOURCE, {"wslconfig": want}), machine, render)


def drive(planned, script=None):
    wire = Wire(script)
    for step in planned.steps:
        wire.drive(step.does(RUN))
    return wire


def written(wire):
    (line,) = wire.said("file.write")
    return next(base64.b64decode(word) for word in line.split() if word.startswith("W3dzbDJd"))


def test_the_change_is_said_in_the_words_of_the_file():
    planned = plan(WANT, at(OLD, running=("Ubuntu",)))
    assert [step.sentence for step in planned.steps] == [".wslconfig [wsl2] memory: 8GB → 4GB"]
    assert planned.steps[0].note == "takes effect when the WSL VM next starts"
    assert "-memory=8GB" in planned.steps[0].diff
    assert "+memory=4GB" in planned.steps[0].diff


def test_a_file_as_declared_needs_nothing():
    planned = plan(WANT, at(NEW, running=("Ubuntu",)))
    assert (planned.steps, planned.deferred, planned.failures, planned.noop) == ((), (), (), ".wslconfig is as declared")


def test_the_file_is_written_only_over_what_was_seen_and_the_old_one_kept():
    wire = drive(plan(WANT, at(OLD, vm=False)))
    (line,) = wire.said("file.write")
    assert SEEN in line
    assert r"C:\Users\alice\.wslconfig.bak-7f3a" in line
    assert written(wire) == NEW
    assert wire.requests == 1


def test_while_a_distribution_runs_the_restart_is_deferred_and_marked():
    planned = plan(WANT, at(OLD, running=("Ubuntu", "Debian")))
    assert planned.deferred == (Deferred("WSL VM: restart with the written .wslconfig", "vm idle", "running: Ubuntu, Debian"),)
    wire = drive(planned)
    assert MARK in wire.said("registry.write")[0]
    assert wire.said("run ") == []


def test_what_an_earlier_run_left_pending_is_deferred_again_although_the_file_is_as_declared():
    planned = plan(WANT, at(NEW, {"wslconfig": MARK}, running=("Ubuntu",)))
    assert (planned.steps, [one.waits_for for one in planned.deferred]) == ((), ["vm idle"])


def test_what_is_pending_becomes_live_once_nothing_runs():
    planned = plan(WANT, at(NEW, {"wslconfig": MARK}))
    assert [step.sentence for step in planned.steps] == ["WSL VM: restart with the written .wslconfig"]
    wire = drive(planned, {"--shutdown": ran(0)})
    assert wire.said("registry.remove")


def test_after_a_restart_of_the_laptop_nothing_is_pending():
    old_mark = MARK.replace(BOOTED, "2026-11-20T07:00:00Z")
    planned = plan(WANT, at(NEW, {"wslconfig": old_mark}, running=("Ubuntu",)))
    assert (planned.steps, planned.deferred) == ((), ())


def test_a_mark_is_taken_away_where_the_vm_is_seen_stopped():
    planned = plan(WANT, at(NEW, {"wslconfig": MARK}, vm=False))
    wire = drive(planned)
    assert [line.split()[0] for line in wire.asked] == ["registry.remove"]


@pytest.mark.parametrize(
    ("policy", "running", "sentences"),
    [
        ("now", ("Ubuntu",), 2),
        ("now", None, 2),
        ("when_idle", (), 2),
        ("when_idle", None, 1),
        ("next_start", (), 1),
        ("next_start", ("Ubuntu",), 1),
    ],
)
def test_the_policy_says_whether_the_vm_is_stopped(policy, running, sentences):
    planned = plan({**WANT, "apply": policy}, at(OLD, running=running))
    assert len(planned.steps) == sentences
    assert bool(planned.deferred) is (policy == "when_idle" and running != ())
    assert len(drive(planned, {"--shutdown": ran(0)}).said("--shutdown")) == sentences - 1


def test_on_windows_10_a_vm_that_is_not_seen_may_run():
    planned = plan(WANT, at(OLD, vm=False, windows={"build": 19045}))
    assert len(planned.steps) == 2


def test_for_a_user_who_is_logged_off_the_file_is_written_and_nothing_has_to_stop():
    logged_off = type(ALICE)(**{name: getattr(ALICE, name) for name in ALICE.__slots__} | {"logged_on": False})
    planned = plan(WANT, at(OLD, running=None, user=logged_off))
    assert (len(planned.steps), planned.deferred) == (1, ())
    assert written(drive(planned)) == NEW


def test_without_wsl_the_file_is_written_all_the_same():
    planned = plan(WANT, at(None, running=None, wsl=NOTHING))
    wire = drive(planned)
    assert written(wire) == NEW
    assert wire.requests == 1


def test_nobody_at_the_screen_defers_and_a_missing_profile_fails():
    assert plan(WANT, at(OLD, user=None)).deferred[0].waits_for == "user logon"


def test_a_key_that_counts_for_new_distributions_needs_no_restart():
    planned = plan({"wsl2": {"defaultVhdSize": "64GB"}}, at(OLD, running=("Ubuntu",)))
    assert (len(planned.steps), planned.deferred) == (1, ())
    assert "at once" in planned.steps[0].note


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        ("changed", "run again"),
        ("access_denied", "connect as an administrator"),
        ("disk_full", "free some space"),
        ("odd", "--debug"),
    ],
)
def test_a_file_that_cannot_be_written_ends_the_step_with_the_next_step(kind, remedy):
    planned = plan(WANT, at(OLD, running=("Ubuntu",)))
    with pytest.raises(StepError) as failed:
        drive(planned, {"file.write": Answer(False, {}, kind, "Windows says no")})
    assert remedy in failed.value.remedy
    assert failed.value.code == kind


@pytest.mark.parametrize(("marks", "removed"), [(None, 1), ({"wslconfig": MARK}, 0)])
def test_a_file_that_was_not_written_is_not_marked_as_written(marks, removed):
    planned = plan(WANT, at(OLD, marks, running=("Ubuntu",)))
    wire = Wire({"file.write": Answer(False, {}, "changed", "the file is not what it was")})
    with pytest.raises(StepError):
        wire.drive(planned.steps[0].does(RUN))
    order = [line.split()[0] for line in wire.asked]
    assert order[:2] == ["registry.write", "file.write"], "a mark too few would leave the VM as it was for ever"
    assert len(wire.said("registry.remove")) == removed, "the mark of an earlier run stays"


def test_a_shutdown_that_fails_leaves_the_mark_for_the_next_run():
    planned = plan(WANT, at(OLD))
    wire = Wire({"--shutdown": ran(4294967295, b"Catastrophic failure \r\nError code: Wsl/Service/E_UNEXPECTED\r\n")})
    wire.drive(planned.steps[0].does(RUN))
    with pytest.raises(StepError) as failed:
        wire.drive(planned.steps[1].does(RUN))
    assert "E_UNEXPECTED" in failed.value.code or "E_UNEXPECTED" in failed.value.cause
    assert wire.said("registry.write")
    assert not wire.said("registry.remove")


def test_a_policy_is_reported_and_is_no_drift():
    values = {"AllowNestedVirtualization": 0, "AllowNetworkingModeUserSetting": 0, "DefaultNetworkingMode": 3}
    want = {"wsl2": {"nestedVirtualization": True, "networkingMode": "mirrored"}}
    data = b"[wsl2]\nnestedVirtualization=true\nnetworkingMode=mirrored\n"
    planned = plan(want, at(data, wsl={"vm": False}, wsl_policy=wsl_policy.State(values)))
    assert planned.steps == ()
    (warning,) = planned.warnings
    assert "nestedVirtualization: true is blocked by policy AllowNestedVirtualization, reset by WSL" in warning


def test_an_old_windows_and_an_old_wsl_are_warned_of():
    want = {"wsl2": {"dnsTunneling": False}, "experimental": {"swiotlb": "64MB"}}
    planned = plan(want, at(OLD, windows={"build": 19045}, wsl={"version": "2.6.1.0"}))
    assert any("needs Windows build 22621; this laptop has 19045" in text for text in planned.warnings)
    assert any("swiotlb needs WSL 2.8.9; this laptop has 2.6.1" in text for text in planned.warnings)


def test_what_is_wrong_with_the_users_other_lines_is_told():
    planned = plan(WANT, at(b"[wsl2]\r\nmemory=4GB\r\nmemroy=1GB\r\n"))
    assert planned.warnings == (".wslconfig line 3: no such key: wsl2.memroy; did you mean wsl2.memory?",)


def test_a_fatal_line_of_the_user_fails_and_a_declared_one_is_repaired():
    data = b"[wsl2]\nmacAddress=x\nmemory=4GB\n"
    assert "line 2" in plan(WANT, at(data)).failures[0].cause
    planned = plan({"wsl2": {"macAddress": "00:15:5d:01:02:03"}}, at(data))
    assert planned.failures == ()
    assert "'x' (refused) → 00:15:5d:01:02:03" in planned.steps[0].sentence


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"wsl2": {"safeMode": True, "gpuSupport": True}}, "safeMode is on: WSL turns off gpuSupport"),
        ({"wsl2": {"networkingMode": "none", "dnsTunneling": True}}, "dnsTunneling does nothing"),
        ({"wsl2": {"networkingMode": "nat"}, "experimental": {"ignoredPorts": [1]}}, "ignoredPorts counts only"),
        ({"wsl2": {"networkingMode": "bridged"}}, "needs vmSwitch"),
        ({"wsl2": {"virtio": False, "virtiofs": True}}, "virtiofs does nothing"),
    ],
)
def test_values_that_cancel_each_other_are_told(values, said):
    assert any(said in text for text in plan(values, at(None)).warnings)


KERNEL = {"wsl2": {"kernel": r"C:\wsl\bzImage"}}
WITH_KERNEL = b"[wsl2]\nkernel=C:\\\\wsl\\\\bzImage\n"


def looked(data, there, **parts):
    return at(None, **parts).having(replace(state(data), there=there))


@pytest.mark.parametrize(
    ("want", "data", "there", "said"),
    [
        (KERNEL, WITH_KERNEL, {r"C:\wsl\bzImage": False}, r"kernel: there is no file C:\wsl\bzImage"),
        (KERNEL, None, {r"C:\wsl\bzImage": False}, r"kernel: there is no file C:\wsl\bzImage"),
        ({"wsl2": {"kernelModules": r"C:\m.vhdx"}}, None, {}, "kernelModules without kernel"),
        ({"wsl2": {"systemDistro": r"C:\d.vhdx"}}, None, {}, "is neither an .img nor a .vhd"),
        ({"wsl2": {"systemDistro": r"C:\d.IMG"}}, None, {r"C:\d.IMG": False}, r"systemDistro: there is no file C:\d.IMG"),
        (WANT, NEW + b"kernel=bzImage\n", {}, "kernel: 'bzImage' is no full path"),
    ],
)
def test_what_keeps_the_vm_from_starting_is_not_converged_and_not_written(want, data, there, said):
    planned = plan(want, looked(data, there))
    assert said in planned.failures[0].cause
    assert "the VM does not start" in planned.failures[0].cause


@pytest.mark.parametrize(
    ("data", "there", "policies"),
    [
        (WITH_KERNEL, {r"C:\wsl\bzImage": True}, {}),
        (WITH_KERNEL, {}, {}),
        (WITH_KERNEL, {r"C:\wsl\bzImage": False}, {"AllowKernelUserSetting": 0}),
        (WITH_KERNEL + b"safeMode=true\n", {r"C:\wsl\bzImage": False}, {}),
    ],
)
def test_a_path_that_is_right_or_not_used_or_unknown_keeps_no_vm_from_starting(data, there, policies):
    assert plan(KERNEL, looked(data, there, wsl_policy=wsl_policy.State(policies))).failures == ()


def test_the_declared_files_without_which_the_vm_does_not_start_are_looked_for():
    wsl2 = {"kernel": r"C:\k", "kernelModules": r"C:\m", "systemDistro": r"C:\d.vhd", "swapFile": r"C:\s"}
    assert list(RESOURCE.paths({"wslconfig": {"wsl2": wsl2}})) == [r"C:\k", r"C:\m", r"C:\d.vhd"]
    assert [
        list(RESOURCE.paths(values)) for values in ({}, {"wslconfig": {"wsl2": None}}, {"wslconfig": {"wsl2": {"kernel": None}}})
    ] == [[]] * 3
    answers = {
        r"C:\k": Answer(True, {"exists": True, "folder": True}),
        r"C:\m": Answer(False, {}, "access_denied"),
        "C:\\d": ABSENT,
    }
    assert wslconfig.read({"file": ABSENT, "marks": ABSENT}, answers).there == {r"C:\k": False, "C:\\d": False}


def test_a_variable_in_a_path_is_refused():
    failure = refusal(RESOURCE, {"wslconfig": {"wsl2": {"kernel": r"C:\Users\%USERNAME%\bzImage"}}})
    assert "WSL expands no variables" in failure.cause


def test_a_file_that_is_not_utf8_is_rewritten_and_that_is_told():
    planned = plan(WANT, at(b"# caf\xe9\r\n" + NEW, vm=False))
    assert [step.sentence for step in planned.steps] == [".wslconfig: the same values in a file without faults"]
    assert "not UTF-8" in planned.warnings[0]
    assert "Windows-1252" in planned.warnings[0]
    left = plan({"wsl2": {}}, at(b"# caf\xe9\r\n"))
    assert (left.steps, "save it as UTF-8" in left.warnings[0]) == ((), True)


def test_what_a_declared_value_changes_besides_itself_is_told():
    data = b"[experimental]\r\ndnsTunnelingIpAddress=1.2.3\r\n"
    planned = plan({"experimental": {"dnsTunnelingIpAddress": "10.0.0.1"}}, at(data))
    assert "not declared, but in force from now on: [wsl2] dnsTunneling: false → default (true)" in planned.warnings[0]
    (sentence,) = [step.sentence for step in plan({"wsl2": {"dnsTunneling": True}}, at(data, vm=False)).steps]
    assert sentence == ".wslconfig [wsl2] dnsTunneling: false → true"


def test_what_wsl_ignores_is_written_and_told():
    planned = plan({"experimental": {"sparseVhd": True}}, at(OLD))
    assert planned.steps[0].sentence == ".wslconfig [experimental] sparseVhd: default (false) → true"
    (warning,) = planned.warnings
    assert warning.startswith(".wslconfig line 5: experimental.sparseVhd: WSL ignores it: IGNORED")


def test_a_wrong_declaration_fails_with_the_right_form():
    failure = refusal(RESOURCE, {"wslconfig": {"wsl2": {"memory": "8gb"}}})
    assert (failure.cause, failure.remedy) == ("wslconfig.wsl2.memory: '8gb' is not a size WSL reads", "write 8GB")


@pytest.mark.parametrize("render", [None, template("wslconfig.j2")])
def test_a_file_that_is_ours_whole_holds_nothing_else_and_is_written_once(render):
    made = None if render is None else lambda rows: render.render(entries=rows)
    want = {**WANT, "mode": "replace"}
    planned = plan(want, at(b"# mine\r\n[wsl2]\r\nmemory=4GB\r\nswap=0\r\n"), made)
    assert "[wsl2] swap: 0 → default" in planned.steps[0].sentence
    (line,) = drive(planned, {"--shutdown": ran(0)}).said("file.write")
    owned = b"# Written by pyinfra-wsl; changes made here by hand are replaced.\r\n\r\n[wsl2]\r\nmemory=4GB\r\n"
    assert base64.b64encode(owned).decode() in line
    assert plan(want, at(owned), made).steps == ()


def test_a_file_that_cannot_be_read_stops_the_plan():
    broken = wslconfig.read({"file": Answer(False, {}, "access_denied", "Access is denied."), "marks": ABSENT})
    planned = plan(WANT, laptop(wslconfig=broken))
    assert (planned.steps, planned.failures[0].cause) == ((), ".wslconfig could not be read: Access is denied.")


def test_a_state_tells_values_and_problems():
    found = state(b"[wsl2]\nmemory=8589934592\nswap=8gb\n")
    assert found.values == {"wsl2.memory": "8GB"}
    assert found.problems == ("line 3: wsl2.swap: '8gb' is refused; write 8GB; until then the default holds",)


def test_marks_are_unknown_where_the_registry_did_not_answer():
    assert pending.read(Answer(False, {}, "access_denied", "no")) is None
    assert pending.waits(None, "wslconfig", BOOTED) is False
