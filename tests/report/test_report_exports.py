"""What other programs read: no cell is a formula, and every report is XML."""

import csv
import io
from xml.etree import ElementTree as ET

import pytest
from support.fleet_results import document

from pyinfra_wsl.report import exports

RUN = {"id": "7f3a", "ended": "2026-11-21T10:00:00+00:00", "holder": "ada@control"}


def rows(*documents):
    return list(csv.DictReader(io.StringIO(exports.csv_table(documents))))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "\r=1", "  =1", "＝1", "＋1", "－1", "＠x", "\n=1",
        "\u00a0=1", "\u3000=1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["host", "groups", "cause", "remedy"])
def test_no_cell_is_a_formula(text, place):
    failure = ("wsl", text if place == "cause" else "c", text if place == "remedy" else "r", "x")
    one = document(text if place == "host" else "LT-1", RUN, groups=[text] if place == "groups" else [], failures=[failure])
    for row in rows(one):
        for name, cell in row.items():
            assert not cell.strip("\t\r\n \u00a0\u3000").startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")), name


def test_each_thing_that_is_told_is_a_row():
    one = document(
        "LT-1", RUN, groups=["a", "b"], outcome="failed", failures=[("wsl", 'it says "no", twice', "do", "X_Y")],
        deferred=[("wslconfig", "s", "user logon", "nobody")], changes=[("wsl", "WSL 1 → 2")],
    )  # fmt: skip
    found = rows({**one, "not_reached": ["Restart"], "warnings": [{"resource": "wsl", "text": "old"}]}, document("LT-2", RUN))
    assert [(row["host"], row["kind"], row["text"], row["next"]) for row in found] == [
        ("LT-1", "failure", 'it says "no", twice', "do"),
        ("LT-1", "deferred", "s: nobody", ""),
        ("LT-1", "not reached", "Restart", "run again"),
        ("LT-1", "note", "old", ""),
        ("LT-1", "change", "WSL 1 → 2", ""),
        ("LT-2", "", "", ""),
    ]
    assert found[0]["groups"] == "a b"
    assert (found[0]["code"], found[1]["waits_for"]) == ("X_Y", "user logon")


def test_a_line_of_a_laptop_is_no_row_of_ours():
    assert len(rows(document("LT-1\r\nLT-2,a", RUN))) == 1


def test_junit_counts_failed_waiting_and_unfinished_hosts():
    found = exports.junit(
        [
            document("LT-1", RUN),
            document("LT-2", RUN, outcome="failed", failures=[("wsl", "<c> & \x1b[31m]]>", "do", "X")]),
            document("LT-3", RUN, outcome="deferred", deferred=[("wsl", "s", "reboot", "r")]),
            document("LT-4\x00\ud800", RUN, outcome="offline", failures=[("connection", "no answer", "look", "offline")]),
            {**document("LT-5", RUN, outcome="unfinished"), "not_reached": ["Restart"]},
            document("LT-6", RUN, outcome="not looked at"),
        ],
        "results/x",
    )
    suites = ET.fromstring(found)  # noqa: S314 - written by us
    assert {name: suites.get(name) for name in ("tests", "failures", "skipped", "errors")} == {
        "tests": "6", "failures": "4", "skipped": "1", "errors": "0",
    }  # fmt: skip
    cases = {case.get("name"): [(one.tag, one.get("message"), one.text) for one in case] for case in suites.iter("testcase")}
    assert cases["LT-1"] == []
    assert cases["LT-2"] == [("failure", r"<c> & \x1b[31m]]>", "<c> & \\x1b[31m]]>\nNext: do")]
    assert cases["LT-3"] == [("skipped", "waits for reboot", None)]
    assert cases[r"LT-4\x00\ud800"][0][:2] == ("failure", "no answer")
    assert cases["LT-5"] == [("failure", "not reached: Restart", "not reached: Restart")]
    assert cases["LT-6"][0][:2] == ("failure", "not looked at")
