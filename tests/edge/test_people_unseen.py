"""For whom a role plans where a look before a run has failed: for nobody, in that role and in each one after it."""

from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from pyinfra.api.state import StateStage

from pyinfra_wsl.connectors.windows import WindowsConnector
from pyinfra_wsl.core.windows.people import Person
from pyinfra_wsl.edge import everybody, windows

ALICE = Person("S-1-5-21-1-2-3-1104", r"CORP\alice")


@pytest.fixture
def host(monkeypatch):
    """Return a laptop that answers each look with the next of `found`; None where the look fails."""
    state = SimpleNamespace(current_stage=StateStage.Prepare, failed_hosts=set())
    made = Mock(data={"user": "every"}, connector=Mock(spec=WindowsConnector), connector_data={}, found=[], state=state)
    made.get_fact = lambda _fact: made.found.pop(0)
    for module in (everybody, windows):
        monkeypatch.setattr(module, "host", made)
    return made


def test_after_a_look_that_failed_no_role_plans_for_anybody_and_the_host_has_failed(host):
    host.found = [None, (ALICE,)]
    assert [everybody.people(), everybody.people()] == [(), ()]
    assert host.state.failed_hosts == {host}
    assert windows.is_unseen()


def test_each_is_meant_who_was_found_and_where_nobody_was_the_hosts_own(host):
    host.found = [(ALICE,), ()]
    assert [everybody.people(), everybody.people()] == [(ALICE.sid,), (None,)]
    assert not host.state.failed_hosts
