"""Who of a laptop's people uses WSL or Docker Desktop, and what is seen of those who are logged off."""

from dataclasses import replace

import pytest
from support.lab_laptop import LabLaptop

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.windows import hive, look, machine, people
from pyinfra_wsl.core.windows.laptop import Target
from pyinfra_wsl.edge.laptop import resources
from pyinfra_wsl.lab.machine import hives, profiles, windows
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.wsl.registration import lxss_key
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro

GUID = "{11111111-2222-3333-4444-555555555555}"


class Everybody(LabLaptop):
    """A laptop with alice at its screen, bo and carol logged off."""

    def __init__(self):
        super().__init__()
        self.bo, self.carol = (windows.add_person(self.machine, name) for name in ("bo", "carol"))
        self.machine.log_on(self.bo)
        self.machine.log_off(self.bo)

    def give(self, account, name="Ubuntu-24.04"):
        """Let somebody have a distribution."""
        key = rf"{lxss_key(account.sid)}\{GUID}"
        for value, kind, data in (
            ("DistributionName", "String", name),
            ("BasePath", "String", rf"{account.profile}\AppData\Local\wsl\{name}"),
            ("State", "DWord", 1),
            ("Version", "DWord", 2),
            ("DefaultUid", "DWord", 0),
        ):
            self.machine.registry.set(key, value, kind, data)

    def windows(self):
        calls = machine.probe(self.next_run)
        answers = dict(zip(calls, self.ask([*calls.values()], keep_going=True), strict=True))
        return machine.read(answers, r"LT-1\fleet-admin", "en-US")

    def people(self):
        """Look for them; return also the requests that it took."""
        self.requests = 0
        return self.drive(people.look(self.windows())), self.requests

    def hives(self):
        """Return what is loaded, and what lies where copies are."""
        keys = self.machine.registry.keys("HKU", windows.administrator_token(self.machine))
        folder = r"C:\Program Files\pyinfra-wsl\hives"
        files = [one.name for one in self.machine.files.list(folder)] if self.machine.files.exists(folder) else []
        return [one for one in keys if one.startswith("pyinfra-wsl")], files

    def seen(self, person):
        target = Target(person.sid, copied=person.closed)
        raw = self.drive(look.look(resources(), self.next_run, target))
        return look.read(resources(), target, raw, r"LT-1\fleet-admin", "en-US"), raw


@pytest.fixture
def laptop():
    return Everybody()


def test_who_uses_wsl_is_found_logged_on_or_off_and_who_does_not_is_not(laptop):
    laptop.give(laptop.alice)
    laptop.give(laptop.bo)
    found, requests = laptop.people()
    assert [(one.account, one.closed, one.unknown) for one in found] == [(r"CORP\alice", True, ""), (r"CORP\bo", True, "")]
    assert requests == 2
    assert laptop.hives() == ([], [])
    assert not laptop.machine.complaints


def test_who_uses_docker_desktop_is_found_without_a_look_into_their_registry(laptop):
    laptop.give(laptop.alice)
    laptop.machine.files.write(rf"{laptop.bo.profile}\AppData\Roaming\Docker\settings-store.json", b"{}")
    laptop.machine.log_on(laptop.carol)
    found, requests = laptop.people()
    assert {one.sid for one in found} == {laptop.alice.sid, laptop.bo.sid}
    assert requests == 1


def test_two_of_one_name_are_told_apart(laptop):
    twins = [windows.add_person(laptop.machine, "eve", domain) for domain in ("ONE", "TWO")]
    for twin in twins:
        laptop.give(twin)
    names = [one.account for one in laptop.people()[0]]
    assert names == sorted(f"eve ({twin.sid})" for twin in twins)


def test_where_nobody_uses_either_whoever_is_at_the_screen_is_meant(laptop):
    assert [one.account for one in laptop.people()[0]] == [r"CORP\alice"]
    laptop.machine.log_off(laptop.alice)
    assert laptop.people()[0] == ()


def test_who_cannot_be_looked_at_is_told_and_not_left_out(laptop):
    laptop.machine.files.stat(rf"{laptop.bo.profile}\NTUSER.DAT").open_by = "backup.exe"
    (found,) = laptop.people()[0]
    assert (found.account, found.closed) == (r"CORP\bo", False)
    assert "NTUSER.DAT cannot be read" in found.unknown


def test_a_hive_that_is_taken_between_the_look_and_the_load_is_not_known(laptop):
    laptop.give(laptop.bo)
    person = next(one for one in laptop.people()[0] if one.account == r"CORP\bo")
    laptop.machine.files.stat(rf"{laptop.bo.profile}\NTUSER.DAT").open_by = "backup.exe"
    seen, _raw = laptop.seen(person)
    assert seen.user.account == r"CORP\bo"
    assert seen.of(wsl_distro.State).distros is None
    assert not seen.faults
    assert laptop.hives() == ([], [])


def test_the_distributions_of_who_is_logged_off_are_seen_and_their_hive_is_as_it_was(laptop):
    laptop.give(laptop.bo)
    person = next(one for one in laptop.people()[0] if one.account == r"CORP\bo")
    before = laptop.machine.files.digest(rf"{laptop.bo.profile}\NTUSER.DAT")
    seen, raw = laptop.seen(person)
    assert [*seen.of(wsl_distro.State).distros] == ["Ubuntu-24.04"]
    assert (seen.user.hive, seen.user.within_reach) == (rf"HKU\{laptop.bo.sid}", False)
    assert look.still_loaded(raw) == ""
    assert laptop.hives() == ([], [])
    assert laptop.machine.files.digest(rf"{laptop.bo.profile}\NTUSER.DAT") == before
    assert not laptop.machine.complaints


def test_who_logs_off_after_they_were_found_is_seen_as_one_who_is_away(laptop):
    laptop.give(laptop.alice)
    (person,) = laptop.people()[0]
    laptop.machine.log_off(laptop.alice)
    seen, _raw = laptop.seen(person)
    assert not seen.user.within_reach
    assert [*seen.of(wsl_distro.State).distros] == ["Ubuntu-24.04"]
    assert laptop.hives() == ([], [])


def test_without_that_it_is_not_known_what_they_have(laptop):
    laptop.give(laptop.bo)
    assert laptop.seen(people.Person(laptop.bo.sid, r"CORP\bo"))[0].of(wsl_distro.State).distros is None


def test_what_a_run_that_was_broken_off_has_left_loaded_is_unloaded(laptop):
    laptop.give(laptop.alice)
    laptop.ask([*hive.opening(laptop.bo.sid, laptop.bo.profile, r"C:\Program Files").values()], keep_going=True)
    assert laptop.hives()[0] == [f"pyinfra-wsl-{laptop.bo.sid}"]
    laptop.machine.log_on(laptop.bo)
    laptop.people()
    assert laptop.hives() == ([], [])


def test_a_hive_of_which_a_key_is_open_is_unloaded_as_soon_as_it_is_not(laptop):
    laptop.give(laptop.bo)
    name = f"pyinfra-wsl-{laptop.bo.sid}".upper()
    person = next(one for one in laptop.people()[0] if one.account == r"CORP\bo")
    laptop.machine.registry.in_use[name] = 1
    _seen, raw = laptop.seen(person)
    assert "Access is denied" in look.still_loaded(raw)
    laptop.machine.registry.in_use.clear()
    seen, raw = laptop.seen(person)
    assert look.still_loaded(raw) == ""
    assert [*seen.of(wsl_distro.State).distros] == ["Ubuntu-24.04"]
    assert laptop.hives() == ([], [])


def test_nobody_but_administrators_may_read_the_copy(laptop):
    laptop.ask([*hive.opening(laptop.bo.sid, laptop.bo.profile, r"C:\Program Files").values()], keep_going=True)
    node = laptop.machine.files.stat(rf"C:\Program Files\pyinfra-wsl\hives\{laptop.bo.sid}\NTUSER.DAT")
    assert not node.allowed(laptop.token(laptop.alice), frozenset({"R"}))


@pytest.mark.parametrize("answer", [Answer(False, {}, "access_denied", "no"), Answer(True, {"exists": True, "keys": []})])
def test_a_list_of_hives_that_is_none_names_none(answer):
    assert hive.left(answer) == ()


def test_only_our_keys_of_people_are_unloaded():
    keys = {"pyinfra-wsl-S-1-5-21-1-2-3-4": {}, "pyinfra-wsl-S-1-5-18": {}, "S-1-5-21-1-2-3-4": {}, "pyinfra-wsl-x": {}}
    assert hive.left(Answer(True, {"exists": True, "keys": keys})) == ("S-1-5-21-1-2-3-4",)


def test_a_laptop_whose_profiles_are_not_known_has_nobody(laptop):
    seen = replace(laptop.windows(), profiles={}, profiles_known=False)
    assert laptop.drive(people.look(seen)) == ()


def test_a_registry_without_what_each_has_is_not_one_without_distributions(laptop):
    laptop.machine.registry.remove_tree(rf"HKU\{laptop.bo.sid}\Software")
    person = next(one for one in laptop.people()[0] if one.account == r"CORP\bo")
    assert "holds no key Software" in person.unknown
    seen, _raw = laptop.seen(replace(person, unknown=""))
    assert seen.of(wsl_distro.State).distros is None
    assert laptop.hives() == ([], [])


def test_what_another_run_unloads_in_the_middle_is_not_known(laptop, monkeypatch):
    """It loads its own under the same name before we unload, so that nothing but what was read tells of it."""
    laptop.give(laptop.bo)
    opening, closing = hive.opening, hive.closing

    def unloaded(sid, profile, programs):
        return {**opening(sid, profile, programs), "theirs": hive.taking_away(sid, programs)["unload"]}

    def loaded(sid, programs):
        whole, *rest = closing(sid, programs).items()
        return dict([whole, ("theirs again", opening(sid, laptop.bo.profile, programs)["load"]), *rest])

    monkeypatch.setattr(hive, "opening", unloaded)
    monkeypatch.setattr(hive, "closing", loaded)
    assert "unloaded" in next(one.unknown for one in laptop.people()[0] if one.account == r"CORP\bo")


def test_a_copy_that_failed_and_was_loaded_all_the_same_is_unloaded_until_it_is(laptop):
    laptop.give(laptop.bo)
    laptop.machine.files.stat(rf"{laptop.bo.profile}\NTUSER.DAT.LOG1").open_by = "backup.exe"
    laptop.machine.registry.in_use[f"pyinfra-wsl-{laptop.bo.sid}".upper()] = 1
    person = next(one for one in laptop.people()[0] if one.account == r"CORP\bo")
    assert "is loaded still" in person.unknown
    laptop.machine.registry.in_use.clear()
    laptop.people()
    laptop.machine.registry.in_use[f"pyinfra-wsl-{laptop.bo.sid}".upper()] = 1
    _seen, raw = laptop.seen(person)
    assert "Access is denied" in look.still_loaded(raw)


def asked_of(laptop, person):
    """Ask who is logged off for their distributions, as a test that verifies does; a failure is told in words."""
    user = machine.find_user(laptop.windows(), person.sid)
    answers = laptop.drive(hive.within(user, [call.registry_read(rf"{hive.key(user.sid)}\{people.LXSS}", depth=1)]))
    return answers if isinstance(answers, str) else people.distros(answers[0])


def test_a_question_to_the_hive_of_who_is_logged_off_is_answered_and_leaves_nothing(laptop):
    laptop.give(laptop.bo)
    assert asked_of(laptop, laptop.bo) is True
    assert asked_of(laptop, laptop.carol) is False
    assert laptop.hives() == ([], [])


def test_a_question_to_a_hive_that_somebody_holds_is_answered_with_the_reason(laptop):
    laptop.give(laptop.bo)
    laptop.machine.files.stat(rf"{laptop.bo.profile}\NTUSER.DAT").open_by = "backup.exe"
    assert "it cannot be copied" in asked_of(laptop, laptop.bo)
    assert laptop.hives() == ([], [])


def test_what_is_asked_of_a_hive_is_not_believed_where_the_copy_is_loaded_still(laptop, monkeypatch):
    laptop.give(laptop.bo)

    def never(*_words):
        raise hives.HiveError(5)

    monkeypatch.setattr(hives, "unload", never)
    assert "a copy of it is loaded still" in asked_of(laptop, laptop.bo)


def away(laptop, account):
    """Let somebody have been there once."""
    laptop.machine.log_on(account)
    laptop.machine.log_off(account)
    return account


def test_an_account_that_was_deleted_is_nobody_though_its_profile_is_left(laptop):
    """It never logs on again: what waited for it would wait for ever, and the laptop would never be converged."""
    gone, kept = (away(laptop, windows.add_local(laptop.machine, name)) for name in ("gone", "kept"))
    laptop.give(gone)
    laptop.give(kept)
    del laptop.machine.accounts[gone.sid]
    assert [one.sid for one in laptop.people()[0]] == [kept.sid]


def test_where_it_is_not_known_who_was_deleted_nobody_is_left_out(laptop):
    gone = away(laptop, windows.add_local(laptop.machine, "gone"))
    laptop.give(gone)
    seen = laptop.windows()
    del laptop.machine.accounts[gone.sid]
    found = laptop.drive(people.look(replace(seen, local=None)))
    assert [one.sid for one in found] == [gone.sid]


def test_a_laptop_of_a_hundred_people_is_looked_at_in_requests_of_bounded_length(laptop):
    everybody = [away(laptop, windows.add_person(laptop.machine, f"user{number:02}")) for number in range(60)]
    for account in everybody[::20]:
        laptop.give(account)
    asked = [one for one in laptop.asked_by(people.look(laptop.windows())) if one.progress]
    assert max(sum(one.fields.get("exe", "").endswith("robocopy.exe") for one in request.calls) for request in asked) <= 10
    assert {one.sid for one in laptop.people()[0]} == {one.sid for one in everybody[::20]}
    assert laptop.hives() == ([], [])
    assert not laptop.machine.complaints


def test_a_machine_of_thousands_of_profiles_is_looked_at_in_parts(laptop):
    """Of a terminal server, or of a service that leaves one with each start: an answer to all at once is longer than is read."""
    seen = laptop.windows()
    many = {f"S-1-5-21-9-9-9-{number}": rf"C:\Users\u{number}" for number in range(800)}
    laptop.give(laptop.bo)
    whole = replace(seen, profiles={**seen.profiles, **many})
    assert [one.sid for one in laptop.drive(people.look(whole))] == [laptop.bo.sid]
    asked = [one for one in laptop.asked_by(people.look(whole)) if one.progress]
    assert [len(one.calls) > 3_100 for one in asked] == [False] * 3  # each half of them, and bo's registry


def test_an_account_of_entra_is_one_of_the_people(laptop):
    sid = "S-1-12-1-1111111111-1222222222-1333333333-1444444444"
    entra = laptop.machine.add_account(Account("AdaLovelace", "AzureAD", sid, r"C:\Users\AdaLovelace"))
    laptop.give(away(laptop, entra))
    (found,) = laptop.people()[0]
    assert (found.sid, found.account, found.unknown) == (sid, r"AzureAD\AdaLovelace", "")


def test_who_has_a_temporary_profile_is_told_apart_from_whoever_it_is_of(laptop):
    laptop.give(laptop.bo)
    laptop.machine.log_on(laptop.bo)
    profiles.give_temporary(laptop.machine, laptop.bo)
    (found,) = laptop.people()[0]
    assert machine.find_user(laptop.windows(), found.sid).why == "temporary"
