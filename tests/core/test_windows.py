"""What stage one tells of a laptop, and whose WSL is meant."""

from dataclasses import replace

import pytest
from support.laptops import ALICE, WINDOWS
from support.wire import ABSENT, DENIED, RUN, key, objects, subkey

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.windows import machine as windows
from pyinfra_wsl.core.windows.whose import Nobody

BOB = "S-1-5-21-1-2-3-1105"
ADMIN = "S-1-5-21-9-9-9-1001"


def owner(pid, **returns):
    return {"ProcessId": pid, "returns": returns}


def answers(**changed):
    profiles = {
        "S-1-5-18": subkey({"ProfileImagePath": r"%systemroot%\system32\config\systemprofile"}),
        ALICE.sid: subkey({"ProfileImagePath": ALICE.profile}),
        ADMIN: subkey({"ProfileImagePath": r"C:\Users\fleet-admin"}),
        "S-1-12-1-7": subkey({"ProfileImagePath": r"C:\Users\CloudBob"}),
        f"{BOB}.bak": {"error": {"kind": "access_denied"}},
    }
    return {
        "version": key(
            {
                "CurrentBuildNumber": "26200", "UBR": 7019, "editionid": "Enterprise", "DisplayVersion": "25H2",
                "SystemRoot": "D:\\Win",
            }
        ),
        "folders": key({"ProgramFilesDir": r"D:\Programs"}),
        "environment": key({"PROCESSOR_ARCHITECTURE": "AMD64"}),
        "system": objects(
            {
                "Name": "LT-1", "Manufacturer": "Dell Inc. ", "Model": "Latitude 7440", "TotalPhysicalMemory": 32 << 30,
                "UserName": r"CORP\alice", "HypervisorPresent": True,
            }
        ),
        "boot": objects({"LastBootUpTime": "2026-11-21T07:00:00Z"}),
        "drives": objects({"DeviceID": "D:", "FreeSpace": 7}, {"DeviceID": "e:", "FreeSpace": None}),
        "self": objects(owner(4242, Sid=ADMIN)),
        "desktop_sids": objects(owner(7, Sid=ALICE.sid), owner(8)),
        "desktop_names": objects(owner(7, Domain="CORP", User="alice"), owner(8)),
        "profiles": key(keys=profiles),
        "local_accounts": objects({"Name": "fleet-admin", "SID": ADMIN}, {"Name": None, "SID": BOB}),
        "logon": ABSENT,
        "logon_sessions": ABSENT,
        "identities": ABSENT,
        "policies": DENIED,
    } | changed  # fmt: skip


def read(**changed):
    return windows.read(answers(**changed), RUN.account, "zh-CN")


def test_every_probe_has_an_answer_and_asks_about_our_own_process():
    assert set(windows.probe(RUN)) == set(answers())
    assert windows.probe(RUN)["self"].fields["filter"] == "ProcessId=4242"


def test_a_laptop_is_read():
    state = read()
    assert (state.build, state.revision, state.edition, state.release) == (26200, 7019, "Enterprise", "25H2")
    assert (state.architecture, state.culture, state.name) == ("AMD64", "zh-CN", "Dell Inc. Latitude 7440")
    assert (state.booted, state.console) == ("2026-11-21T07:00:00Z", r"CORP\alice")
    assert (state.connected, state.account) == (ADMIN, r"LT-1\fleet-admin")
    assert (state.program_files, state.system_root) == (r"D:\Programs", r"D:\Win")


def test_the_room_on_drives_is_known_as_far_as_windows_says_it():
    assert read().drives == {"D:": 7, "E:": None}
    assert read().system_drive == "D:"
    assert read(drives=DENIED).drives is None
    assert read(drives=objects()).drives is None


def test_people_are_those_with_a_desktop_and_those_with_a_profile():
    state = read()
    assert state.desktops == {ALICE.sid: r"CORP\alice"}
    assert state.profiles == {
        ALICE.sid: ALICE.profile, ADMIN: r"C:\Users\fleet-admin", "S-1-12-1-7": r"C:\Users\CloudBob"
    }  # fmt: skip


def test_a_laptop_that_answers_nothing_is_unknown():
    state = windows.read(dict.fromkeys(answers(), DENIED), RUN.account, "")
    assert (state.build, state.memory, state.connected, state.booted) == (None, None, None, "")
    assert not state.desktops
    assert not state.profiles


@pytest.mark.parametrize(
    ("values", "build"), [({"CurrentBuild": "19045"}, 19045), ({"CurrentBuildNumber": "next"}, None), ({}, None)]
)
def test_a_build_is_a_number_or_unknown(values, build):
    assert read(version=key(values)).build == build


def test_home_editions_are_told():
    assert replace(WINDOWS, edition="CoreSingleLanguage").home_edition
    assert not replace(WINDOWS, edition="Professional").home_edition


def test_a_laptop_without_a_maker_has_its_own_name():
    assert replace(WINDOWS, manufacturer="", model="").name == "LT-1"


def test_values_are_found_in_any_case_and_errors_have_none():
    assert windows.value_of(key({"Version": "2"}), "VERSION") == "2"
    assert windows.value_of(key(), "Version", "none") == "none"
    assert windows.value_of(DENIED, "Version", 7) == 7
    assert windows.value_of(ABSENT, "Version") is None
    assert windows.first(Answer(True, {"objects": None})) == {}


@pytest.mark.parametrize("wanted", ["console", "alice", "ALICE", r"corp\Alice"])
def test_who_is_at_the_screen_is_found_by_every_name(wanted):
    user = windows.find_user(read(), wanted)
    assert (user.sid, user.account, user.profile) == (ALICE.sid, r"CORP\alice", ALICE.profile)
    assert user.logged_on
    assert not user.connected
    assert user.program_files == r"D:\Programs"


def test_without_a_name_it_is_the_connected_account():
    user = windows.find_user(read(), None)
    assert (user.sid, user.account, user.connected, user.within_reach) == (ADMIN, r"LT-1\fleet-admin", True, True)
    assert windows.find_user(read(), "fleet-admin") == user


def test_the_only_desktop_is_the_consoles_where_windows_names_nobody():
    nobody = {"system": objects({"Name": "LT-1", "UserName": None})}
    assert windows.find_user(read(**nobody), "console").sid == ALICE.sid
    two = {"desktop_sids": objects(owner(7, Sid=ALICE.sid), owner(8, Sid="S-1-12-1-7"))}
    assert isinstance(windows.find_user(read(**nobody, **two), "console"), Nobody)


def test_nobody_at_the_screen_is_nobody():
    gone = {"desktop_sids": objects(), "desktop_names": objects(), "system": objects({"Name": "LT-1", "UserName": None})}
    assert isinstance(windows.find_user(read(**gone), "console"), Nobody)


@pytest.mark.parametrize("odd", [{}, {"ProcessId": None}, {"ProcessId": [7]}, {"ProcessId": "7"}], ids=str)
def test_a_process_without_a_number_is_nobodys_and_breaks_nothing(odd):
    """What was asked for may be missing where a laptop's WMI repository is broken."""
    found = read(
        desktop_sids=objects({**odd, "returns": {"Sid": ALICE.sid}}, owner(8, Sid=BOB)),
        desktop_names=objects({**odd, "returns": {"User": "mallory"}}, owner(8, Domain="CORP", User="bob")),
    )
    assert found.desktops == {ALICE.sid: "", BOB: r"CORP\bob"}


KNOWN = {
    "logon": {
        "logon": key({"LastLoggedOnUserSID": BOB, "LastLoggedOnSAMUser": r"CORP\bob", "lastloggedonuser": "bob@corp.example"})
    },
    "session": {"logon_sessions": key(keys={"2": subkey({"LoggedOnUserSID": BOB, "LoggedOnSAMUser": r"CORP\bob"})})},
    "identity": {
        "identities": key(keys={BOB: subkey(keys={"IdentityCache": subkey(keys={BOB: subkey({"SAMName": "bob"})})})}),
    },
    "policy": {"policies": key(keys={BOB: subkey(keys={"0": subkey({"szName": "bob"})}), "Machine": subkey()})},
}


@pytest.mark.parametrize("known", KNOWN)
def test_somebody_who_is_logged_off_is_known_by_what_windows_wrote_down(known):
    profiles = key(keys={ALICE.sid: subkey({"ProfileImagePath": ALICE.profile}), BOB: subkey({"ProfileImagePath": "D:\\P\\x"})})
    user = windows.find_user(read(profiles=profiles, **KNOWN[known]), r"corp\Bob")
    assert (user.sid, user.profile, user.within_reach) == (BOB, r"D:\P\x", False)


def test_somebody_who_is_logged_off_is_not_known_by_their_folder():
    for folder in (r"C:\Users\bob", r"C:\Users\bob.CORP"):
        found = windows.find_user(read(profiles=key(keys={BOB: subkey({"ProfileImagePath": folder})})), r"CORP\bob")
        assert (found.why, found.sids) == ("unknown", (BOB,))


@pytest.mark.parametrize(
    ("values", "fit"),
    [
        ({"ProfileImagePath": r"%SystemDrive%\Users\bob", "State": 0}, r"D:\Users\bob"),
        ({"ProfileImagePath": "E:\\USERS\\bob\\", "State": 0x100}, r"E:\USERS\bob"),
        ({"ProfileImagePath": r"C:\Users\temp", "State": 0}, r"C:\Users\temp"),  # an account that is called so
        ({"ProfileImagePath": r"C:\Users\TEMP", "State": 0x804}, "temporary"),
        ({"ProfileImagePath": r"C:\Users\TEMP.CORP.000", "State": 0x800}, "temporary"),
        ({"ProfileImagePath": r"C:\Users\TEMP.CORP"}, "temporary"),
        ({"ProfileImagePath": r"C:\Users\bob", "State": 0x805}, "temporary"),
        ({"ProfileImagePath": r"C:\Users\bob", "State": 0x5}, "mandatory"),
        ({"ProfileImagePath": r"C:\Users\bob", "State": 0x20}, "deleted"),
        ({"ProfileImagePath": r"C:\Users\bob", "State": 0x84}, "deleted"),
        ({"ProfileImagePath": r"%APPDATA%\bob"}, "unread"),
        ({"ProfileImagePath": r"C:\Users\..\bob"}, "unread"),
        ({"ProfileImagePath": r"\\server\profiles\bob"}, "unread"),
        ({"ProfileImagePath": "C:\\"}, "unread"),
        ({"ProfileImagePath": 7}, "unread"),
        ({}, None),
    ],
)
def test_a_profile_is_a_plain_folder_in_which_things_stay(values, fit):
    state = read(profiles=key(keys={BOB: subkey(values)}))
    assert (state.profiles.get(BOB) or getattr(state.unfit.get(BOB), "why", None)) == fit


def test_a_key_that_windows_put_aside_makes_a_profile_temporary_or_lost_and_not_another_one():
    aside = subkey({"ProfileImagePath": r"C:\Users\bob", "State": 0x8000})
    for beside, found in (
        ({"ProfileImagePath": r"C:\Users\TEMP", "State": 4}, "temporary"), (None, "aside"), ({"RefCount": 0}, "aside"),
        ({"ProfileImagePath": r"C:\Users\bob.CORP", "State": 0}, r"C:\Users\bob.CORP"),
    ):  # fmt: skip
        keys = {f"{BOB}.bak": aside} | ({} if beside is None else {BOB: subkey(beside)})
        state = read(profiles=key(keys=keys))
        assert (state.profiles.get(BOB) or state.unfit[BOB].why) == found


def test_names_that_are_no_names_are_none():
    odd = {
        "logon": key({"LastLoggedOnUserSID": b"x", "LastLoggedOnUser": "a"}),
        "policies": Answer(True, {"exists": True, "keys": 7}),
    }
    assert read(**odd).cached == {}
    long = key({"LastLoggedOnUserSID": BOB, "LastLoggedOnUser": "n" * 401, "LastLoggedOnSAMUser": 7})
    assert read(logon=long).cached == {}
    assert read(local_accounts=Answer(True, {"objects": [None, 7, {"SID": 1}]})).local is None
    assert read(local_accounts=DENIED).local is None


@pytest.mark.parametrize("wanted", ["carol", r"OTHER\carol", ""])
def test_a_name_that_nobody_has_is_nobody(wanted):
    assert isinstance(windows.find_user(read(), wanted), Nobody)


def test_somebody_without_a_profile_cannot_be_meant():
    assert isinstance(windows.find_user(read(profiles=key()), "console"), Nobody)
