"""A laptop of several people that pulls (``user: every``): in brief none is named, and what is one's is told of the run."""

import json
from types import SimpleNamespace

import jsonschema
import pytest

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.data import schema
from pyinfra_wsl.pull import told, work
from pyinfra_wsl.pull.accept import FRESH
from pyinfra_wsl.pull.values import Told
from pyinfra_wsl.report.journal import Journal
from pyinfra_wsl.report.written import Written

RUN = {"id": "7f3a", "ended": "2026-11-21T10:00:00+00:00", "holder": "pull on LT-1"}
ALICE, BO, GONE = "CORP\\alice", "CORP\\bo", "S-1-5-21-1-2-3-1104"


def noted():
    one = Journal(begun=True, left=())
    for name in (ALICE, BO, GONE):
        one.person = name
        one.own.before = Written.of({"user": {"account": name}})
        one.own.deferred("wslconfig", Deferred("memory", "user logon", f"{name} is logged off"))
    return one


def document(detail):
    session = SimpleNamespace(processes=1, requests=2, restarts=0, seen=None)
    says = Told("abcd", 1, FRESH, "deferred", detail=detail)
    return told.document("LT-1", RUN, SimpleNamespace(session=session, journal=noted()), says)


def test_in_brief_each_is_told_by_a_number_and_by_no_name():
    found = document("brief")
    jsonschema.validate(found, schema("result"))
    text = json.dumps(found)
    assert not [one for one in ("alice", "CORP", "S-1-5-21", '"bo"') if one in text]
    assert list(found["people"]) == ["user 1", "user 2", "user 3"]
    assert [one["person"] for one in found["deferred"]] == list(found["people"])
    assert found["deferred"][1]["reason"] == "user 2 is logged off"


def test_in_full_each_is_told_by_name():
    assert list(document("full")["people"]) == [ALICE, BO, GONE]


@pytest.mark.parametrize("person", ["", ALICE])
def test_a_push_at_work_is_no_failure_whomever_it_kept_waiting(person):
    one = noted()
    one.person = person
    one.own.failed("wsl_distro", Failure("ada@control works here", "wait", "locked"))
    assert work._outcome(SimpleNamespace(journal=one, restarts=False), FRESH) == "locked"
