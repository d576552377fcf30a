"""What a look before a run has found, as differences by setting, and since when by earlier results."""

import json

import pytest

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import WHAT_FAILED, Deferred, Plan, Step
from pyinfra_wsl.report.journal import Foretold
from pyinfra_wsl.survey.drift import drift, grouped
from pyinfra_wsl.survey.run import Looked
from pyinfra_wsl.survey.since import LONGEST, History, Since


def looked(*plans, name="LT-1", **more):
    return Looked(name, [Foretold("wslconfig", ".wslconfig", plan) for plan in plans], **more)


def step(sentence, *parts):
    return Step(sentence, (), parts=parts)


def result(root, run, *, host="LT-1", outcome="converged", deferred=(), failures=(), not_reached=(), **more):
    """Write a result as a run does; `deferred` and `failures` are names of resources."""
    (root / run).mkdir(parents=True, exist_ok=True)
    document = {
        "run": {"id": "1", "ended": f"{run}:00:00+00:00", "holder": "ada"}, "host": host, "outcome": outcome, "seconds": 1.0,
        "processes": 1, "requests": 2, "restarts": 0, "changes": [], "not_proved": [], "not_reached": list(not_reached),
        "deferred": [{"resource": one, "sentence": "s", "waits_for": "w", "reason": "r"} for one in deferred],
        "failures": [{"resource": one, "cause": "c", "remedy": "r", "code": ""} for one in failures],
        "warnings": [], "before": None, "resources": {"wslconfig": {"words": ".wslconfig", "known": True}}, **more,
    }  # fmt: skip
    (root / run / f"{host.replace('/', '_')}.json").write_text(json.dumps(document))


def test_a_step_of_several_settings_is_a_difference_for_each(tmp_path):
    found = drift([looked(Plan((step("all", "[wsl2] memory: 9GB → 8GB", "[wsl2] processors: 5 → 4"),)))], tmp_path)
    assert [(one.setting, one.change) for one in found.differences] == [
        ("[wsl2] memory", "9GB → 8GB"),
        ("[wsl2] processors", "5 → 4"),
    ]
    assert (found.outcome, found.exit_code) == ("drift", 2)


def test_nothing_to_do_is_no_drift(tmp_path):
    found = drift([looked(Plan(warnings=("a note",), unproved=("b",)))], tmp_path)
    assert (found.differences, found.outcome, found.exit_code) == ([], "none", 0)


def test_nothing_looked_at_is_not_known(tmp_path):
    assert drift([], tmp_path).exit_code == 1


@pytest.mark.parametrize(
    ("deferred", "kind", "code"),
    [
        (Deferred(".wslconfig as declared", "user logon", "nobody is at the screen"), "unknown", 1),
        (Deferred("default version of WSL: unknown → 2", "user logon", "nobody is at the screen"), "unknown", 1),
        (Deferred("default version of WSL: 1 → 2", "user logon", "they are logged off"), "waits", 2),
        (Deferred("WSL VM: restart with the written .wslconfig", "vm idle", "Ubuntu runs"), "waits", 2),
        (Deferred("distributions", WHAT_FAILED, "not tried"), "unknown", 1),
    ],
)
def test_what_waits_differs_only_where_it_is_known_to(deferred, kind, code, tmp_path):
    found = drift([looked(Plan(deferred=(deferred,)))], tmp_path)
    assert ([one.kind for one in found.differences], found.exit_code) == ([kind], code)


def test_what_cannot_be_planned_is_not_known_and_its_steps_are_not_told(tmp_path):
    found = drift([looked(Plan((step("x"),), failures=(Failure("the file cannot be read", "look at it"),)))], tmp_path)
    assert [(one.kind, one.why) for one in found.differences] == [("unknown", "the file cannot be read. Next: look at it")]
    assert found.exit_code == 1


def test_a_host_that_could_not_be_looked_at_is_not_known_and_drift_elsewhere_comes_first(tmp_path):
    off = Looked("LT-OFF", failures=(Failure("no connection", "start it"),))
    assert drift([looked(Plan()), off], tmp_path).exit_code == 1
    assert drift([looked(Plan((step("x"),))), off], tmp_path).exit_code == 2


def test_an_operation_that_is_not_ours_counts_too(tmp_path):
    found = drift([looked(Plan(), others=("files.put",))], tmp_path)
    assert [one.setting for one in found.differences] == ["operation files.put"]


def test_hosts_are_grouped_by_setting_and_change(tmp_path):
    plans = {"LT-1": "memory: 9GB → 8GB", "LT-2": "memory: 9GB → 8GB", "LT-3": "memory: 1GB → 8GB"}
    found = drift([looked(Plan((step("s", part),)), name=name) for name, part in plans.items()], tmp_path)
    assert grouped(found.differences) == {"memory": {("9GB → 8GB", "", ""): ["LT-1", "LT-2"], ("1GB → 8GB", "", ""): ["LT-3"]}}


def test_the_document_is_of_plain_values(tmp_path):
    result(tmp_path, "2026-11-20T09")
    document = json.loads(json.dumps(drift([looked(Plan((step("memory: 9GB → 8GB"),)))], tmp_path).document()))
    assert document["differences"][0]["declared_until"] == "2026-11-20T09:00:00+00:00"
    assert document["outcome"] == "drift"


def test_it_is_since_the_newest_run_that_left_it_as_declared(tmp_path):
    for run in ("2026-11-18T09", "2026-11-19T09"):
        result(tmp_path, run)
    result(tmp_path, "2026-11-20T09", outcome="offline")
    found = History(tmp_path, "LT-1").of("wslconfig")
    assert found == Since("2026-11-19T09:00:00+00:00", "", known=True)
    assert found.said == "as then declared after the run of 2026-11-19 09:00 UTC"


def test_it_is_open_since_the_first_run_that_could_not_bring_it_about_after_that(tmp_path):
    result(tmp_path, "2026-11-17T09")
    result(tmp_path, "2026-11-18T09", outcome="failed", failures=["wslconfig"])
    result(tmp_path, "2026-11-19T09", outcome="deferred", deferred=["wslconfig"])
    result(tmp_path, "2026-11-20T09", outcome="deferred", deferred=["wsl_distro"])
    assert History(tmp_path, "LT-1").of("wslconfig").declared == "2026-11-20T09:00:00+00:00"
    (tmp_path / "2026-11-20T09" / "LT-1.json").unlink()
    found = History(tmp_path, "LT-1").of("wslconfig")
    assert (found.declared[:10], found.open[:10]) == ("2026-11-17", "2026-11-18")
    assert found.said == "left open since the run of 2026-11-18 09:00 UTC"


@pytest.mark.parametrize("blind", [
    {"outcome": "unfinished"}, {"not_reached": ["x"]}, {"left_out": ["wslconfig"]},
    {"outcome": "failed", "failures": ["connection"], "resources": {}},
    {"outcome": "failed", "failures": ["wsl"], "resources": {"wslconfig": {"words": ".wslconfig", "known": False}}},
    {"resources": {}},  # of an earlier version, which did not tell
])  # fmt: skip
def test_a_run_that_did_not_come_to_it_tells_nothing(tmp_path, blind):
    result(tmp_path, "2026-11-20T09", **blind)
    assert History(tmp_path, "LT-1").of("wslconfig") == Since()


def test_only_the_hosts_own_results_count_and_what_is_no_result_is_passed_over(tmp_path):
    result(tmp_path, "2026-11-20T09", host="LT-2")
    (tmp_path / "2026-11-20T09" / "LT-1.json").write_text("[")
    result(tmp_path, "2026-11-19T09", host="@local/LT-1")
    assert History(tmp_path, "LT-1").of("wslconfig") == Since()
    assert History(tmp_path, "@local/LT-1").of("wslconfig").known


def test_no_more_runs_are_read_than_its_bound(tmp_path):
    for number in range(LONGEST):
        (tmp_path / f"2027-{number:04}").mkdir()
    result(tmp_path, "2026-11-20T09")
    assert History(tmp_path, "LT-1").of("wslconfig") == Since()


def test_only_what_says_from_what_to_what_is_parted(tmp_path):
    told = ("hypervisorlaunchtype: off → auto", "WSL VM: restart with the written .wslconfig", "import Ubuntu-24.04 as WSL 2")
    found = drift([looked(Plan(tuple(map(step, told))))], tmp_path)
    assert [(one.setting, one.change) for one in found.differences] == [
        ("hypervisorlaunchtype", "off → auto"), (told[1], ""), (told[2], ""),
    ]  # fmt: skip
