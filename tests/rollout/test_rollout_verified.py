"""A host that is converged is looked up by the machine's own programs, apart from all others; what was not seen is not proved."""

import os
import signal
import time
from types import SimpleNamespace

import pytest
from support.shards import Runner, shard

from pyinfra_wsl.rollout.runner.verify import Findings

DEPLOY = "from pyinfra.operations import python\npython.call(name='a change of my own', function=lambda: None)\n"


@pytest.fixture(scope="module")
def lab(make_stage):
    """Return a lab, and a deploy file with which all come out as converged, whatever they are."""
    made = make_stage(LT_GOOD="converged", LT_WRONG="drifted", LT_AWAY="user-logged-off", LT_SLOW="converged")
    (made.folder / "own.py").write_text(DEPLOY)
    return made


def wanted(lab, name, *hosts):
    return shard(lab.folder, name, *hosts, deploy=(str(lab.folder / "own.py"),), verify=True)


def found(told):
    return {one["host"]: (one["found"], one["said"]) for one in told if one["event"] == "verified"}


@pytest.fixture
def runner(lab):
    made = Runner(lab.folder)
    yield made
    made.end()


def test_each_is_told_of_with_what_is_not_as_declared(lab, runner):
    made = wanted(lab, "s", "LT-GOOD", "LT-WRONG", "LT-AWAY")
    bare = wanted(lab, "s", "LT-SLOW").members
    object.__setattr__(bare[0], "data", {key: value for key, value in bare[0].data.items() if key.startswith("ssh_")})
    made.members.extend(bare)
    told = runner.work(made)
    by_host = found(told)
    assert by_host["LT-GOOD"] == (True, [])
    assert by_host["LT-SLOW"] == (None, ["nothing is declared that can be looked up"])
    wrong, lines = by_host["LT-WRONG"]
    assert wrong is False
    assert any(line.startswith("wslconfig.wsl2.memory: ") for line in lines)
    away, reasons = by_host["LT-AWAY"]
    assert away is not True
    assert any("logged off" in line or "nobody is at the screen" in line for line in reasons)
    order = [(one["event"], one.get("host")) for one in told]
    assert all(order.index(("ended", name)) < order.index(("verified", name)) for name in by_host)
    assert order[-1][0] == "done"
    assert {one["kept"] for one in told if one["event"] == "verified"} <= {path.name for path in runner.spool.iterdir()}


def last(runner):
    until = time.monotonic() + 30
    while len(children := runner.children()) != 1:
        assert time.monotonic() < until
        time.sleep(0.02)
    return children[0]


def test_who_hangs_while_looked_up_holds_up_nobody(lab, runner):
    slow = lab.stage.machine("LT-SLOW")
    slow.faults.late = 60.0
    try:
        runner.ask(wanted(lab, "s", "LT-GOOD", "LT-SLOW"))
        told = runner.until("s", "verified")
        assert found(told) == {"LT-GOOD": (True, [])}
        child = last(runner)
        os.kill(child, signal.SIGALRM)  # as after its time
        assert found(runner.until("s", "done")) == {"LT-SLOW": (None, ["looking it up took too long"])}
        runner.ask(wanted(lab, "t", "LT-SLOW"))
        runner.until("t", "ended")
        assert runner.end() == 0  # a look changes nothing: nobody waits for it
    finally:
        slow.faults.late = 0.0


def test_what_is_not_installed_is_said_of_each(lab, tmp_path):
    (tmp_path / "testinfra.py").write_text("raise ModuleNotFoundError('no', name='testinfra')")
    runner = Runner(lab.folder, PYTHONPATH=str(tmp_path))
    (told,) = found(runner.work(wanted(lab, "s", "LT-GOOD"))).values()
    assert told[0] is None
    assert "pip install 'pyinfra-wsl[verify]'" in told[1][0]
    assert runner.end() == 0


def report(setting, outcome, why="", when="call"):
    passed, failed, skipped = (outcome == one for one in ("passed", "failed", "skipped"))
    told = ("file", 1, f"Skipped: {why}") if skipped else why
    return SimpleNamespace(
        nodeid=f"test_x.py::test_y[LT-1: {setting}]", passed=passed, failed=failed, skipped=skipped, when=when, longrepr=told
    )


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([], (None, ("nothing is declared that can be looked up",))),
        ([("a", "passed")], (True, ())),
        ([("a", "passed"), ("b", "skipped", "gone")], (None, ("b: gone",))),
        ([("a", "passed"), ("a", "skipped", "Docker is off")], (True, ())),
        ([("a", "skipped", "gone")], (None, ("a: gone",))),
        ([("a", "passed"), ("a", "failed", "is 2\nand not 3")], (False, ("a: is 2 and not 3",))),
        ([("a", "failed", "no connection", "setup")], (None, ("a: no connection",))),
        ([("a", "passed"), ("a", "failed", "could not be looked at: gone")], (None, ("a: could not be looked at: gone",))),
        ([("a", "failed", "is 2"), ("b", "failed", "gone", "setup")], (False, ("a: is 2", "b: gone"))),
        ([("a", "passed", "", "setup")], (None, ("nothing is declared that can be looked up",))),
        ([("a", "failed", "\x1b[31m")], (False, ("a: \\x1b[31m",))),
        ([("a", "failed", "x" * 999)], (False, ("a: " + "x" * 300 + "…",))),
    ],
)
def test_what_was_found_comes_to_one_word(reports, expected):
    findings = Findings("LT-1")
    for one in reports:
        findings.pytest_runtest_logreport(report(*one))
    verdict = findings.verdict(0)
    assert (verdict.found, verdict.said) == expected


def test_many_lines_are_counted():
    findings = Findings("LT-1")
    for number in range(80):
        findings.pytest_runtest_logreport(report(f"s{number}", "failed", "no"))
    assert findings.verdict(1).said[-2:] == ("s49: no", "and 30 more")


def test_a_look_that_broke_off_has_seen_nothing():
    verdict = Findings("LT-1").verdict(3)
    assert verdict.found is None
    assert "came to no end" in verdict.said[0]
