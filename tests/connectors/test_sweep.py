"""What earlier runs left behind when they were cut off, and who may touch what is ours."""

import pytest

from pyinfra_wsl.agent.channel import Channel
from pyinfra_wsl.connectors.session import Session
from pyinfra_wsl.core.windows.laptop import Target
from pyinfra_wsl.edge.laptop import resources
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.files import FileError

HOME = r"C:\Program Files\pyinfra-wsl"
LEFT = rf"{HOME}\runs\1111x1"


@pytest.fixture
def run(host):
    """Return a function that makes a session of a run of one's own."""
    made = []

    def make(run_id):
        connector = host().connector
        made.append(Session(lambda: Channel(connector.open_wire()), connector.hang_up, run_id, run_id, lambda _line: None))
        return made[-1]

    yield make
    for session in made:
        session.close()


@pytest.fixture
def person(machine):
    account = next(one for one in machine.accounts.values() if one.logged_on)
    return Token(account, False, account.session)


@pytest.fixture
def left(rehearsal, machine):
    """Leave what a cut inside a task leaves."""

    def leave():
        machine.files.make(LEFT)
        for name in ("agent.ps1", "request.json", "reply.json", "task.xml"):
            machine.files.write(rf"{LEFT}\{name}", b"x")
        machine.tasks[r"\pyinfra-wsl\1111x1"] = object()

    rehearsal.stage.do(leave)


def look(session, *, executing=True):
    session.look(resources(), Target("console"), None, executing=executing)
    session.flush()
    session.close()


def names(machine):
    files = machine.files
    return [one.name for one in files.list(rf"{HOME}\runs")] if files.exists(rf"{HOME}\runs") else []


@pytest.mark.usefixtures("left")
def test_who_holds_the_lock_sweeps_what_a_cut_left(run, machine):
    look(run("2222"))
    assert names(machine) == []
    assert not machine.tasks


@pytest.mark.usefixtures("left")
def test_who_only_looks_sweeps_nothing(run, machine):
    session = run("2222")
    look(session, executing=False)
    assert names(machine) == ["1111x1"]
    assert session.requests == 2
    look(run("3333"))


def test_where_nothing_is_left_nothing_more_is_asked(run):
    session = run("2222")
    look(session)
    assert session.requests == 2


@pytest.mark.usefixtures("left")
def test_a_file_that_is_held_open_stays_and_hinders_nobody(run, machine):
    node = machine.files.stat(rf"{LEFT}\reply.json")
    node.open_by = "somebody"
    look(run("2222"))
    assert names(machine) == ["1111x1"]
    node.open_by = ""
    look(run("3333"))
    assert names(machine) == []


def test_the_person_reads_and_holds_nothing_of_ours(run, machine, person):
    look(run("2222"))
    machine.files.write(rf"{HOME}\cache\x.tar", b"x")
    for path in (rf"{HOME}\lock.holder", rf"{HOME}\cache\x.tar", rf"{HOME}\.keep"):
        with pytest.raises(FileError) as caught:
            machine.files.read(path, person)
        assert caught.value.kind == "access_denied"
    lock = machine.files.stat(rf"{HOME}\lock")
    assert not any(lock.allowed(person, frozenset({right})) for right in ("F", "M", "RX", "R", "WD"))
    assert windows.administrator_token(machine).groups & lock.parent.grants.keys()


def test_tasks_of_an_agent_that_was_lost_are_not_met_again(run):
    session = run("2222")
    looked = session.run.id
    session.lock()
    first = session.run.id
    session.close()
    session.lock()
    assert len({looked, first, session.run.id}) == 3
    assert looked.startswith("look2222")
    assert first.startswith("2222")
