"""Two runs are kept apart on a laptop; several of one run are not."""

import pytest

from pyinfra_wsl.agent.channel import Channel
from pyinfra_wsl.connectors.session import LockedError, Session
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.windows.laptop import Target
from pyinfra_wsl.edge.laptop import resources


@pytest.fixture
def run(host):
    """Return a function that makes a session of a run of one's own, with a connection of its own."""
    made = []

    def make(run_id, holder):
        connector = host().connector
        holder = f"{holder}, run {run_id}"
        made.append(Session(lambda: Channel(connector.open_wire()), connector.hang_up, run_id, holder, lambda _line: None))
        return made[-1]

    yield make
    for session in made:
        session.close()


def test_a_second_run_is_told_who_works_there(run):
    run("1111", "ada@control").lock()
    with pytest.raises(LockedError, match=r"the lock says that it is held by ada@control, run 1111\. Next: wait for its end"):
        run("2222", "bob@desk").lock()


def test_the_lock_is_free_once_its_holder_is_gone(run):
    first = run("1111", "ada@control")
    first.lock()
    first.close()
    second = run("2222", "bob@desk")
    second.lock()
    with pytest.raises(LockedError, match="bob@desk"):
        run("3333", "eve@sofa").lock()


def test_two_entries_of_an_inventory_may_mean_the_same_laptop(run):
    run("1111", "ada@control").lock()
    run("1111", "ada@control").lock()


def test_looking_takes_no_lock_and_needs_none(run):
    run("1111", "ada@control").lock()
    seen = run("2222", "bob@desk").look(resources(), Target("console"), None, executing=False)
    assert seen.windows.build


def test_a_run_that_would_change_something_finds_the_lock_with_its_first_look(run):
    run("1111", "ada@control").lock()
    second = run("2222", "bob@desk")
    with pytest.raises(LockedError):
        second.look(resources(), Target("console"), None, executing=True)
    assert second.requests == 2


def test_the_lock_is_taken_again_with_a_new_agent(run):
    first = run("1111", "ada@control")
    first.lock()
    first.close()
    first.lock()
    with pytest.raises(LockedError, match="ada@control"):
        run("2222", "bob@desk").lock()


def test_who_may_not_write_there_is_told_so(run, machine, rehearsal):
    first = run("1111", "ada@control")

    def deny():
        folder = r"C:\Program Files\pyinfra-wsl"
        machine.files.make(folder)
        node = machine.files.stat(folder)
        kept = node.inherits, dict(node.grants)
        node.inherits, node.grants, node.owner = False, {}, "S-1-5-18"  # an owner may always change the rights
        return node, kept

    node, kept = rehearsal.stage.do(deny)
    try:
        with pytest.raises(StepError, match=r"the lock in .* cannot be taken: .*Next: connect as an administrator"):
            first.lock()
    finally:
        node.inherits, node.grants = kept[0], kept[1]
