"""What a look asks and reads once, however many resources want it: a laptop's time and ours go into what differs."""

from collections import Counter
from dataclasses import dataclass, field

import pytest
from support.lab_laptop import LabLaptop

from pyinfra_wsl.core import call
from pyinfra_wsl.core.talk import drive
from pyinfra_wsl.core.windows import look
from pyinfra_wsl.core.windows.reading import by_part
from pyinfra_wsl.core.windows.resource import WindowsResource, having
from pyinfra_wsl.core.windows.user import Task
from pyinfra_wsl.edge.laptop import resources

ENVIRONMENT = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
KEY = call.registry_read(ENVIRONMENT)


@dataclass(frozen=True)
class One:
    told: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Other:
    told: dict = field(default_factory=dict)


@pytest.fixture
def lab_laptop():
    return LabLaptop()


def corp(state, **asked):
    return WindowsResource(
        name=state.__name__.lower(), words="Corp's", system="windows", want=dict, state=state, whose="machine",
        machine=lambda: asked, read=lambda answers, _laptop: state(dict(answers.own)),
    )  # fmt: skip


def seen(lab_laptop, known):
    sent = []

    def serve(asked):
        sent.append([one.text for one in asked.calls])
        return lab_laptop.serve(asked)

    raw = drive(look.look(known, lab_laptop.next_run, lab_laptop.target), serve)
    return look.read(known, lab_laptop.target, raw, r"LT-1\fleet-admin", "en-US"), sent


def test_what_several_ask_of_the_machine_is_asked_once_and_told_to_each(lab_laptop):
    file = call.file_state(r"C:\Windows\explorer.exe")
    found, sent = seen(lab_laptop, (*resources(), corp(One, a=KEY, b=file), corp(Other, b=KEY, c=file)))
    asked = Counter(text for texts in sent for text in texts)
    assert asked[KEY.text] == asked[file.text] == 1
    assert not found.faults
    one, other = found.of(One).told, found.of(Other).told
    assert one["a"].value["values"]["PROCESSOR_ARCHITECTURE"]["data"] == found.windows.architecture
    assert one["a"] == other["b"]
    assert one["b"] == other["c"]
    assert one["b"].exists


def test_a_program_runs_for_each_who_asks_for_it(lab_laptop):
    whoami = call.run(r"%SystemRoot%\System32\whoami.exe", timeout=30)
    found, sent = seen(lab_laptop, (*resources(), corp(One, a=whoami), corp(Other, a=whoami)))
    assert Counter(text for texts in sent for text in texts)[whoami.text] == 2
    assert found.of(One).told["a"].ok
    assert found.of(Other).told["a"].ok


def test_the_machine_alone_is_told_to_each_too(lab_laptop):
    known = (*resources(), corp(One, a=KEY), corp(Other, b=KEY))
    parts = by_part(lab_laptop.drive(look.look_at_machine(known, lab_laptop.next_run)))
    assert parts["one"]["a"] == parts["other"]["b"] == parts["windows"]["environment"]
    assert parts["one"]["a"].exists


def test_our_own_resources_ask_nothing_of_the_machine_twice(lab_laptop):
    _found, (first, _persons) = seen(lab_laptop, tuple(resources()))
    assert [text for text, count in Counter(first).items() if count > 1 and '"verb": "run"' not in text] == []


def test_a_persons_task_is_written_once_for_a_request(lab_laptop, monkeypatch):
    made = []
    written = Task.of.__func__
    monkeypatch.setattr(Task, "of", classmethod(lambda *given, **more: made.append(given) or written(*given, **more)))
    _found, sent = seen(lab_laptop, tuple(resources()))
    assert len(sent) == 2
    assert len(made) == 1


def test_who_has_nothing_to_ask_is_not_asked():
    silent, speaks = corp(One), corp(Other)
    known = (silent, WindowsResource(**{**vars(speaks), "session": lambda _laptop: {}}))
    assert having(known, "session") == known[1:]
    assert having(known, "machine") == known
    assert having(known, "kept") == ()
