"""Who may do what where on a new Windows, by a table; each row says where it is from."""

import pytest

from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import LOCAL_SYSTEM, Token
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.verbs.file import LONG_PATHS
from tests.lab.lab_laptop import LabLaptop

NEW_FOLDER = r"C:\made"
"""A folder that an administrator has made in ``C:\\``."""


@pytest.fixture
def laptop():
    made = LabLaptop()
    made.bob = Token(windows.add_person(made.machine, "bob"), elevated=False)
    made.machine.files.write(rf"{NEW_FOLDER}\sub\file", b"admin's", made.admin)
    made.machine.files.write(r"C:\file", b"admin's", made.admin)
    made.machine.files.write(r"C:\ProgramData\ours\file", b"admin's", made.admin)
    made.machine.files.write(r"C:\ProgramData\theirs\file", b"alice's", made.user)
    made.machine.files.mount("D:")
    made.machine.files.write(r"D:\ours\file", b"admin's", made.admin)
    made.machine.files.write(r"C:\Users\alice\file", b"alice's", made.user)
    return made


def act(laptop, what, path, by):
    """Try something; whether it was allowed."""
    files = laptop.machine.files
    try:
        {
            "folder": lambda: files.make(rf"{path}\new", by),
            "file": lambda: files.write(rf"{path}\new", b"", by),
            "read": lambda: files.list(path, by) if files.is_dir(path) else files.read(path, by),
            "change": lambda: files.write(path, b"changed", by),
            "remove": lambda: files.remove(path, by, tree=True),
            "rename": lambda: files.move(path, f"{path}.other", by),
            "junction": lambda: files.link(rf"{path}\new", r"C:\Windows", by),
        }[what]()
    except FileError as error:
        if error.kind != "access_denied":
            raise
        return False
    return True


# Where, what, and whether a plain user may. "icacls C:\" and so on of a new Windows 10 and 11: knowledge, not verified here.
USERS_MAY = [
    # C:\ — Authenticated Users:(AD), Authenticated Users:(OI)(CI)(IO)(M), Users:(OI)(CI)(RX),
    # Mandatory Label\High Mandatory Level:(OI)(NP)(IO)(NW)
    ("C:\\", "folder", True),
    ("C:\\", "junction", True),
    ("C:\\", "file", False),
    ("C:\\", "read", True),
    (r"C:\file", "read", True),
    (r"C:\file", "change", False),
    (r"C:\file", "remove", False),
    (NEW_FOLDER, "file", True),
    (NEW_FOLDER, "folder", True),
    (NEW_FOLDER, "rename", True),
    (rf"{NEW_FOLDER}\sub\file", "read", True),
    (rf"{NEW_FOLDER}\sub\file", "change", True),
    (rf"{NEW_FOLDER}\sub\file", "remove", True),
    (rf"{NEW_FOLDER}\sub", "remove", True),
    # C:\ProgramData — Users:(CI)(WD,AD,WEA,WA), CREATOR OWNER:(OI)(CI)(IO)(F), Users:(OI)(CI)(RX)
    (r"C:\ProgramData", "folder", True),
    (r"C:\ProgramData", "file", True),
    (r"C:\ProgramData\ours", "file", True),
    (r"C:\ProgramData\ours", "rename", False),
    (r"C:\ProgramData\ours\file", "read", True),
    (r"C:\ProgramData\ours\file", "change", False),
    (r"C:\ProgramData\ours\file", "remove", False),
    (r"C:\ProgramData\theirs\file", "change", True),
    (r"C:\ProgramData\theirs", "remove", True),
    # C:\Program Files, C:\Windows — Users:(RX)
    (r"C:\Program Files", "folder", False),
    (r"C:\Program Files", "file", False),
    (r"C:\Program Files", "read", True),
    (r"C:\Windows", "folder", False),
    (r"C:\Windows\System32", "file", False),
    (r"C:\Windows\explorer.exe", "change", False),
    (r"C:\Windows\System32\cmd.exe", "rename", False),
    # C:\Windows\Temp — Users:(CI)(S,WD,AD,X), CREATOR OWNER:(OI)(CI)(IO)(F)
    (r"C:\Windows\Temp", "file", True),
    (r"C:\Windows\Temp", "read", False),
    # C:\Users — Users:(RX); a profile is its user's, LocalSystem's and administrators'
    (r"C:\Users", "folder", False),
    (r"C:\Users\alice\file", "change", True),
    (r"C:\Users\bob", "read", False),
    (r"C:\Users\bob", "file", False),
    (r"C:\Users\Public", "file", True),
    # services' profiles
    (r"C:\Windows\System32\config\systemprofile", "read", False),
    # another drive, as Windows formats it — Authenticated Users:(M)
    ("D:\\", "file", True),
    (r"D:\ours\file", "change", True),
    (r"D:\ours\file", "remove", True),
]


@pytest.mark.parametrize(("where", "what", "allowed"), USERS_MAY)
def test_what_a_plain_user_may(laptop, where, what, allowed):
    assert act(laptop, what, where, laptop.user) is allowed


@pytest.mark.parametrize(
    ("where", "what", "allowed"), [row for row in USERS_MAY if "bob" not in row[0] and "config" not in row[0]]
)
def test_an_administrator_may_all_of_it(laptop, where, what, allowed):
    del allowed
    assert act(laptop, what, where, laptop.admin)


def test_an_administrator_without_elevation_is_a_plain_user(laptop):
    ada = windows.add_person(laptop.machine, "ada", admin=True)
    assert not act(laptop, "file", r"C:\Program Files", Token(ada, elevated=False))
    assert act(laptop, "file", r"C:\Program Files", Token(ada))


@pytest.mark.parametrize(
    ("path", "may"),
    [(r"C:\ProgramData\theirs\file", False), (r"C:\Users\alice\file", False), (r"D:\ours\file", True)],
)
def test_what_one_user_makes_another_may_change_only_where_all_may(laptop, path, may):
    assert act(laptop, "change", path, laptop.bob) is may


def test_who_made_something_may_always_change_who_else_may(laptop):
    """Microsoft, "Owner of a New Object": so a folder that somebody else made can never be kept from them."""
    files, own = laptop.machine.files, r"C:\theirs"
    files.make(own, laptop.user)
    shut = ("/inheritance:r", "/grant:r", "*S-1-5-32-544:(OI)(CI)F")
    assert laptop.run("icacls.exe", own, *shut).code == 0
    assert not act(laptop, "file", own, laptop.user)
    assert laptop.run("icacls.exe", own, "/grant", f"*{laptop.alice.sid}:(OI)(CI)F", token=laptop.user).code == 0
    assert act(laptop, "file", own, laptop.user)
    assert laptop.run("icacls.exe", NEW_FOLDER, "/grant", f"*{laptop.alice.sid}:(OI)(CI)F", token=laptop.user).code == 5


def test_what_is_moved_keeps_the_rights_that_it_had(laptop):
    """Microsoft, "How permissions are handled when you copy and move files": on one drive a file keeps them."""
    files = laptop.machine.files
    files.move(r"C:\Users\alice\file", rf"{NEW_FOLDER}\moved", laptop.user)
    assert not act(laptop, "read", rf"{NEW_FOLDER}\moved", laptop.bob)
    assert act(laptop, "read", rf"{NEW_FOLDER}\moved", laptop.admin)


def test_the_root_shows_its_rights_as_windows_does(laptop):
    shown = laptop.run("icacls.exe", "C:\\").stdout.decode()
    assert "NT AUTHORITY\\Authenticated Users:(AD)" in shown
    assert "NT AUTHORITY\\Authenticated Users:(OI)(CI)(IO)(M)" in shown
    below = laptop.run("icacls.exe", NEW_FOLDER).stdout.decode()
    assert "NT AUTHORITY\\Authenticated Users:(I)(OI)(CI)(M)" in below
    assert "(I)(AD)" not in below


def test_local_system_has_a_profile_and_its_programs_a_folder_for_temporary_files(laptop):
    """ProfileList\\S-1-5-18 names it; TEMP of services is the machine's (knowledge, not verified here)."""
    files, token = laptop.machine.files, Token(LOCAL_SYSTEM)
    assert files.is_dir(rf"{LOCAL_SYSTEM.profile}\AppData\Local")
    variables = laptop.machine.environment(token)
    assert (variables["USERPROFILE"], variables["TEMP"]) == (LOCAL_SYSTEM.profile, r"C:\Windows\TEMP")
    files.write(rf"{variables['TEMP']}\x", b"", token)
    files.write(rf"{variables['LOCALAPPDATA']}\x", b"", token)
    profiles = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
    for sid in ("S-1-5-18", "S-1-5-19", "S-1-5-20"):
        path = laptop.machine.registry.get(rf"{profiles}\{sid}", "ProfileImagePath", "")
        assert files.is_dir(laptop.machine.expand(path, variables))


def test_the_limit_of_paths_is_a_setting_of_the_laptop(laptop):
    assert laptop.machine.registry.get(LONG_PATHS, "LongPathsEnabled", 0) == 0, "off unless somebody sets it"
