"""Who does not answer holds up the beginning of the others for not much longer than they need themselves."""

import pytest

from pyinfra_wsl.connectors import beginning
from pyinfra_wsl.connectors.beginning import LONGEST, Beginning


class Coming:
    """A connection that is there at a moment of the test's own clock, which waiting moves on."""

    def __init__(self, clock, at):
        self.clock, self.at = clock, at

    def ready(self):
        return self.clock[0] >= self.at

    def join(self, timeout):
        self.clock[0] = min(self.clock[0] + timeout, max(self.at, self.clock[0]))


def waited(run, clock, needed):
    """Return the seconds for which a laptop is waited for that needs so many."""
    begun = clock[0]
    there = run.wait_for(Coming(clock, begun + needed))
    assert there == (needed <= clock[0] - begun + 1e-9)
    return clock[0] - begun


@pytest.fixture(name="clock")
def _clock():
    return [100.0]


@pytest.fixture(name="run")
def _run(clock):
    return Beginning(lambda: clock[0])


@pytest.mark.parametrize(("others", "hold"), [(0.01, 0.5), (0.2, 0.5), (0.6, 0.75), (1.0, 1.25), (2.5, LONGEST), (2.99, LONGEST)])
def test_a_silent_one_is_waited_for_a_quarter_longer_than_the_slowest_of_the_others(run, clock, others, hold):
    for _ in range(20):
        assert waited(run, clock, others) == pytest.approx(others)
    assert waited(run, clock, 1e6) == pytest.approx(hold)


def test_the_first_are_not_late_before_anybody_is_there(run, clock):
    assert waited(run, clock, 2.9) == pytest.approx(2.9)
    assert run.slowest == pytest.approx(2.9)


def test_where_nobody_answers_each_is_waited_for_as_long_as_ever(run, clock):
    for _ in range(3):
        assert waited(run, clock, 1e6) == pytest.approx(LONGEST)


def test_while_most_are_still_to_come_none_is_late(run, clock):
    run.called, run.there, run.slowest = 10, 4, 0.1
    assert waited(run, clock, 1e6) == pytest.approx(LONGEST)


def test_what_the_others_need_is_looked_at_while_one_is_waited_for(run, clock):
    """One is called first and silent; the others come meanwhile."""
    silent = Coming(clock, 1e6)

    def join(timeout):
        run.called, run.there, run.slowest = 10, 9, 0.6
        Coming.join(silent, timeout)

    silent.join = join
    begun = clock[0]
    assert not run.wait_for(silent)
    assert clock[0] - begun == pytest.approx(0.75)


def test_hosts_of_one_run_wait_together_and_those_of_another_do_not():
    class State:
        pass

    one, other = State(), State()
    assert beginning.of(one) is beginning.of(one)
    assert beginning.of(one) is not beginning.of(other)
