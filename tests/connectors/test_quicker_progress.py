"""The line of what is left is pyinfra's, and no more names are written for it than it has room for."""

import gevent
import pytest
from pyinfra import progress
from pyinfra.api import connect, facts, operations

from pyinfra_wsl.connectors import no_wait, quick_progress, ssh

NAMES = ["LT-0001", "x", "a-much-longer-name-of-a-laptop", "", "LT-2", "é汉", ("LT-1", "op"), 7]


@pytest.fixture(autouse=True)
def shown(monkeypatch):
    """Return what each way shows a terminal."""
    queues = []
    monkeypatch.setattr(progress, "_print_spinner", lambda _stop, queue: queues.append(queue))
    for module in (progress, quick_progress):
        monkeypatch.setattr(module, "is_output_active", lambda: True)
    return queues


@pytest.mark.parametrize("width", [0, 10, 11, 12, 13, 14, 20, 25, 26, 27, 40, 80, 200])
@pytest.mark.parametrize("prefix", [None, "", "words before"])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 8])
def test_the_line_is_pyinfras_whenever_one_is_done(monkeypatch, shown, width, prefix, count):
    monkeypatch.setattr(progress, "TERMINAL_WIDTH", width)

    def told(spinner):
        shown.clear()
        items, lines = NAMES[:count], []
        with spinner(items, prefix) as done:
            gevent.sleep(0)
            for one in items:
                lines.append(shown[0][-1])
                done(one)
            lines.append(shown[0][-1])
            with pytest.raises(ValueError, match="Invalid complete item: strange not in"):
                done("strange")
        return lines

    assert told(quick_progress.spinner) == told(quick_progress.PYINFRAS)


def test_whoever_hands_over_a_set_sees_what_is_left(shown):
    for spinner in (quick_progress.spinner, quick_progress.PYINFRAS):
        left = {1, 2}
        with spinner(left) as done:
            done(1)
            assert left == {2}
    assert shown is not None


def test_an_error_goes_through_as_with_pyinfra(shown):
    for spinner in (quick_progress.spinner, quick_progress.PYINFRAS):
        with pytest.raises(KeyError), spinner([1]):
            raise KeyError
    assert shown is not None


def test_where_nobody_is_shown_anything_all_may_be_done(monkeypatch):
    for module in (progress, quick_progress):
        monkeypatch.setattr(module, "is_output_active", lambda: False)
    for spinner in (quick_progress.spinner, quick_progress.PYINFRAS):
        with spinner([1]) as done:
            assert done("strange") is None


class Counted:
    asked = 0

    def __str__(self):
        Counted.asked += 1
        return "LT-0001"


def test_a_line_for_many_costs_what_is_shown_of_them(monkeypatch, shown):
    monkeypatch.setattr(progress, "TERMINAL_WIDTH", 80)
    items = [Counted() for _ in range(2000)]
    with quick_progress.spinner(items) as done:
        gevent.sleep(0)
        for one in items[:1000]:
            done(one)
        assert Counted.asked == 0
        assert shown[0][-1].startswith("50% (1000/2000) - {LT-0001, LT-0001")
        assert Counted.asked < 12


def test_it_is_in_place_wherever_pyinfra_and_we_have_it():
    assert ssh.quicker
    found = {module.progress_spinner for module in (progress, connect, facts, operations, no_wait)}
    assert found == {quick_progress.spinner}
