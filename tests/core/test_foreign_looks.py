"""A resource of another distribution that asks what cannot be asked: it alone is unusable, and fails by its name."""

import re
from dataclasses import dataclass
from datetime import date

import pytest
from support.lab_laptop import LabLaptop

from pyinfra_wsl.agent import source
from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import VERBS, Call
from pyinfra_wsl.core.windows import look
from pyinfra_wsl.core.windows.resource import WindowsResource
from pyinfra_wsl.edge.laptop import resources
from pyinfra_wsl.resources.wsl import state as wsl


@dataclass(frozen=True)
class Corp:
    values: int | None = None


@dataclass(frozen=True)
class Rests:
    values: int | None = None


ITSELF = {}
ITSELF["a"] = ITSELF
CALLS = {
    "bytes": Call("run", {"exe": b"x"}),
    "a date": Call("registry.read", {"key": date(2026, 1, 2)}),
    "an object": Call("run", {"exe": object()}),
    "a circle": Call("run", {"exe": "x", "environment": ITSELF}),
    "no number": Call("run", {"exe": "x", "timeout": float("nan")}),
    "a verb that is none": Call("registry.scan", {"key": "HKLM"}),
    "a verb that is no text": Call(7, {}),
    "a time that is none": Call("run", {"exe": "x", "timeout": "soon"}),
    "a time without end": Call("run", {"exe": "x", "timeout": float("inf")}),
    "a time before": Call("run", {"exe": "x", "timeout": -5}),
    "no call": {"verb": "run"},
}
QUESTIONS = {"machine": (), "profile": (None,), "files": (None,), "session": (None,)}


@pytest.fixture(scope="module")
def lab_laptop():
    return LabLaptop()


def corp(**more):
    shown = {"name": "corp", "words": "Corp's", "system": "windows", "want": dict, "state": Corp, "whose": "machine"}
    return WindowsResource(**{**shown, "read": lambda _answers, _laptop: Corp(1), **more})


def rests(*on):
    return corp(name="rests", state=Rests, needs=frozenset(on), read=lambda _answers, _laptop: Rests(1))


def seen(lab_laptop, *foreign):
    known = (*resources(), *foreign)
    raw = lab_laptop.drive(look.look(known, lab_laptop.next_run, lab_laptop.target))
    found = look.read(known, lab_laptop.target, raw, r"LT-1\fleet-admin", "en-US")
    return found, look.keep(known, raw, found, None)


def own_goes_on(found):
    assert not {one.name for one in resources()} & found.faults.keys()
    assert found.of(wsl.State).version == "2.6.1.0"


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("asked", CALLS.values(), ids=CALLS)
def test_what_cannot_be_asked_ends_that_resource_alone(lab_laptop, question, asked):
    found, _kept = seen(lab_laptop, corp(**{question: lambda *_about: {"own": asked}}))
    own_goes_on(found)
    assert found.of(Corp) == Corp()
    assert f"its {question} asks " in found.faults["corp"]


@pytest.mark.parametrize(
    "answer", [None, 7, [call.file_state("C:\\x")], {7: call.file_state("C:\\x")}, {"a.b": call.file_state("C:\\x")}]
)
def test_what_is_no_mapping_of_names_ends_that_resource_alone(lab_laptop, answer):
    found, _kept = seen(lab_laptop, corp(machine=lambda: answer))
    own_goes_on(found)
    assert "corp" in found.faults


def test_what_rests_on_it_fails_with_it_and_says_why(lab_laptop):
    found, _kept = seen(lab_laptop, corp(machine=lambda: {"own": CALLS["bytes"]}), rests("corp"))
    own_goes_on(found)
    assert found.faults["rests"] == "LookupError: it needs corp, which cannot be read"
    assert found.of(Rests) == Rests()


def test_what_it_keeps_is_not_asked_for_where_it_cannot_be_read(lab_laptop):
    def kept(_laptop, _before):
        raise AssertionError

    found, _kept = seen(lab_laptop, corp(machine=lambda: {"own": CALLS["bytes"]}, kept=kept))
    assert "corp" in found.faults


def test_one_that_asks_rightly_is_read(lab_laptop):
    found, _kept = seen(lab_laptop, corp(machine=lambda: {"own": call.file_state(r"C:\x")}), rests("corp"))
    assert (found.of(Corp), found.of(Rests), dict(found.faults)) == (Corp(1), Rests(1), {})


def test_the_verbs_are_those_of_the_agent():
    table = re.search(r"^\$verbs = @\{(.*?)^\}", source().decode(), re.MULTILINE | re.DOTALL)[1]
    assert set(re.findall(r"'([a-z.]+)' = ", table)) == VERBS
