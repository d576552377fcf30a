"""When a laptop's turn is: after its own share of the splay, at once by hand, and at once where a run is not at its end."""

import threading
from types import SimpleNamespace

import pytest

from pyinfra_wsl.cli import lab_pull
from pyinfra_wsl.pull import chain
from pyinfra_wsl.pull.form.slice import delay


@pytest.fixture
def slept(monkeypatch):
    seconds = []
    monkeypatch.setattr("pyinfra_wsl.cli.pull.time", SimpleNamespace(sleep=seconds.append))  # not of other threads here
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


def test_two_hundred_of_a_lab_wait_beside_each_other_each_for_its_own_time(call, monkeypatch):
    """None of them holds another's turn up: all are waiting before the first one is through."""
    names, waited, all_there = [f"LT-{number:04}" for number in range(200)], {}, threading.Barrier(200)

    def started(words, **_more):
        assert words[-1] == "--now"
        return SimpleNamespace(stdout="outcome=converged", stderr="", returncode=0)

    def wait(seconds):
        waited[threading.get_ident()] = seconds
        all_there.wait(30)

    monkeypatch.setattr(lab_pull.State, "read", lambda _state: {"laptops": dict.fromkeys(names)})
    monkeypatch.setattr(lab_pull, "_enrolled", lambda name, *_more: name)
    monkeypatch.setattr(lab_pull, "subprocess", SimpleNamespace(run=started))
    monkeypatch.setattr(lab_pull, "time", SimpleNamespace(sleep=wait))
    said = call("lab", "pull", *names, "--splay", 120)
    assert said.count("outcome=converged") == 200
    assert sorted(waited.values()) == sorted(delay(name, 120) for name in names)
