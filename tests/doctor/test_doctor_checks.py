"""The doctor's checks as what they are: functions of what was found; and what is concluded from all of them."""

from dataclasses import replace

import pytest
from support.laptops import NOTHING, STOPPED, WINDOWS, laptop

from pyinfra_wsl.agent.channel import Hello
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import WHAT_FAILED, Deferred, Plan, Step
from pyinfra_wsl.core.windows.outlook import SPACE
from pyinfra_wsl.core.windows.whose import Nobody
from pyinfra_wsl.doctor import judge, shown, table, told
from pyinfra_wsl.doctor.found import STAGES, Found, Key, Linux
from pyinfra_wsl.doctor.line import Line, fault, note, ok
from pyinfra_wsl.resources.docker_desktop import state as docker_desktop
from pyinfra_wsl.resources.hypervisor import state as hypervisor
from pyinfra_wsl.resources.windows_feature import state as windows_feature
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_policy import state as wsl_policy

HELLO = Hello(1, "5.1.26100", "fleet-admin", "LT-1", "LT-1", 64, "en-US", 7)
BASE = Found(
    "LT-1", "windows", "lt-1:22", "fleet-admin", Key("~/.ssh/key", 0o600), hello=HELLO, shell="",
    values={"wsl": {"package": {"minimum": "2.6.1"}}, "hypervisor": {"launch": "auto"}},
)  # fmt: skip
WHERE = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"


def found(plans=(), **parts):
    of_found = {name: parts.pop(name) for name in list(parts) if name in Found.__slots__}
    return replace(BASE, laptop=laptop(**parts), plans=tuple(plans), **of_found)


def of(host, check):
    return [line for line in table.lines(host) if line.check == check]


def step(sentence):
    return Step(sentence, ())


FULL = Failure("drive C: is too full", "free some", SPACE)
DENIED = windows_feature.State(None, windows_feature.explain(740)[0])
CASES = {  # what was found: (check, verdict, words of its cause)
    "not an administrator": (found(windows_feature=DENIED), "rights", "fault", "fleet-admin is no administrator: DISM needs"),
    "rights unknown": (found(windows_feature=windows_feature.State(None, "?")), "rights", "note", "is not known: ?"),
    "features unknown": (found(windows_feature=windows_feature.State(None, "?")), "features", "fault", "are not known: ?"),
    "build unknown": (found(windows={"build": None}), "Windows", "fault", "does not say which build"),
    "Windows too old": (found(windows={"build": 18363}), "Windows", "fault", "needs Windows 10 2004 (build 19041)"),
    "Windows 10": (found(windows={"build": 19045}), "Windows", "ok", "Windows 10 25H2 Enterprise, build 19045"),
    "firmware off": (
        found(hypervisor=replace(STOPPED, firmware=False)), "firmware", "fault", "Virtualization is off in the firmware",
    ),
    "firmware off, and nobody wants it": (
        found(hypervisor=replace(STOPPED, firmware=False), values={}), "firmware", "note", "Virtualization is off",
    ),
    "firmware unknown": (found(hypervisor=replace(STOPPED, firmware=None)), "firmware", "note", "is not known"),
    "firmware on": (found(hypervisor=STOPPED), "firmware", "ok", "virtualization is on"),
    "a hypervisor runs": (found(), "firmware", "ok", "a hypervisor runs"),
    "the hypervisor unknown": (found(hypervisor=replace(STOPPED, running=None)), "hypervisor", "note", "did not say"),
    "disk unknown": (found(), "disk", "note", "how much of C: is free is not known"),
    "disk full": (found(windows={"drives": {"C:": 1 << 20}}), "disk", "fault", "drive C: is too full: it has 1.0 MB free"),
    "disk too small for what is declared": (
        found([("wsl", Plan(failures=(FULL,)))], windows={"drives": {"C:": 1 << 40}}), "disk", "fault", "drive C: is too full",
    ),
    "room": (found(windows={"drives": {"C:": 100 << 30}}), "disk", "ok", "100.0 GB are free on C:"),
    "no WSL": (found(wsl=NOTHING), "WSL", "note", "WSL is not installed"),
    "WSL unknown": (found(wsl=wsl.State(problem="denied")), "WSL", "note", "is not known: denied"),
    "policies unknown": (found(wsl_policy=wsl_policy.State()), "policies", "note", "could not be read"),
    "a policy that hinders": (
        found(wsl_policy=wsl_policy.State({"AllowWSL": 0})), "policies", "fault", "AllowWSL is 0",
    ),
    "a policy that hinders nothing declared": (
        found(wsl_policy=wsl_policy.State({"AllowDiskMount": 0})), "policies", "note", "wsl --mount is refused",
    ),
    "a policy that is not declared beside one that is": (
        found(wsl_policy=wsl_policy.State({"AllowWSL": 0}), values={**BASE.values, "wsl_policy": {"AllowDebugShell": False}}),
        "policies", "fault", "AllowWSL is 0",
    ),
    "policies as declared": (
        found([("wsl_policy", Plan())], wsl_policy=wsl_policy.State({"AllowDebugShell": 0}),
              values={"wsl_policy": {"AllowDebugShell": False}}),
        "policies", "ok", "policies: AllowDebugShell is 0: wsl --debug-shell is refused",
    ),
    "a policy that a run would change": (
        found([("wsl_policy", Plan((step("policy AllowWSL: 0 → not set"),)))], wsl_policy=wsl_policy.State({"AllowWSL": 0}),
              values={**BASE.values, "wsl_policy": {"AllowWSL": None}}),
        "policies", "note", "policies: AllowWSL is 0",
    ),
    "a policy of another type": (
        found(wsl_policy=wsl_policy.State({}, {"AllowWSL": "String '0'"})), "policies", "note", "which WSL ignores",
    ),
    "the default network mode of a policy": (
        found(wsl_policy=wsl_policy.State({"DefaultNetworkingMode": 3}), wslconfig={"exists": False}),
        "network", "ok", "the network mode is Mirrored, which nobody has chosen",
    ),
    "the network mode unknown": (found(wslconfig={"exists": None}), "network", "note", "the network mode is not known"),
    "distributions unknown": (found(wsl_distro={"distros": None}), "distributions", "note", "are not known"),
    "a distribution asleep": (found(asleep=("Ubuntu",)), "distributions", "note", "nobody looked into Ubuntu"),
    "Docker Desktop unknown": (found(), "Docker Desktop", "note", "whether Docker Desktop is installed is not known"),
    "whose it is, twice": (
        found(user=None, nobody=Nobody("ambiguous", "alice fits two accounts")), "session", "fault", "alice fits two accounts",
    ),
    "the profile is not theirs": (
        found(user=None, nobody=Nobody("away", "nobody is at the screen")), "session", "note", "nobody is at the screen",
    ),
    "PowerShell as the shell": (found(shell=WHERE), "shell", "ok", "sshd starts powershell.exe"),
    "the shell unknown": (found(shell=None), "shell", "note", "could not be read"),
    "a Linux host that says nothing of itself": (
        Found("h", "linux", linux=Linux()), "rights", "fault", "this account may not change the host",
    ),
    "a Linux host without a name": (Found("h", "linux", linux=Linux(uid=0)), "system", "note", "does not say which Linux"),
    "a Linux host for which nothing is declared": (
        Found("h", "linux", linux=Linux(uid=0)), "declared", "note", "nothing is declared for this host",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("host", "check", "verdict", "words"), CASES.values(), ids=CASES)
def test_a_check_says_how_it_stands(host, check, verdict, words):
    told_of_it = of(host, check)
    assert [one for one in told_of_it if one.verdict == verdict and words in one.cause], told_of_it
    assert all(one.remedy for one in told_of_it if one.verdict == "fault")


def test_what_is_unknown_is_never_called_well():
    """A laptop of which everything is unknown has no line that says "ok" of it, but for the way there."""
    nothing = replace(BASE, laptop=replace(laptop(), windows=replace(WINDOWS, build=None), states={}), shell=None)
    way = {"key", "address", "port", "known host", "logon", "PowerShell", "language mode", "agent", "session"}
    assert {line.check for line in table.lines(nothing) if line.verdict == "ok"} <= way


@pytest.mark.parametrize("stage", STAGES[:-1])
def test_where_the_doctor_stops_there_is_one_fault_and_nothing_behind_it_is_well(stage):
    host = replace(BASE, laptop=None, stopped=stage, failure=Failure("a wall", "go around it"))
    told_of_it = table.lines(host)
    faults = [line for line in told_of_it if line.verdict == "fault"]
    expected = [] if stage == "rights" else [(stage, "a wall")]  # which is a stage of Linux hosts
    assert [(line.check, line.cause) for line in faults] == expected
    behind = {one.name for one in table.CHECKS if STAGES.index(one.stage) > STAGES.index(stage)}
    assert not {line.check for line in told_of_it if line.verdict == "ok"} & behind


def test_what_cannot_be_read_is_said_of_its_check_and_the_others_go_on():
    broken = replace(laptop(), states={}, faults={"wsl": "a number is a text"})
    told_of_it = table.lines(replace(BASE, laptop=broken))
    assert of(replace(BASE, laptop=broken), "WSL")[0].cause == "what the host says of WSL cannot be read (a number is a text)"
    assert [line.verdict for line in told_of_it if line.check == "Windows"] == ["ok"]


def test_one_cause_is_one_fault_and_what_it_keeps_from_coming_about_is_noted():
    off = hypervisor.obstacle(laptop(hypervisor=replace(STOPPED, firmware=False)))
    whole = replace(off, cause=f"features X not enabled: {off.cause}")
    host = found(
        [("hypervisor", Plan(failures=(off,))), ("windows_feature", Plan(foreseen=(whole,)))],
        hypervisor=replace(STOPPED, firmware=False),
    )
    faults = [line.check for line in table.lines(host) if line.verdict == "fault"]
    assert faults == ["firmware"]
    (features,) = of(host, "features")
    assert (features.verdict, features.cause, features.deploy) == (
        "note",
        "features X not enabled",
        "cannot, because of firmware",
    )


def test_what_a_run_does_is_told_by_its_plans():
    plans = (
        Plan(steps=tuple(step(name) for name in "abcd")),
        Plan(deferred=(Deferred("e", "user logon", "away"), Deferred("f", WHAT_FAILED, "not tried"))),
    )
    assert judge.will(plans) == (
        "would: a; would: b; would: c; and 1 more; waits for user logon: e (away); does not try what needs that: f"
    )
    assert judge.will(()) == ""


@pytest.mark.parametrize(
    ("plan", "fine", "expected"),
    [
        (Plan(), True, [("ok", "")]),
        (Plan(), False, [("note", "")]),
        (Plan(steps=(step("a"),)), True, [("note", "would: a")]),
        (Plan(failures=(FULL,)), True, [("fault", judge.CANNOT)]),
        (Plan(steps=(step("a"),), foreseen=(FULL,)), True, [("fault", judge.CANNOT), ("note", "would: a")]),
        (Plan(warnings=("w",)), True, [("ok", ""), ("note", "")]),
        (Plan(unproved=("u",)), True, [("ok", ""), ("note", "")]),
    ],
)
def test_a_verdict_is_that_of_the_plan(plan, fine, expected):
    host = replace(BASE, plans=(("wsl", plan),))
    assert [(line.verdict, line.deploy) for line in judge.judged(host, "WSL", "so", "wsl", fine=fine)] == expected


def test_what_is_not_as_it_should_be_and_not_declared_is_said_to_be_so():
    (line,) = judge.judged(BASE, "WSL", "not there", "wsl", fine=False)
    assert (line.verdict, line.deploy) == ("note", judge.NOT_DECLARED)


WELL, WOULD = [ok("a", "b")], [note("a", "b", deploy="would: c")]
WAITS, NOTED = [note("a", "b", deploy="waits for user logon: d")], [note("a", "b")]
ILL = [fault("port", Failure("off", "turn it on, then run again"))]
ENDS = [
    ({"x": WELL}, 0, "Next: nothing, since x is as declared."),
    ({"x": WELL, "y": WELL}, 0, "Next: nothing, since each of the hosts is as declared."),
    ({"x": WELL, "y": NOTED}, 0, "Next: nothing has to be done; what is noted of y is worth reading."),
    ({"x": WAITS, "y": NOTED}, 0, "Next: let what is waited for happen on x (x waits for user logon: d), then run"),
    ({"x": WAITS, "y": WOULD, "z": WOULD}, 0, "Next: pyinfra i deploy.py --dry, which says all that would change on 2 of 3"),
    ({"x": WOULD, "y": ILL}, 1, "Next: y: turn it on (port), then run the doctor again."),
    ({"x": ILL, "y": ILL, "z": ILL}, 1, "Next: x: turn it on (port), then run the doctor again; 2 other hosts have faults too."),
]  # fmt: skip


@pytest.mark.parametrize(("hosts", "code", "said"), ENDS)
def test_the_end_is_one_sentence_and_an_exit_code(hosts, code, said):
    assert told.exit_code(hosts) == code
    assert told.next_step(hosts, "i").startswith(said)


def test_words_of_a_host_are_escaped_in_text_and_in_json():
    evil = [Line("a\x1b[2J", "fault", "b\nLT-GOOD: 22 ok", "c\u202e", "d\x07", "e\x9b")]
    rows = [said for _verdict, said in shown.text("LT\x1b", evil)]
    assert all(row.isprintable() for row in rows)
    assert all(one.isprintable() or one == "\n" for one in shown.as_json({"LT\x1b": evil}, "i\x1b"))


TOOLBOX = "Docker Toolbox is installed: declare docker_toolbox"


@pytest.mark.parametrize(
    ("plans", "told"),
    [
        ([], {TOOLBOX: judge.NOT_DECLARED}),
        ([("docker_toolbox", Plan((step("remove Docker Toolbox 19.03.1"),)))], {"": "would: remove Docker Toolbox 19.03.1"}),
    ],
)
def test_docker_toolbox_is_said_to_be_retired_where_that_is_declared(plans, told):
    host = found(plans=plans, docker_desktop=docker_desktop.State(machine_known=True, predecessors=(TOOLBOX,)))
    lines = {line.cause: line.deploy for line in of(host, "Docker Desktop")}
    assert (TOOLBOX in lines) == (TOOLBOX in told)
    assert set(told.values()) <= set(lines.values())
