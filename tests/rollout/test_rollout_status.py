"""``rollout status`` for people and for programs."""

import io
import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from rich.console import Console
from support.rollout_standings import HERE, NOW, events, laptop, many, rings, snapshot, usual

from pyinfra_wsl.data import schema
from pyinfra_wsl.report import course, results
from pyinfra_wsl.rollout.gate import Verdict
from pyinfra_wsl.rollout.model import Ring
from pyinfra_wsl.rollout.watch import status, waits
from pyinfra_wsl.rollout.watch.happened import Happened
from pyinfra_wsl.rollout.watch.sums import SHOWN

HOSTILE = "\x1b[2J\u202e\ud800LT\n"


@pytest.fixture(autouse=True)
def _known(monkeypatch):
    monkeypatch.setattr(waits.gate, "judge", lambda *_: Verdict(False, False, ("6 of 11 are not converged",), "1 is given up"))


def checked(one, happened=()):
    """Return the document as a program reads it; it is as its schema says."""
    found = json.loads(results.written(status.document(one, happened, NOW, HERE)))
    validator = Draft202012Validator(schema("rollout_status"), format_checker=FormatChecker())
    assert [error.message for error in validator.iter_errors(found)] == []
    return found


def told(one, happened=()):
    file = io.StringIO()
    status.print_status(one, happened, NOW, HERE, Console(file=file, width=100, highlight=False, markup=False))
    return file.getvalue()


def test_a_program_reads_how_it_stands():
    found = checked(usual(), events())
    assert (found["rollout"], found["stage"], found["held"]) == ("7f3a9c21", "running", True)
    assert found["laptops"] == {
        "all": 35, "converged": 9, "at work": 1, "due": 1, "deferred": 1, "offline": 1, "failed": 1, "given up": 1, "waiting": 20,
    }  # fmt: skip
    pilot, early, rest = found["rings"]
    assert pilot["gate"] == {"converged": 1, "verify": True, "new_failures": True, "approve": True, "wait_seconds": 0}
    assert (pilot["passed"], pilot["waits"]) == ("2026-11-27T14:30:00+00:00", [])
    assert early["next_try"] == {"offline": "2026-11-27T17:15:00+00:00", "deferred": "2026-11-27T16:45:00+00:00"}
    assert early["waits"][0] == "its gate cannot open any more: 1 is given up"
    assert early["waits"][-1].startswith("2 laptops failed or given up: ")
    assert (rest["opened"], rest["waits"]) == (None, ["opens after the gate of early"])
    assert found["failed"][0] == {"state": "failed", "why": "drive C: is full", "laptops": 1, "names": ["E-FULL"]}
    assert found["events"][-1] == {
        "time": "2026-11-27T14:30:00+00:00", "event": "opened", "ring": "early", "text": "early begins: 11 laptops",
    }  # fmt: skip


def test_every_state_is_told():
    assert set(SHOWN) == set(course.STATES) == set(schema("rollout_status")["$defs"]["laptops"]["properties"]) - {"all"}
    assert schema("rollout_status")["$defs"]["laptops"]["required"] == ["all", *SHOWN]


@pytest.mark.parametrize(
    "one",
    [
        snapshot(of=()),
        replace(usual(), stage="paused", why=HOSTILE, held=False),
        replace(usual(), stage="ended"),
        snapshot(laptop(HOSTILE, 0, "failed", why=HOSTILE), of=rings((1, None), of=(Ring(HOSTILE),)), holder=HOSTILE),
        many(600),
    ],
    ids=["nothing", "paused", "ended", "hostile", "many"],
)
def test_whatever_there_is_has_the_form(one):
    happened = [Happened(NOW, "note", 0, HOSTILE)] * 150 if one.rings else []
    assert len(checked(one, happened)["events"]) == min(len(happened), 100)
    text = told(one, happened)
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_people_read_which_laptops_failed_and_why():
    failed = [laptop(f"F-{n}", 1, "failed", why="drive C: is full") for n in range(8)]
    text = told(snapshot(*failed, laptop("G-1", 1, "given up", why="it never answered")))
    assert "8 × failed: drive C: is full\n      F-0, F-1, F-2, F-3, F-4 and 3 more\n" in text
    assert "1 × given up: it never answered\n      G-1\n" in text
    assert "laptops failed" not in text, "that is told below, with names"
    assert text.endswith("More of them: pyinfra-wsl report --failed\n")


def test_a_hundred_thousand_causes_are_a_short_document():
    one = snapshot(*(laptop(f"LT-{n}", 1, "failed", why=f"{n} is its own") for n in range(100_000)))
    found = checked(one)
    assert len(found["failed"]) == 100
    assert len(told(one).splitlines()) < 60
