"""What keeps the plans of one of several people from being made is what the doctor says, as it is of a laptop's one user."""

from types import SimpleNamespace

import pytest

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.doctor import examine
from pyinfra_wsl.doctor.found import Found
from pyinfra_wsl.report.journal import journal

WHY = Failure("the profile of CORP\\bo cannot be read", "look at its rights", "access")


@pytest.mark.parametrize("person", ["", "CORP\\bo"])
def test_a_look_for_a_person_that_fails_is_told_with_its_cause(monkeypatch, person):
    host = SimpleNamespace(name="LT-1", connector_data={})
    journal(host).person = person
    monkeypatch.setattr(examine.roles, "ours", lambda: journal(host).own.failed("wsl_distro", WHY))
    found = examine._planned(SimpleNamespace(failed_hosts={host.name}), host, Found("LT-1"))
    assert (found.stopped, found.failure) == ("plans", WHY)
