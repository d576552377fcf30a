"""When a laptop's turn is: after its own share of the splay, at once by hand, and at once where a run is not at its end."""

import pytest

from pyinfra_wsl.pull import chain
from pyinfra_wsl.pull.form.slice import delay


@pytest.fixture
def slept(monkeypatch):
    seconds = []
    monkeypatch.setattr("pyinfra_wsl.cli.pull.time.sleep", seconds.append)
    return seconds


def test_the_task_waits_for_its_turn_and_who_asks_for_now_does_not(at, call, slept):
    at.set(splay=2700)
    call("pull", "--home", at.home, code=4)
    assert slept == [delay("LT-1", 2700)]
    assert 0 < slept[0] < 2700
    call("pull", "--home", at.home, "--now", code=4)
    call("pull", "--home", at.home, "--detect", code=1)
    assert len(slept) == 1


def test_after_a_restart_it_goes_on_at_once(at, call, slept):
    at.set(splay=2700)
    chain.begin(at.home, at.clock())
    call("pull", "--home", at.home, code=4)
    assert slept == []
