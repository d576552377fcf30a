"""Every answer of a look in the place of which garbage may stand: that laptop fails, with a cause that names what it was asked.

The answers are a lab laptop's to the requests of a real session; garbage is put into the agent's line, one field at a time.
"""

import base64
import json
import re

import pytest
from pyinfra.api import Config, Inventory, State
from support.lab_laptop import LabLaptop

from pyinfra_wsl import agent
from pyinfra_wsl.agent.channel import Channel
from pyinfra_wsl.connectors.command import LookCommand
from pyinfra_wsl.connectors.session import Session
from pyinfra_wsl.core import shape
from pyinfra_wsl.core.call import VERBS, Call
from pyinfra_wsl.core.windows.laptop import Target
from pyinfra_wsl.edge.laptop import resources
from pyinfra_wsl.report.journal import journal

LONGEST = 1500
"""Characters of a failure, however long the garbage is."""
MISSING = object()
GARBAGE = {
    "null": None, "a number": 7, "true": True, "a list": [1, "a"], "a mapping": {"a": {"b": 1}}, "NULs": "\0" * 1000,
    "nothing": "", "much": "A" * 2_000_002, "orders": "\x1b[2J\r\n%", "missing": MISSING,
}  # fmt: skip
PYTHON = re.compile(r"\b[A-Z]\w*(Error|Exception|Iteration)\b|Traceback|NoneType|object has no|\{'|\['|: '\w+'|invalid literal")
"""Words of Python's own, and of its values."""
EACH = pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)


class Wire:
    """An agent whose answers are changed on their way; what was answered once is answered again."""

    laptop = LabLaptop()
    kept: dict[int, list] = {}  # noqa: RUF012 - by the number of the request

    def __init__(self, change):
        process = self.laptop.agent.process.pid
        self.change, self.lines = change, []
        hello = {"protocol": agent.PROTOCOL, "powershell": "5.1", "user": "fleet-admin", "domain": "LT-1", "computer": "LT-1",
                 "bits": 64, "culture": "en-US", "process": process}  # fmt: skip
        self.hello = json.dumps({"hello": hello}).encode()

    def write(self, data):
        if data.startswith(b"{"):
            self.lines.append(json.loads(data))

    def read_line(self, _seconds):
        if not self.lines:
            return self.hello
        asked = self.lines[-1]
        if asked["id"] not in self.kept:
            self.kept[asked["id"]] = self.laptop.loop.run_until_complete(self.laptop.agent.answer(json.dumps(asked)))["results"]
        results = json.loads(json.dumps(self.kept[asked["id"]]))
        self.change(asked["id"], asked["calls"], results)
        return json.dumps({"id": asked["id"], "results": results}).encode()

    def last_words(self):
        return ""

    def close(self):
        pass


@pytest.fixture
def host():
    return next(iter(State(Inventory((["@local"], {})), Config()).inventory))


def looked(host, change):
    """Look with changed answers; return whether it succeeded, the failures and the laptop that was seen."""
    session = Session(lambda: Channel(Wire(change)), lambda: None, "7f3a", "ada", lambda _line: None)
    journal(host).failures.clear()
    succeeded, _output = LookCommand(resources(), Target("console", ()), None, 600).attempt(session, host)
    return succeeded, [failure for _, failure in journal(host).failures], session.seen


def recorded(host):
    """Return the requests of an honest look: calls and answers of each."""
    found = {}
    succeeded, failures, seen = looked(host, lambda number, calls, results: found.update({number: (calls, results)}))
    assert (succeeded, failures, dict(seen.faults)) == (True, [], {})
    return found


def places(answers):
    """Yield the way to each field that the agent itself names, of each verb's answers of a kind once."""
    seen = set()
    for number, (calls, results) in answers.items():
        for place, (call, result) in enumerate(zip(calls, results, strict=True)):
            names = list(result.get("value", ()))
            for way in ((), ("ok",), ("value",), *(("value", name) for name in names)):
                kind = (call["verb"], tuple(names), way)
                if kind not in seen:
                    seen.add(kind)
                    yield call["verb"], (number, place, *way)


def put(results, way, garbage):
    holder, last = results, way[-1]
    for step in way[:-1]:
        holder = holder[step]
    if garbage is MISSING and isinstance(holder, dict):
        del holder[last]
    else:
        holder[last] = None if garbage is MISSING else garbage


def is_told_well(failures):
    for failure in failures:
        assert failure.cause.strip()
        assert len(failure.said) < LONGEST
        assert not PYTHON.search(failure.said), failure.said
        assert failure.said.isprintable()
        assert failure.remedy
        assert "administrator" not in failure.remedy


@EACH
def test_each_field_of_each_answer_may_be_garbage(host, garbage):
    verbs, failed = set(), 0
    for verb, (number, *way) in places(recorded(host)):
        succeeded, failures, _seen = looked(
            host,
            lambda asked, _calls, results: put(results, way, garbage) if asked == number else None,  # noqa: B023
        )
        assert succeeded == (not failures)
        is_told_well(failures)
        if failures:
            assert any(verb in failure.cause or "machine" in failure.cause for failure in failures), failures
        elif not isinstance(garbage, dict) and garbage is not True:  # which may be an answer
            assert way[-1] not in ("ok", "value"), (verb, way)
        verbs.add(verb)
        failed += bool(failures)
    assert verbs >= {"registry.read", "cim.get", "run", "file.read"}
    assert failed > 15


@EACH
def test_an_error_may_be_garbage(host, garbage):
    for field in ("kind", "message", None):

        def spoil(_number, _calls, results, field=field):
            error = {"kind": "failed", "message": "no"}
            if field is None:
                error = garbage if garbage is not MISSING else None
            else:
                put(error, (field,), garbage)
            results[:] = [{"ok": False, "error": error}] * len(results)

        _succeeded, failures, _seen = looked(host, spoil)
        is_told_well(failures)


@EACH
def test_what_the_person_answers_may_be_garbage(host, garbage):
    """Their session's answers lie in the reply, a file that they may write."""
    tried = 0
    found = recorded(host)
    number, place, reply = next(
        (number, place, json.loads(base64.b64decode(result["value"]["data"])))
        for number, (calls, results) in found.items()
        for place, (call, result) in enumerate(zip(calls, results, strict=True))
        if call["verb"] == "file.read" and call["path"].endswith("reply.json")
    )
    for one, result in enumerate(reply["results"]):
        for way in (("results",), ("results", one), *(("results", one, "value", name) for name in result.get("value", ()))):

            def spoil(asked, _calls, results, way=way):
                if asked == number:
                    said = json.loads(json.dumps(reply))
                    put(said, way, garbage)
                    results[place]["value"]["data"] = base64.b64encode(json.dumps(said).encode() + b"\n").decode()

            succeeded, failures, seen = looked(host, spoil)
            is_told_well(failures)
            if succeeded:
                assert not [one for one in seen.faults.values() if "Error" not in one]
            tried += 1
    assert tried > 5


def test_every_verb_has_its_shape():
    honest = {"exists": False}
    for verb in VERBS:
        asked = Call(verb, {"path": r"C:\x"})
        with pytest.raises(shape.ShapeError, match=re.escape(f"its answer to {verb} C:\\x has a value that is no object")):
            shape.answer(asked, {"ok": True, "value": []})
        with pytest.raises(shape.ShapeError, match="no word about success"):
            shape.answer(asked, {"value": honest})
