"""What a simulated Windows knows of its people: their names, their profiles, and what is lost of both."""

import pytest
from support.lab_laptop import LabLaptop

from pyinfra_wsl.core import call
from pyinfra_wsl.lab.machine import people, profiles, windows
from pyinfra_wsl.lab.scenarios import SCENARIOS, Wish


@pytest.fixture
def lab_laptop():
    return LabLaptop()


def accounts(lab_laptop, where):
    (answer,) = lab_laptop.ask([call.cim_get("Win32_UserAccount", ["Name", "Domain", "SID"], where=where)])
    return {rf"{one['Domain']}\{one['Name']}": one["SID"] for one in answer.value["objects"]}


def test_the_laptops_own_accounts_are_listed_without_the_domain(lab_laptop):
    own = windows.add_local(lab_laptop.machine, "alice", r"C:\Users\alice.LT-1")
    found = accounts(lab_laptop, "LocalAccount=TRUE")
    assert found[r"LT-1\alice"] == own.sid
    assert {r"LT-1\Administrator", r"LT-1\DefaultAccount", r"LT-1\fleet-admin"} <= set(found)
    assert r"CORP\alice" not in found
    assert len({sid.rpartition("-")[0] for sid in found.values()}) == 1
    assert lab_laptop.machine.complaints == []


def test_to_list_the_whole_domain_is_complained_of(lab_laptop):
    assert r"CORP\alice" in accounts(lab_laptop, "")
    assert "whole domain" in lab_laptop.machine.complaints[0]


def test_services_have_their_profile_folders(lab_laptop):
    registry, files = lab_laptop.machine.registry, lab_laptop.machine.files
    for sid in ("S-1-5-18", "S-1-5-19", "S-1-5-20"):
        path = registry.get(rf"{people.PROFILES}\{sid}", "ProfileImagePath")
        assert files.is_dir(path.replace("%systemroot%", r"C:\Windows"))


def test_a_person_is_known_by_name_until_all_of_it_is_forgotten(lab_laptop):
    lab_laptop.machine.log_off(lab_laptop.alice)
    lab_laptop.target = type(lab_laptop.target)(r"CORP\alice")
    assert lab_laptop.look().user.sid == lab_laptop.alice.sid
    people.forget(lab_laptop.machine.registry, lab_laptop.alice)
    seen = lab_laptop.look()
    assert (seen.user, seen.nobody.why) == (None, "unknown")


def test_a_temporary_profile_is_beside_their_own(lab_laptop):
    own = profiles.give_temporary(lab_laptop.machine, lab_laptop.alice, r"C:\Users\TEMP.CORP.000")
    assert own == r"C:\Users\alice"
    lab_laptop.requests = 0
    seen = lab_laptop.look()
    assert (seen.user, seen.nobody.why, lab_laptop.requests) == (None, "temporary", 1)
    assert seen.windows.unfit[lab_laptop.alice.sid].folder == r"C:\Users\TEMP.CORP.000"


def test_a_folder_that_is_gone_is_seen_at_every_look(lab_laptop):
    profiles.lose_folder(lab_laptop.machine, lab_laptop.alice)
    for _ in range(2):
        seen = lab_laptop.look()
        assert (seen.user, seen.nobody.why) == (None, "homeless")
    lab_laptop.machine.files.write(lab_laptop.alice.profile, b"a file where the folder was")
    assert lab_laptop.look().nobody.why == "homeless"


@pytest.mark.parametrize("name", ["temporary-profile", "no-profile-folder", "renamed-account", "twins"])
def test_a_scenario_of_people_is_what_it_says(name):
    machine = SCENARIOS[name].build(Wish("LT-1", 7, {}, pace=0.001))
    person = next(one for one in machine.accounts.values() if one.domain == "CORP")
    assert (person.profile, person.name, person.logged_on, machine.files.exists(person.profile)) == {
        "temporary-profile": (r"C:\Users\TEMP", "alice", True, True),
        "no-profile-folder": (r"C:\Users\alice", "alice", False, False),
        "renamed-account": (r"C:\Users\alice", "alicia", False, True),
        "twins": (r"C:\Users\alice.CORP", "alice", False, True),
    }[name]
