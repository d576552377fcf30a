"""Results and table: whatever was noted, of every host, and bounded."""

import dataclasses
import io
import json
import math

import jsonschema
import pytest
from rich.console import Console
from support.laptops import laptop

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.data import schema
from pyinfra_wsl.edge.laptop import resources
from pyinfra_wsl.report import reading, results, summary
from pyinfra_wsl.report.journal import Journal
from pyinfra_wsl.report.plain import LONGEST, plain

RUN = {"id": "7f3a", "ended": "2026-11-21T10:00:00+00:00", "holder": "ada@control"}
SPENT = {"processes": 1, "requests": 2, "restarts": 0}


def document(name="LT-1", **noted):
    found = results.document(name, RUN, Journal(**noted), SPENT)
    jsonschema.validate(found, schema("result"))
    return found


def printed(*documents):
    out = io.StringIO()
    console = Console(file=out, width=200, highlight=False, markup=False, emoji=False)
    summary.print_table(documents, console)
    summary.print_totals(documents, "results/[x]", console)
    return out.getvalue()


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


FAILED, WAITS = ("wsl", Failure("a", "b", "c")), ("wsl", Deferred("a", "reboot", "b"))


@pytest.mark.parametrize(
    ("noted", "outcome"),
    [
        ({}, "not looked at"),
        ({"left": ()}, "not looked at"),
        ({"left": ("Restart",)}, "not looked at"),
        ({"begun": True}, "unfinished"),
        ({"begun": True, "left": ("Restart",)}, "unfinished"),
        ({"begun": True, "left": ("Restart",), "waiting": [WAITS]}, "unfinished"),
        ({"begun": True, "left": ()}, "converged"),
        ({"begun": True, "left": (), "unproved": [("docker_integration", "Docker answers")]}, "converged"),
        ({"begun": True, "left": (), "waiting": [WAITS]}, "deferred"),
        ({"begun": True, "left": (), "waiting": [WAITS], "failures": [FAILED]}, "failed"),
        ({"failures": [FAILED]}, "failed"),
        ({"offline": Failure("a", "b")}, "offline"),
        ({"begun": True, "left": (), "offline": Failure("a", "b"), "failures": [FAILED]}, "offline"),
    ],
)
def test_converged_is_earned(noted, outcome):
    assert document(**noted)["outcome"] == outcome


def test_the_table_says_what_was_not_reached_and_what_is_not_proved():
    left = ("Restart | If pending", "WSL | Package", "A", "B", "C")
    text = printed(
        document(begun=True, left=left),
        document("LT-2", begun=True, left=(), unproved=[("docker_integration", "Docker answers inside Ubuntu")]),
        document("LT-3"),
    )
    assert "LT-1  unfinished     no change" in text
    assert "not reached: Restart | If pending, WSL | Package, A and 2 more" in text
    assert "not proved: Docker answers inside Ubuntu" in text
    assert "LT-3  not looked at  nothing was carried out" in text
    assert "1 of 3 converged, 1 unfinished, 1 not looked at.  Results: results/[x]" in text


@pytest.mark.parametrize(
    "value",
    [
        "half \ud800", {"\udc00": "\ud800"}, 10**400, 10**5000, -(10**5000), math.inf, math.nan, b"\xff", {1, 2},
        {("a", 1): object()}, nested(500), "n" * 10**6,
        list(range(10**5)), {str(one): one for one in range(10**5)}, nested(100_000),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_whatever_was_found_can_be_written_and_read_again(tmp_path, value):
    good, odd = document("LT-GOOD", before={}), document("LT-ODD", before={"wsl": value})
    assert results.write([odd, good], tmp_path) == []
    again = {one["host"]: one for one in reading.read(tmp_path).documents}
    assert again["LT-GOOD"] == good
    assert json.loads(results.written(again["LT-ODD"])) == odd
    assert (tmp_path / "LT-ODD.json").stat().st_size < 4 * 10**6
    assert "Infinity" not in (tmp_path / "LT-ODD.json").read_text()


def test_half_a_character_comes_back_as_it_was(tmp_path):
    results.write([document(before={"name": "half \ud800 \udcff"})], tmp_path)
    assert reading.read(tmp_path).documents[0]["before"]["name"] == "half \ud800 \udcff"


def test_what_is_short_stays_as_it_is():
    value = {"a": [1, 2.5, True, None, "text"], "b": {"c": "n" * LONGEST}}
    assert plain(value) == value


def test_hosts_whose_names_are_one_file_have_two(tmp_path):
    results.write([document("a/b"), document("a_b"), document("A_B")], tmp_path)
    assert {one["host"] for one in reading.read(tmp_path).documents} == {"a/b", "a_b", "A_B"}


def test_a_host_that_cannot_be_written_is_named_and_the_others_are_written(tmp_path):
    problems = results.write([document("bad\0name"), document("n" * 300), document("LT-GOOD")], tmp_path)
    assert [problem.partition(":")[0] for problem in problems] == ["bad\0name", "n" * 300]
    assert [one["host"] for one in reading.read(tmp_path).documents] == ["LT-GOOD"]


def test_a_long_word_of_a_laptop_does_not_fill_the_terminal():
    text = printed(document(failures=[("wsl", Failure("n" * 10**6, "run again"))]))
    assert len(text) < 10_000
    assert "Next: run again" in text


def test_a_result_of_an_earlier_version_can_be_shown(tmp_path):
    old = {
        key: value
        for key, value in document(begun=True, left=()).items()
        if key not in ("not_proved", "not_reached", "groups", "resources")
    }
    (tmp_path / "x.json").write_text(json.dumps(old))
    assert "1 of 1 converged" in printed(*reading.read(tmp_path).documents)


def test_a_resource_that_cannot_be_shown_is_no_reason_to_stop():
    def broken(_state):
        raise RecursionError("too deep")

    first, *others = resources()
    found = results.before([dataclasses.replace(first, show=broken), *others], laptop())
    assert found[first.name] == "cannot be shown (RecursionError)"
    assert set(found) >= {one.name for one in others}


def test_what_several_things_wait_for_is_said_once():
    waiting = [("wsl", Deferred(sentence, "user logon", "nobody is there")) for sentence in ("first", "second")]
    text = printed(document(begun=True, left=(), waiting=[*waiting, ("wsl", Deferred("third", "reboot", "later"))]))
    assert "first; second: waits for user logon (nobody is there)" in text
    assert "third: waits for reboot (later)" in text


def test_a_result_says_what_is_declared_as_far_as_it_is_known():
    journal = Journal(begun=True, left=())
    for words in ("WSL", "WSL", "distributions"):
        journal.began(words.lower(), words)
    journal.knows("wsl")
    journal.knows("distributions")
    found = results.document("LT-1", RUN, journal, SPENT, ["b", "a"])
    jsonschema.validate(found, schema("result"))
    assert found["groups"] == ["b", "a"]
    assert found["resources"] == {
        "wsl": {"words": "WSL", "known": False},
        "distributions": {"words": "distributions", "known": True},
    }
