"""How many hosts are looked at at the same time, and that what one of them does ends nothing of the others."""

from types import SimpleNamespace

import gevent
import pytest

from pyinfra_wsl.doctor import examine, table
from pyinfra_wsl.doctor.found import Found


class Hosts:
    """Hosts of one inventory whose examination takes a moment, or fails."""

    def __init__(self, number):
        state = SimpleNamespace(set_stage=lambda _stage: None, check_for_changes=False)
        connector = SimpleNamespace(disconnect=lambda: None)
        self.all = [SimpleNamespace(name=f"h{one}", state=state, connector=connector, connector_data={}) for one in range(number)]
        self.now = self.most = 0

    def examined(self, _state, host):
        self.now += 1
        self.most = max(self.most, self.now)
        gevent.sleep(0.005)
        self.now -= 1
        if host.name == "h3":
            raise ZeroDivisionError(host.name)
        yield Found(host.name)


@pytest.mark.parametrize(("number", "at_once", "most"), [(50, 20, 20), (50, 1, 1), (3, 20, 3)])
def test_no_more_are_looked_at_than_said_and_all_of_them_in_their_order(monkeypatch, number, at_once, most):
    hosts, told = Hosts(number), []
    monkeypatch.setattr(examine, "_examined", hosts.examined)
    found = examine.examine(hosts.all, told.append, at_once)
    assert [one.name for one in found] == [one.name for one in hosts.all]
    assert hosts.most == most
    assert len(told) == number


def test_who_fails_in_a_way_that_nobody_thought_of_fails_alone(monkeypatch):
    hosts = Hosts(5)
    monkeypatch.setattr(examine, "_examined", hosts.examined)
    found = examine.examine(hosts.all, lambda _found: None)
    assert [one.stopped for one in found] == ["end", "end", "end", "look", "end"]
    assert [line.check for line in table.lines(found[3]) if line.verdict == "fault"] == ["look"]


def test_without_hosts_there_is_nothing_to_look_at():
    assert examine.examine([], lambda _found: None) == []
