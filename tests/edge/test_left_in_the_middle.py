"""A person who logs off in the middle of a plan: that step and those after it wait, and nothing has failed."""

import pytest
from pyinfra.api import Config, Inventory, State
from pyinfra.api.connect import connect_all
from pyinfra.api.operation import add_op, operation
from pyinfra.api.operations import run_ops
from pyinfra.api.state import StateStage

from pyinfra_wsl.connectors.command import StepCommand
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.plan import Plan, Step
from pyinfra_wsl.core.windows.user import GONE
from pyinfra_wsl.edge import converge as edge
from pyinfra_wsl.report.journal import journal
from pyinfra_wsl.resources.wslconfig.resource import RESOURCE


class Session:
    """A laptop whose person has left, or not, when the second step is made."""

    run = None

    def __init__(self, left):
        self.left, self.made = left, []

    def change(self, _resource, talk):
        self.made.append(talk)
        if talk == "second":
            raise StepError("no answer", "run again", GONE)

    def who_left(self, code):
        return self.left if code == GONE else ""


@operation()
def three(whose):
    steps = [Step(name, lambda _run, name=name: name) for name in ("first", "second", "third")]
    edge.everybody.begin(None)
    journal(edge.host).person = whose
    yield from edge.carry_out(RESOURCE, Plan(tuple(steps)))


@pytest.fixture
def run(monkeypatch):
    def carried_out(left, whose=""):
        session = Session(left)
        monkeypatch.setattr(
            StepCommand, "execute", lambda self, _state, host, _arguments: self.attempt(session, host), raising=False
        )
        state = State(Inventory((["@local"], {})), Config())
        state.current_stage = StateStage.Prepare
        connect_all(state)
        add_op(state, three, whose)
        state.current_stage = StateStage.Execute
        state.fail_hosts = lambda _hosts: None
        run_ops(state)
        (host,) = state.inventory
        return session, journal(host)

    return carried_out


def test_what_they_left_waits_with_all_that_comes_after_it(run):
    session, notes = run("CORP\\bo", "CORP\\bo")
    own = notes.people["CORP\\bo"]
    assert session.made == ["first", "second"]
    assert [one.sentence for one in own.changes] == ["first"]
    assert [(one.sentence, one.waits_for) for _of, one in own.waiting] == [("second", "user logon"), ("third", "user logon")]
    assert "logged off in the middle" in own.waiting[0][1].reason
    assert not own.failures
    assert not notes.failures
    assert not notes.broken


def test_the_same_failure_of_who_is_there_is_one(run):
    session, notes = run("")
    assert session.made == ["first", "second"]
    assert [one.code for _of, one in notes.failures] == [GONE]
    assert not notes.waiting
