"""What a laptop without a change costs the control process, counted in calls: they are the same on every machine."""

import json
import sys

import pytest
from stage import ROOT

ASKED = {
    "asked": ("pyinfra_wsl.core.windows.reading", "calls"),
    "read": ("pyinfra_wsl.core.windows.reading", "_look_at"),
    "shown": ("pyinfra_wsl.report.results", "found"),
    "checked": ("pyinfra_wsl.edge.door", "_checked"),
    "foreseen": ("pyinfra_wsl.core.windows.outlook", "_sorted"),
    "woken": ("paramiko.packet", "_check_keepalive"),
    "written": ("json.encoder", "encode"),
    "data": ("pyinfra.api.host", "dict"),
}
PROFILE = f"""
import cProfile, json, pstats, atexit
from collections import Counter
from pyinfra_cli.main import main

profile, asked = cProfile.Profile(), {ASKED!r}

def end():
    profile.disable()
    found = Counter()
    for (file, _line, function), (_primitive, calls, *_seconds) in pstats.Stats(profile).stats.items():
        found["all"] += calls
        for word, (module, name) in asked.items():
            found[word] += calls if name == function and file.endswith(module.replace(".", "/") + ".py") else 0
    open("counted.json", "w").write(json.dumps(found))

atexit.register(end)
profile.enable()
main()
"""


@pytest.fixture(scope="module")
def cost(make_stage):
    """Return how often what was called for each laptop more."""
    rehearsal = make_stage(**{f"LT_{name}": "converged" for name in ("A", "B", "C")})
    assert rehearsal.converge().returncode == 0  # which may find that something is to be noted

    def counted(*arguments):
        done = rehearsal.call(sys.executable, "-c", PROFILE, "inventory/lab.py", ROOT / "deploy.py", "-y", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        assert {one["requests"] for one in rehearsal.results().values()} == {2}
        return json.loads((rehearsal.folder / "counted.json").read_text())

    one, three = counted("--limit", "LT-A"), counted()
    return {word: (three[word] - one[word]) / 2 for word in three}


@pytest.mark.parametrize(
    ("what", "most"),
    [
        ("asked", 84),  # questions of sixteen resources, of which that to the machine is the same for all laptops
        ("read", 20),  # nine resources, some before the second request, one again for what its first look woke
        ("shown", 1),
        ("checked", 0),  # what the first laptop declares
        ("foreseen", 0),  # only for who changes anything
        ("written", 175),  # calls, each once
        ("data", 15),  # ten operations
    ],
)
def test_what_is_asked_read_and_written_is_so_once(cost, what, most):
    assert cost[what] <= most, cost


def test_a_connection_that_is_silent_sleeps(cost):
    assert cost["woken"] < 10, cost


def test_the_whole_of_a_laptop_is_less_than_it_was(cost):
    """It was 94,000 calls."""
    assert cost["all"] < 42_000, cost
