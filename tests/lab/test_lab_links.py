"""What agent.ps1's verbs meet on links, attributes, cloud files, long paths and files in use; each row says what it is from."""

import asyncio
import base64
import json
from types import SimpleNamespace

import pytest

from pyinfra_wsl.lab.agent import Agent
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.verbs.file import LONG_PATHS
from tests.lab.lab_laptop import LabLaptop

HOME = r"C:\Users\alice"
OTHER = rf"{HOME}\other"
FILE = rf"{HOME}\file"
NEW = base64.b64encode(b"new").decode()


@pytest.fixture
def laptop():
    made = LabLaptop()
    made.files = made.machine.files
    made.files.write(FILE, b"old", made.user)
    made.files.write(rf"{OTHER}\keep", b"kept", made.user)
    return made


def ask(laptop, verb, by=None, **fields):
    """Ask an agent one call; its value, or the kind of its error."""
    agent = Agent(laptop.machine, by or laptop.user, SimpleNamespace(pid=7), None, "C:\\", {})

    async def one():
        try:
            return await agent.answer(json.dumps({"id": 1, "calls": [{"verb": verb, **fields}]}))
        finally:
            agent.close()

    (result,) = asyncio.run(one())["results"]
    return result["value"] if result["ok"] else result["error"]["kind"]


def read_only(laptop):
    laptop.files.stat(FILE).attributes.add("readonly")


def hidden(laptop):
    laptop.files.stat(FILE).attributes.add("hidden")


def held(laptop):
    laptop.files.stat(FILE).open_by = "editor.exe"


def two_names(laptop):
    laptop.files.hard_link(rf"{HOME}\second", FILE, laptop.user)


def hidden_with_two_names(laptop):
    hidden(laptop)
    two_names(laptop)


def linked(laptop):
    laptop.files.move(FILE, rf"{OTHER}\file")
    laptop.files.symlink(FILE, rf"{OTHER}\file", laptop.admin)


def dangling(laptop):
    laptop.files.remove(FILE)
    laptop.files.symlink(FILE, rf"{OTHER}\none", laptop.admin)


def endless(laptop):
    laptop.files.remove(FILE)
    laptop.files.symlink(FILE, rf"{HOME}\back", laptop.admin)
    laptop.files.symlink(rf"{HOME}\back", FILE, laptop.admin)


def cloud(laptop):
    laptop.files.stat(FILE).cloud = "away"


def cloud_signed_off(laptop):
    cloud(laptop)
    laptop.machine.log_off(laptop.alice)


WRITE = {"verb": "file.write", "data": NEW}
READ = {"verb": "file.read"}
APPEND = {"verb": "file.append", "offset": 3, "data": NEW}
REMOVE = {"verb": "file.remove"}
MOVE = {"verb": "file.move", "to": rf"{HOME}\moved"}
STATE = {"verb": "file.state", "hash": True}

# How FILE is, what is asked, and the error's kind or None; behind it where that is from.
ROWS = [
    (read_only, WRITE, "access_denied"),  # "ReplaceFileW": ERROR_ACCESS_DENIED for a read-only file; not verified here
    (read_only, READ, None),  # "File Attribute Constants"
    (read_only, APPEND, "access_denied"),  # "CreateFileW": GENERIC_WRITE on a read-only file
    (read_only, REMOVE, "access_denied"),  # "DeleteFileW"
    (read_only, MOVE, None),  # "MoveFileExW" asks for DELETE only; knowledge, not verified here
    (hidden, READ, None),
    (hidden, WRITE, None),  # File.Replace, which says nothing of attributes; knowledge, not verified here
    (hidden, APPEND, None),  # OPEN_ALWAYS asks nothing of attributes
    (hidden, REMOVE, None),
    (hidden_with_two_names, WRITE, "access_denied"),  # File.WriteAllBytes, "CreateFileW": CREATE_ALWAYS on a hidden file
    (two_names, WRITE, None),
    (held, READ, "in_use"),  # ERROR_SHARING_VIOLATION
    (held, WRITE, "in_use"),
    (held, APPEND, "in_use"),
    (held, REMOVE, "in_use"),
    (held, MOVE, "in_use"),
    (linked, READ, None),  # "Symbolic Link Effects on File Systems Functions"
    (linked, WRITE, None),  # agent.ps1 asks first where it leads
    (linked, APPEND, None),  # CreateFile follows
    (linked, REMOVE, None),  # "DeleteFile": the link is deleted
    (linked, MOVE, None),
    (dangling, READ, "not_found"),
    (dangling, WRITE, None),
    (dangling, REMOVE, None),
    (endless, READ, "failed"),  # ERROR_CANT_RESOLVE_FILENAME
    (endless, WRITE, "link"),
    (endless, REMOVE, None),
    (cloud, READ, None),  # FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS: it is fetched
    (cloud, WRITE, None),
    (cloud_signed_off, READ, "failed"),  # ERROR_CLOUD_FILE_PROVIDER_NOT_RUNNING
    (cloud_signed_off, STATE, "failed"),
    (cloud_signed_off, REMOVE, None),
]


@pytest.mark.parametrize(("case", "call", "kind"), ROWS, ids=lambda one: getattr(one, "__name__", None))
def test_what_the_verbs_meet(laptop, case, call, kind):
    case(laptop)
    by = laptop.admin if case is cloud_signed_off else None
    answer = ask(laptop, by=by, path=FILE, **call)
    assert (answer if isinstance(answer, str) else None) == kind
    if kind and case not in (endless, dangling, cloud_signed_off):
        laptop.files.stat(FILE).open_by = ""
        assert laptop.files.read(FILE) == b"old"


@pytest.mark.parametrize(("case", "after"), [(linked, b"new"), (dangling, b"new")])
def test_a_link_stays_one_and_what_it_leads_to_is_written(laptop, case, after):
    case(laptop)
    target = laptop.files.stat(FILE).link
    ask(laptop, **WRITE, path=FILE)
    assert (laptop.files.stat(FILE).link, laptop.files.read(target)) == (target, after)


@pytest.mark.parametrize("case", [linked, dangling])
def test_a_link_is_there_wherever_it_leads_and_goes_alone(laptop, case):
    case(laptop)
    state = ask(laptop, "file.state", path=FILE)
    assert (state["exists"], state["link"], state["size"]) == (True, True, 0), "File.Exists and Length look at the link itself"
    target = laptop.files.stat(FILE).link
    there = laptop.files.exists(target)
    assert ask(laptop, **REMOVE, path=FILE) == {"existed": True}
    assert laptop.files.exists(target) is there


def test_a_file_of_onedrive_has_the_attribute_of_links_and_is_none(laptop):
    """IO_REPARSE_TAG_CLOUD: PowerShell names no LinkType, so it is written in its place; `within` refuses every reparse point."""
    cloud(laptop)
    assert ask(laptop, "file.state", path=FILE)["link"] is True
    assert ask(laptop, "file.read", path=FILE, within=HOME) == "link"
    ask(laptop, **WRITE, path=FILE)
    assert laptop.files.read(FILE) == b"new"


def test_a_tree_goes_without_what_a_junction_leads_to_and_as_far_as_it_can(laptop):
    """.NET's Directory.Delete(recursive): goes on where something cannot go, and tells the first of it in the end."""
    files = laptop.files
    for name in ("a", "c"):
        files.write(rf"{HOME}\tree\{name}", b"", laptop.user)
    files.write(rf"{HOME}\tree\b", b"", laptop.user)
    files.stat(rf"{HOME}\tree\b").attributes.add("readonly")
    files.link(rf"{HOME}\tree\junction", OTHER, laptop.user)
    assert ask(laptop, "file.remove", path=rf"{HOME}\tree", tree=True) == "access_denied"
    assert [node.name for node in files.list(rf"{HOME}\tree")] == ["b"]
    assert files.read(rf"{OTHER}\keep") == b"kept"


def test_a_junction_needs_no_right_but_its_folder_and_a_symbolic_link_does(laptop):
    """Microsoft, "Create symbolic links" (SeCreateSymbolicLinkPrivilege) and "Enable your device for development"."""
    developer = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\AppModelUnlock"
    assert laptop.cmd(rf"mklink /j {HOME}\j {OTHER}", laptop.user).code == 0
    for switch, name in (("", "f"), ("/d ", "d")):
        refused = laptop.cmd(rf"mklink {switch}{HOME}\{name} {OTHER}", laptop.user)
        assert (refused.code, b"privilege" in refused.stderr) == (1, True)
    laptop.machine.registry.set(developer, "AllowDevelopmentWithoutDevLicense", "DWord", 1)
    for switch, name in (("", "f"), ("/d ", "d")):
        assert laptop.cmd(rf"mklink {switch}{HOME}\{name} {OTHER}", laptop.user).code == 0
    assert [node.name for node in laptop.files.list(rf"{HOME}\d")] == ["keep"]


def test_junctions_may_lead_through_junctions_and_not_in_a_circle(laptop):
    files = laptop.files
    files.link(rf"{HOME}\one", rf"{HOME}\two", laptop.user)
    files.link(rf"{HOME}\two", OTHER, laptop.user)
    assert files.read(rf"{HOME}\one\keep") == b"kept"
    files.link(rf"{HOME}\a", rf"{HOME}\b", laptop.user)
    files.link(rf"{HOME}\b", rf"{HOME}\a", laptop.user)
    with pytest.raises(FileError, match="unresolved"):
        files.read(rf"{HOME}\a\keep")
    assert ask(laptop, "file.state", path=rf"{HOME}\a\keep") == {"exists": False}


def test_nothing_is_moved_to_another_drive(laptop):
    """.NET's Directory.Move: "Source and destination path must have identical roots"."""
    laptop.files.mount("D:")
    assert ask(laptop, "file.move", path=FILE, to=r"D:\file") == "failed"
    assert laptop.files.exists(FILE)


def long(units):
    return HOME + "\\" + "x" * (units - len(HOME) - 1)


@pytest.mark.parametrize(
    ("call", "longest"),
    [(READ, 259), (APPEND | {"offset": 0}, 259), (WRITE, 259 - 37), (MOVE, 259)],
    ids=["read", "append", "write", "move"],
)
def test_paths_are_as_long_as_windows_powershell_takes_them(laptop, call, longest):
    """Microsoft, "Maximum Path Length Limitation": PathTooLongException; a file is written under a name of 37 characters more."""
    if call is MOVE or call is READ:
        laptop.files.write(long(longest), b"", laptop.user)
        laptop.files.write(long(longest + 1), b"", laptop.user)
    assert not isinstance(ask(laptop, path=long(longest), **call), str)
    too_long = ask(laptop, path=long(longest + 1), **call)
    assert too_long == ({"exists": False} if call is READ else "failed"), "File.Exists says no of a path that is too long"
    laptop.machine.registry.set(LONG_PATHS, "LongPathsEnabled", "DWord", 1)
    laptop.files.remove(rf"{HOME}\moved") if call is MOVE else None
    assert not isinstance(ask(laptop, path=long(longest + 1), **call), str)
