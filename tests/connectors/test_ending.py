"""Whoever hangs up while others are at work waits for nobody, and the work that ends there has not failed."""

import time

import gevent
import pytest
from pyinfra.api import Config, Inventory, State

from pyinfra_wsl.connectors import work
from pyinfra_wsl.connectors.session import Session
from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.talk import Later


class Channel:
    """An agent that is at work, or not."""

    def __init__(self, waiting):
        self.waiting, self.asked, self.ends = waiting, [], []

    def ask(self, calls, **_options):
        self.asked += calls
        return [Answer(True)] * len(calls)

    def close(self):
        self.ends.append("close")


def session(waiting):
    channel = Channel(waiting)
    made = Session(lambda: channel, lambda: channel.ends.append("hang up"), "7f3a", "ada", lambda _line: None)
    assert made.channel is channel
    made._serve(Later([call.file_remove(r"C:\x")]))
    return made, channel


@pytest.mark.parametrize("waiting", [True, False])
def test_who_is_still_at_work_is_asked_for_nothing_more(waiting):
    made, channel = session(waiting)
    channel.hello = type("Hello", (), {"culture": "en-US"})
    made.flush()
    assert len(channel.asked) == (0 if waiting else 1)


def test_what_may_take_nothing_any_more_is_hung_up_on_before_it_is_closed():
    made, channel = session(waiting=True)
    made.end()
    assert channel.ends[:2] == ["hang up", "close"]


@pytest.fixture
def host():
    return next(iter(State(Inventory((["@local"], {})), Config()).inventory))


def test_work_under_way_is_ended_and_that_of_who_ends_it_is_not(host):
    told = []

    def works():
        try:
            with work.under_way(host), work.under_way(host):
                gevent.sleep(60)
        except Exception:  # noqa: BLE001 - what a command does with errors
            told.append("failed")

    greenlets = [gevent.spawn(works) for _ in range(3)]
    gevent.sleep(0)
    begun = time.monotonic()
    with work.under_way(host):
        work.end(host)
    assert time.monotonic() - begun < 5
    assert all(one.dead for one in greenlets)
    assert told == []


def test_work_that_is_done_is_not_ended(host):
    def works():
        with work.under_way(host):
            pass
        gevent.sleep(0.2)
        return "done"

    greenlet = gevent.spawn(works)
    gevent.sleep(0)
    work.end(host)
    assert greenlet.get(timeout=5) == "done"
