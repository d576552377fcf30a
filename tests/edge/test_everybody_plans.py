"""What is planned for one of several people: nothing while they are away, or while it is not known whether they are meant."""

from dataclasses import replace

import pytest
from support.laptops import laptop

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Deferred, Plan, Step, named
from pyinfra_wsl.core.windows.people import Person
from pyinfra_wsl.edge import everybody

SEEN = laptop()
AWAY = replace(SEEN, user=replace(SEEN.user, logged_on=False, connected=False))
PLAN = Plan(
    (Step("memory: 4GB → 8GB", ()),),
    (Deferred("restart", "vm idle", "it runs"),),
    (Failure("there is no distribution", "declare one"),),
    foreseen=(Failure("no room", "free some"),),
)


def test_all_of_who_is_away_waits_also_what_is_impossible_as_it_is_now():
    found = everybody.waiting(PLAN, AWAY, "S-1-5-21-1")
    assert (found.steps, found.failures, found.foreseen) == ((), (), ())
    assert [(one.sentence, one.waits_for) for one in found.deferred] == [
        ("restart", "vm idle"),
        ("memory: 4GB → 8GB", "user logon"),
        ("there is no distribution", "user logon"),
        ("no room", "user logon"),
    ]
    assert found.noop.endswith("is logged off")


@pytest.mark.parametrize(("seen", "user"), [(SEEN, "S-1-5-21-1"), (AWAY, None), (None, "S-1-5-21-1")])
def test_a_plan_of_who_is_there_or_of_the_hosts_one_user_stays(seen, user):
    assert everybody.waiting(PLAN, seen, user) is PLAN


def test_who_is_as_declared_waits_for_nothing():
    assert everybody.waiting(Plan(), AWAY, "S-1-5-21-1") == Plan()


def test_of_whom_it_is_not_known_whether_they_are_meant_nothing_is_done_and_that_is_told(monkeypatch):
    known = Person("S-1-5-21-1", "CORP\\bo", unknown="the file is in use")
    monkeypatch.setattr(everybody, "person", lambda user: known if user == known.sid else None)
    plan = everybody.unseen(known.sid, ".wslconfig")
    assert not plan.steps
    (waits,) = plan.deferred
    assert (waits.sentence, waits.waits_for) == (".wslconfig", "user logon")
    assert "not known whether CORP\\bo uses WSL or Docker Desktop: the file is in use" in waits.reason
    assert everybody.unseen(None, ".wslconfig") is None


def test_a_plan_is_named_with_whose_it_is():
    found = named(replace(PLAN, warnings=("x",), unproved=("y",)), "CORP\\bo")
    words = [found.steps[0].sentence, found.deferred[0].sentence, found.failures[0].cause, found.foreseen[0].cause]
    assert all(one.startswith("CORP\\bo: ") for one in [*words, *found.warnings, *found.unproved])
    assert named(PLAN, "") is PLAN
