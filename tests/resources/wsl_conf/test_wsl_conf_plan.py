"""From a declaration and a distribution to steps: written beside, proved, put in place, and ended where that may be."""

import base64

import pytest
from support.laptops import ALICE, BOOTED, CORRECT_IT, laptop, refusal, wanted
from support.wire import ABSENT, RUN, Wire, key, ran

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.windows.reboot_mark import Reason
from pyinfra_wsl.data import template
from pyinfra_wsl.resources.reboot.state import State as Reboot
from pyinfra_wsl.resources.wsl_conf import plan as planning
from pyinfra_wsl.resources.wsl_conf import state as wsl_conf
from pyinfra_wsl.resources.wsl_conf.resource import RESOURCE
from pyinfra_wsl.resources.wsl_distro.state import INSTALLED, Distro
from pyinfra_wsl.resources.wsl_distro.state import State as Distros
from pyinfra_wsl.resources.wslconfig import state as wslconfig

ADMIN = type(ALICE)(**{name: getattr(ALICE, name) for name in ALICE.__slots__} | {"connected": True})
WANT = {"boot": {"systemd": True}}
OLD, NEW = b"[boot]\nsystemd=false\n", b"[boot]\nsystemd=true\n"
NO_FILE = ran(1, b"", b"cat: /etc/wsl.conf: No such file or directory\n")
WRITING = {
    "readlink": ran(0, b"/etc/wsl.conf\n"), "tee /etc": ran(0, NEW), "cp -p": ran(0), "mv -f": ran(0), "test -e": ran(1),
}  # fmt: skip

UBUNTU = Distro("{1}", "Ubuntu", INSTALLED, 2, r"C:\wsl\Ubuntu")


def at(answer, running=(), marks=None, **parts):
    found = wsl_conf.read({"file": answer})
    state = wslconfig.read({"file": ABSENT, "marks": key(marks) if marks else ABSENT})
    whole = {
        "wsl_conf": wsl_conf.State({"Ubuntu": found}),
        "wslconfig": state,
        "user": ADMIN,
        "wsl_distro": Distros({"Ubuntu": UBUNTU}, running=running),
    }
    return laptop(**whole | parts)


def values(want):
    return {"wsl_distros": {"Ubuntu": {"wsl_conf": want}}}


def plan(answer=None, want=None, render=None, **parts):
    return planning.plan(wanted(RESOURCE, values(want or WANT)), at(answer or ran(0, OLD), **parts), render)


def drive(planned, **answers):
    script = {"cat /etc": ran(0, OLD), **WRITING, "--terminate": ran(0)}
    wire = Wire({name.replace("_", " "): answer for name, answer in answers.items()} | script)
    for step in planned.steps:
        wire.drive(step.does(RUN))
    return wire


def test_it_is_asked_as_root_inside_the_distribution():
    (asked,) = wsl_conf.probe("wsl.exe", "Ubuntu").values()
    assert asked.fields["arguments"] == ["-d", "Ubuntu", "-u", "root", "-e", "cat", "/etc/wsl.conf"]


def test_a_change_is_said_in_the_words_of_the_file():
    assert plan().steps[0].sentence == "wsl.conf of Ubuntu [boot] systemd: false → true"
    assert plan(NO_FILE).steps[0].sentence == "wsl.conf of Ubuntu [boot] systemd: default (false) → true"


def test_a_file_as_declared_needs_nothing():
    found = plan(ran(0, NEW), running=("Ubuntu",))
    assert (found.steps, found.deferred, found.noop) == ((), (), "wsl.conf of Ubuntu is as declared")


def test_the_new_file_is_proved_before_it_takes_the_old_ones_place():
    wire = drive(plan())
    verbs = ["cat", "readlink", "tee", "cp", "mv", "--running", "--verbose", "--terminate"]
    assert [next(word for word in verbs if word in line.split()) for line in wire.said("run ")] == verbs
    assert base64.b64encode(NEW).decode() in wire.said("tee ")[0]


def test_without_an_old_file_there_is_no_backup():
    assert drive(plan(NO_FILE), cat_=NO_FILE).said("cp -p") == []


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"tee_": ran(0, NEW[:5])}, "not what was sent"),
        ({"tee_": ran(1, b"", b"tee: No space left on device")}, "No space left"),
        ({"cp_": ran(1, b"", b"cp: Input/output error")}, "Input/output error"),
        ({"cat_": ran(0, b"[boot]\ncommand=x\n")}, "was changed while this run merged it"),
        ({"cat_": NO_FILE}, "was changed while this run merged it"),
        ({"test_": ran(0), "cat_": NO_FILE}, "it is there, and is no file that can be read"),
        ({"tee_": Answer(False, {}, "timeout", "the agent did not answer")}, "did not answer"),
    ],
)
def test_what_goes_wrong_leaves_the_old_file_in_place(answers, said):
    script = {name.replace("_", " "): answer for name, answer in answers.items()}
    wire = Wire(script | {"cat /etc": ran(0, OLD), **WRITING})
    with pytest.raises(StepError) as failed:
        wire.drive(plan(NO_FILE if "test_" in answers else None).steps[0].does(RUN))
    assert said in failed.value.cause
    assert wire.said("mv -f") == []


def test_a_distribution_that_runs_is_not_ended_and_the_change_marked():
    found = plan(running=("Ubuntu",))
    assert (len(found.steps), found.deferred[0].waits_for, found.deferred[0].reason) == (1, "vm idle", "Ubuntu runs")
    wire = drive(found)
    assert " wsl_conf Ubuntu String " in wire.said("registry.write")[0]
    assert BOOTED in wire.said("registry.write")[0]


@pytest.mark.parametrize(
    ("policy", "running", "steps", "deferred"),
    [
        ("now", ("Ubuntu",), 2, 0),
        ("now", None, 2, 0),
        ("when_idle", (), 2, 0),
        ("when_idle", None, 1, 1),
        ("next_start", ("Ubuntu",), 1, 0),
        ("next_start", (), 1, 0),
    ],
)
def test_the_policy_says_whether_the_distribution_is_ended(policy, running, steps, deferred):
    found = plan(want={**WANT, "apply": policy}, running=running)
    assert (len(found.steps), len(found.deferred)) == (steps, deferred)


def test_what_is_pending_waits_while_it_runs_and_is_live_once_it_was_started_anew():
    marks = {"wsl_conf Ubuntu": f"{'0' * 64} {BOOTED}"}
    assert len(plan(ran(0, NEW), running=("Ubuntu",), marks=marks).deferred) == 1
    stopped = plan(ran(0, NEW), running=(), marks=marks)
    assert (stopped.steps, stopped.deferred) == ((), ())
    ended = plan(ran(0, NEW), want={**WANT, "apply": "now"}, running=("Ubuntu",), marks=marks)
    assert drive(ended).said("registry.remove")


def test_a_user_who_is_logged_off_defers():
    away = type(ALICE)(**{name: getattr(ALICE, name) for name in ALICE.__slots__} | {"logged_on": False})
    assert [one.waits_for for one in plan(user=away).deferred] == ["user logon"]
    assert [one.waits_for for one in plan(user=None).deferred] == ["user logon"]


@pytest.mark.parametrize(
    "answer",
    [
        ran(4294967295, b"Error code: Wsl/Service/WSL_E_DISTRO_NOT_FOUND\r\n"),
        ran(None, timed_out=True),
        Answer(False, {}, "task", "x"),
    ],
)
def test_a_file_that_cannot_be_read_stops_the_plan(answer):
    found = plan(answer)
    assert (found.steps, len(found.failures)) == ((), 1)


@pytest.mark.parametrize(
    ("want", "cause", "remedy"),
    [
        ({"boot": {"systemd": "yes"}}, "boot.systemd: 'yes' is not true or false", CORRECT_IT),
        ({"boot": {"systmed": True}}, "boot.systmed: no such key", "did you mean systemd?"),
        ({"wsl2": {"memory": "8GB"}}, "wsl2: no such key here", "it belongs under wslconfig"),
        ({"user": {"default": "dev\n"}}, "user.default: 'dev\\n' holds a control character", "write the value in single quotes"),
        ({"apply": "soon"}, "apply: 'soon' is not a choice", "write now or when_idle or next_start"),
    ],
)
def test_a_wrong_declaration_fails_with_the_right_form(want, cause, remedy):
    found = refusal(RESOURCE, values(want))
    assert found.cause.startswith(f"wsl_distros.Ubuntu.wsl_conf.{cause}")
    assert found.remedy == remedy


def test_a_broken_line_above_is_told():
    found = plan(ran(0, b"[boot]\nsystemd=true\n; x\n[user]\ndefault=dev\n"), running=("Ubuntu",))
    assert "line 3" in found.warnings[0]
    assert "reads nothing below" in found.warnings[0]


def test_a_file_that_is_ours_whole_is_written_with_line_feeds():
    found = plan(want={**WANT, "mode": "replace"}, render=lambda rows: template("wsl.conf.j2").render(entries=rows))
    owned = b"# Written by pyinfra-wsl; changes made here by hand are replaced.\n\n[boot]\nsystemd=true\n"
    wire = drive(found, tee_=ran(0, owned))
    assert base64.b64encode(owned).decode() in wire.said("tee ")[0]


def test_values_are_told_as_text():
    state = wsl_conf.read({"file": ran(0, b"[user]\ndefault=dev\n[filesystem]\numask=022\n")})
    assert state.value("user", "default") == "dev"
    assert state.value("filesystem", "umask") == "0022"
    assert state.value("boot", "systemd") is None


def test_a_distribution_that_waits_for_a_restart_has_its_settings_wait_too():
    pending = Reboot((Reason("features", "VirtualMachinePlatform is EnablePending", True),))
    planned = plan(Answer(False, {}, "x", "no"), wsl_distro=Distros({}), reboot=pending)
    assert [one.waits_for for one in planned.deferred] == ["reboot"]
    assert not planned.failures


def test_a_distribution_that_is_nowhere_is_named():
    planned = plan(Answer(False, {}, "x", "no"), wsl_distro=Distros({}))
    assert planned.failures[0].cause == "there is no distribution Ubuntu"


def test_what_comes_to_life_with_a_file_that_was_not_read_is_told():
    found = plan(ran(0, b"\xef\xbb\xbf[user]\ndefault=dev\n[boot]\nsystemd=false\n"))
    (told, *_rest) = found.warnings
    assert told.startswith("wsl.conf of Ubuntu: so far WSL reads nothing of this file; not declared, but in force from now on: ")
    assert told.endswith("[user] default: default → dev")
    assert (
        plan(ran(0, b"[boot]\nsystemd true\n[user]\ndefault=dev\n")).warnings[0].startswith("wsl.conf of Ubuntu line 3: dropped")
    )
