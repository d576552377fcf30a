"""``--no-wait``: no laptop waits for another, and what is said of each is what is said where they wait."""

import json
import re
import socket
import threading
import time

import pytest
from stage import BIN, ROOT

SCENARIOS = {
    "LT_EN": "fresh-en", "LT_DRIFT": "drifted", "LT_AWAY": "user-logged-off", "LT_OFF": "offline",
    "LT_VIRT": "virtualization-off", "LT_DONE": "converged", "LT_HALF": "half-import",
}  # fmt: skip
FACTS = ("outcome", "changes", "deferred", "failures", "warnings", "not_reached", "requests", "restarts")
FAILING = """
from pyinfra import host
from pyinfra.operations import python
def fails():
    if host.name == "LT-A":
        raise ValueError("this one fails")
for name in ("first", "second", "third"):
    python.call(name=name, function=fails)
"""


def facts(rehearsal):
    found = {}
    for name, one in rehearsal.results().items():
        found[name] = {key: one[key] for key in FACTS if key in one}
        for change in found[name]["changes"]:
            change.pop("seconds", None)
    return json.loads(re.sub(r"127\.0\.0\.1:\d+", "PORT", json.dumps(found)))


@pytest.fixture(scope="module")
def both(make_rehearsal):
    """Return what two labs that are the same say, one with a run that waits."""
    found = []
    for words in ((), ("--no-wait",)):
        rehearsal = make_rehearsal(**SCENARIOS)
        done = rehearsal.converge(*words)
        found.append((done, facts(rehearsal)))
        again = rehearsal.converge(*words)
        found.append((again, facts(rehearsal)))
    return found


@pytest.mark.parametrize("number", [0, 1])
def test_each_laptop_is_told_of_as_where_they_wait(both, number):
    waited, waits_not = both[number], both[number + 2]
    assert waited[1] == waits_not[1]
    assert waited[0].returncode == waits_not[0].returncode == 1
    assert "Traceback" not in waits_not[0].stdout + waits_not[0].stderr


def test_the_start_of_an_operation_is_told_once(both):
    said = [line for line in (both[2][0].stdout + both[2][0].stderr).splitlines() if "Starting operation" in line]
    assert len(said) == len(set(said)) > 5


@pytest.fixture(scope="module")
def slow(make_stage):
    return make_stage(LT_A="converged", LT_B="converged", LT_SLOW="converged")


@pytest.mark.parametrize("words", [(), ("--fail-percent", "10"), ("--fail-percent", "90")])
def test_who_fails_has_failed_and_others_go_on_unless_too_many_have(slow, words):
    (slow.folder / "failing.py").write_text(FAILING)
    done = slow.pyinfra("failing.py", "-y", "--no-wait", *words)
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "Error in operation" not in said  # as greenlet's traceback has it
    assert said.count("Unexpected error in Python callback") == 1
    assert ("Over 10" in said) == (words[-1:] == ("10",))
    if words[-1:] != ("10",):
        assert said.count("[LT-B]") >= 3 + 1


def given_up(mute, ended):
    """Take a connection without a word, and note when it is given up."""
    with mute.accept()[0] as held:
        while held.recv(4096):
            pass
    ended["mute"] = time.monotonic()


def test_a_slow_laptop_and_one_that_says_nothing_hold_up_nobody(slow):
    mute = socket.create_server(("127.0.0.1", 0))
    ended = {}
    listener = threading.Thread(target=given_up, args=(mute, ended), daemon=True)
    listener.start()
    slow.stage.machine("LT-SLOW").faults.late = 4.0
    port, path = mute.getsockname()[1], slow.folder / "inventory" / "mute.py"
    changed = f"\nall = [(name, data | ({{'ssh_port': {port}}} if name.endswith('LT-B') else {{}})) for name, data in all]\n"
    path.write_text((slow.folder / "inventory" / "lab.py").read_text() + changed)
    machines = {name: slow.stage.machine(name) for name in ("LT-A", "LT-SLOW")}
    for name, machine in machines.items():
        machine.faults.lie = lambda answer, name=name: ended.update({name: time.monotonic()}) or answer
    try:
        done = slow.call(BIN / "pyinfra", "inventory/mute.py", ROOT / "deploy.py", "-y", "--no-wait")
    finally:
        machines["LT-SLOW"].faults.late = 0.0
        for machine in machines.values():
            machine.faults.lie = None
        listener.join(30)
        mute.close()
    results = slow.results()
    outcomes = {name: one["outcome"] for name, one in results.items()}
    assert outcomes == {"LT-A": "converged", "LT-SLOW": "converged", "LT-B": "offline"}
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert ended["LT-A"] < min(ended["LT-SLOW"], ended["mute"])
