"""A rollout on a report's page: its rings and gates over time, whatever lies in the folders of its results."""

import json
import re
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import fleet_results
from support.rollout_standings import NOW, events, laptop, many, rings, snapshot, usual
from test_report_page import HOSTILE, RUN, Reader

from pyinfra_wsl.cli.report import report
from pyinfra_wsl.report import course, page
from pyinfra_wsl.rollout.gate import Verdict
from pyinfra_wsl.rollout.model import Gate, Ring
from pyinfra_wsl.rollout.watch import page as watched
from pyinfra_wsl.rollout.watch import waits
from pyinfra_wsl.rollout.watch.happened import Happened


@pytest.fixture(autouse=True)
def _known(monkeypatch):
    monkeypatch.setattr(waits.gate, "judge", lambda *_: Verdict(False, False, ("6 of 11 are not converged",), ""))


def kept(folder, one=None, happened=()):
    """Leave the course of a rollout in a folder and read it."""
    assert watched.write(folder, one or usual(), happened or events(), NOW) == ""
    return course.read(folder)


def made(*rollouts):
    document = fleet_results.document("LT-1", RUN)
    return page.made([document], [(Path("r"), [document])], "results/r", (), rollouts).decode()


def test_the_course_is_read_as_it_was_written(tmp_path):
    found = kept(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["rollout.course"]
    assert (found.name, found.stage, found.inventory) == ("7f3a9c21", "running", "inventory/laptops.py")
    pilot, early, rest = found.rings
    assert (pilot.passed, pilot.percent, early.percent, rest.opened) == (NOW - timedelta(hours=1), 100, 45, None)
    assert pilot.gate == "100 % converged and verified, no new kind of failure, a person's word"
    assert early.waits[0] == "its gate: 6 of 11 are not converged"
    assert [many for _, many in early.points][-3:] == [0, 5, 5]
    assert [many for when, many in pilot.points if when < NOW - timedelta(hours=2)][-1] == 0
    assert pilot.points[-1] == (NOW, 4)
    assert [row.kind for row in found.rows] == ["begun", "opened", "ready", "approved", "passed", "opened"]


def test_a_gate_is_told_in_words():
    gate = Gate(0.955, verify=False, new_failures=False, wait=timedelta(minutes=90))
    assert watched.words(gate) == "95.5 % converged, all of it for 1.5 h"
    assert watched.words(replace(gate, wait=timedelta(minutes=30))).endswith("for 30 min")


def test_what_came_to_its_end_ends_there(tmp_path):
    ended = replace(usual(), stage="ended")
    assert kept(tmp_path, ended, [*events(), Happened(NOW - timedelta(minutes=30), "ended", None, "")]).until == NOW - timedelta(
        minutes=30
    )


def test_rings_and_gates_are_tables_beside_their_bars(tmp_path):
    text = made(kept(tmp_path))
    words = re.sub(r"\s+", " ", "".join(Reader(text).text))
    assert "Rings and their gates over time" in words
    assert "2026-11-27 14:30" in words, "when the gate of pilot was passed"
    assert "early its gate: 6 of 11 are not converged" in words
    assert "What happened (6)" in words
    assert '<a href="#/rollout">Rollout</a>' in text
    assert (
        text.count('<svg class="lane"')
        == text.count('aria-hidden="true"><rect class="rest"') - text.count('<svg class="bar')
        == 3
    )
    assert re.search(r'<line class="gate" x1="66.667" x2="66.667"', text), "two of three hours after the beginning"


def test_a_report_without_a_rollout_knows_nothing_of_one():
    assert not re.search("rollout|lane", made())


def test_a_rollout_of_a_hundred_thousand_is_a_small_file(tmp_path):
    rows = [Happened(NOW, "note", None, "x" * 5000)] * 2000
    kept(tmp_path, many(100_000), rows)
    assert (tmp_path / "rollout.course").stat().st_size < 2**20
    assert len(course.read(tmp_path).rows) == 500


def test_a_rollout_without_laptops_or_rings_is_shown(tmp_path):
    for one in (snapshot(of=()), snapshot(), replace(usual(), begun=NOW), replace(usual(), begun=NOW + timedelta(hours=1))):
        assert "Rollout" in made(kept(tmp_path, one, [Happened(NOW, "begun", None, "")]))


def test_what_it_says_is_words(tmp_path):
    of = rings((1, None), of=(Ring(HOSTILE),))
    one = snapshot(
        laptop("1", 0, "failed", why=HOSTILE), of=of, name=HOSTILE, inventory=HOSTILE, holder=HOSTILE, why=HOSTILE, stage="paused"
    )
    text = made(kept(tmp_path, one, [Happened(NOW, HOSTILE, 0, HOSTILE)]))
    assert "<img" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text


WRONG = [
    None, [], {}, 5, {"rings": 5}, {"name": []}, {"begun": "yesterday"}, {"rings": [{}]}, {"rings": [[]]}, {"rows": [[]]},
    {"rows": [["2026-11-27T15:30:00", 1, 2, 3]]}, {"until": None}, {"rows": {"a": 1}},
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=json.dumps)
def test_what_is_no_course_is_named_and_the_others_are_told(tmp_path, wrong):
    (tmp_path / "good").mkdir()
    kept(tmp_path / "good")
    whole = json.loads((tmp_path / "good" / course.FILE).read_text())
    (tmp_path / "bad").mkdir()
    content = {**whole, **wrong} if isinstance(wrong, dict) and wrong else wrong
    (tmp_path / "bad" / course.FILE).write_text(json.dumps(content))
    found, (problem,) = course.all_of([tmp_path / "bad", tmp_path / "good", tmp_path / "none"])
    assert len(found) == 1
    assert problem.startswith("bad/rollout.course: ")


@pytest.mark.parametrize("ring", [{"counts": {"failed": -1}}, {"counts": {"failed": True}}, {"points": [[1, 2]]}, {"opened": 5}])
def test_a_ring_that_cannot_be_is_named(tmp_path, ring):
    kept(tmp_path)
    whole = json.loads((tmp_path / course.FILE).read_text())
    whole["rings"][0] |= ring
    (tmp_path / course.FILE).write_text(json.dumps(whole))
    with pytest.raises(ValueError, match="it is not the course of a rollout"):
        course.read(tmp_path)


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("2026-11-27T15:30:00")
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3))


@st.composite
def courses(draw, whole):
    """Return a course of which some values are others, anywhere in it."""
    found = json.loads(json.dumps(whole))
    for _ in range(draw(st.integers(1, 4))):
        place = found
        while isinstance(place, dict | list) and place:
            key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            if draw(st.booleans()) or not isinstance(place[key], dict | list):
                place[key] = draw(JSON)
                break
            place = place[key]
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_lies_there_is_a_page_or_a_sentence(data):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept(folder)
        path = folder / course.FILE
        path.write_text(json.dumps(data.draw(courses(json.loads(path.read_text())))))
        try:
            found = course.read(folder)
        except ValueError:
            return
        assert "Rollout" in made(found)


@pytest.mark.parametrize("content", [b"\xff", b"{", b"[" * 100_000, b" " * (9 * 2**20)], ids=["bytes", "cut", "deep", "large"])
def test_what_cannot_be_read_is_a_sentence(tmp_path, content):
    (tmp_path / course.FILE).write_bytes(content)
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says is shown as it is
        course.read(tmp_path)


def test_a_gate_that_was_passed_before_its_ring_was_opened_makes_a_page(tmp_path):
    kept(tmp_path)
    whole = json.loads((tmp_path / course.FILE).read_text())
    whole["rings"][0]["opened"] = None
    whole["rings"][1] |= {"opened": whole["until"], "passed": whole["begun"]}
    (tmp_path / course.FILE).write_text(json.dumps(whole))
    assert not re.search(r'width="-', made(course.read(tmp_path)))


def test_the_report_finds_rollouts_in_the_folders_of_its_runs(tmp_path, monkeypatch):
    folders = fleet_results.write(tmp_path / "results", 5, 4)
    kept(folders[1])
    kept(folders[3], replace(usual(), inventory="inventory/other.py", begun=NOW + timedelta(minutes=1)))
    (folders[2] / course.FILE).write_text("{")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(report, ["--html", "fleet.html"])
    assert done.exit_code == 0, done.output
    text = (tmp_path / "fleet.html").read_text()
    assert text.index("inventory/other.py") < text.index("inventory/laptops.py")
    assert f"{folders[2].name}/rollout.course: " in text
    assert "skipped" not in done.output


def test_a_host_of_that_name_keeps_its_result(tmp_path):
    kept(tmp_path)
    from pyinfra_wsl.report import reading, results  # noqa: PLC0415

    results.write([fleet_results.document(name, RUN) for name in ("rollout", "rollout.course")], tmp_path)
    assert course.read(tmp_path) is not None
    assert {one["host"] for one in reading.read(tmp_path).documents} == {"rollout", "rollout.course"}
    assert reading.read(tmp_path).problems == []


def test_what_keeps_it_from_being_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    says = watched.write(tmp_path / "file" / "run", usual(), events(), NOW)
    assert (
        says
        == f"{tmp_path}/file/run/rollout.course cannot be written: Not a directory. Next: look at its folder, space and rights"
    )
