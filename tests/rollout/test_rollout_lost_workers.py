"""Laptops of a lab by workers of which some are killed: each ends as its scenario says, and none is worked on twice at once."""

import json
import re
import sys
from itertools import cycle, islice
from pathlib import Path

import pytest
from support import rollout_control, rollout_journal

from pyinfra_wsl.lab.scenarios import SCENARIOS

MIX = "converged", "drifted", "user-logged-off", "virtualization-off", "offline", "half-import"
NAMES = {f"LT_{number:02}": scenario for number, scenario in enumerate(islice(cycle(MIX), 12))}


@pytest.fixture(scope="module")
def tried(make_stage):
    """Return the lab after a rollout by two workers of which one was killed alone, and one with all it had started."""
    rehearsal, told = make_stage(**NAMES), "told.json"
    with rollout_journal.kept() as journal:
        about = {"workers": 2, "shard": 2, "kill": [[2, False], [4, True]], "told": told}
        done = rehearsal.call(sys.executable, Path(rollout_control.__file__), json.dumps(about))
        assert done.returncode == 0, done.stdout + done.stderr
        assert not done.stdout + done.stderr  # nothing of distributed is shown
    return rehearsal, json.loads((rehearsal.folder / told).read_text()), journal


def test_every_laptop_ends_as_its_scenario_says(tried):
    documents = tried[1]["documents"]
    wrong = {
        name: (scenario, documents[name]["outcome"], documents[name]["failures"])
        for name, scenario in ((one.replace("_", "-"), scenario) for one, scenario in NAMES.items())
        if documents[name]["outcome"] not in {SCENARIOS[scenario].expect.result, SCENARIOS[scenario].then.result}
    }
    assert wrong == {}
    assert len(documents) == len(NAMES)
    assert tried[1]["twice"] == []


def test_workers_were_lost_in_the_middle(tried):
    assert len(tried[1]["killed"]) == 2
    assert tried[1]["lost"]
    assert all(re.search(r"is (gone: |no longer among)", one) for one in tried[1]["lost"])


def test_none_was_worked_on_twice_at_once(tried):
    _, told, journal = tried
    assert journal.at_once() == []
    reached = {name for name, one in told["documents"].items() if one["outcome"] != "offline"}
    assert {one.laptop for one in journal.works} >= reached


def test_a_lab_that_is_worked_on_twice_at_once_would_be_seen():
    journal = rollout_journal.Journal()
    journal.works = [rollout_journal.Work("a", "x", 1, 3), rollout_journal.Work("a", "y", 2, 4)]
    assert journal.at_once() == [tuple(journal.works)]
    journal.works[1].begun = 3.5
    assert journal.at_once() == []
