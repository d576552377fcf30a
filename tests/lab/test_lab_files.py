"""The simulated file system: names, rights, links, a disk that fills up."""

import hashlib

import pytest

from pyinfra_wsl.lab.machine.account import SYSTEM, Account, Token
from pyinfra_wsl.lab.machine.files import FileError, Files, Sparse

ALICE = Token(Account("alice", "CORP", "S-1-5-21-1", r"C:\Users\alice"), elevated=False)
ADMIN = Token(Account("ada", "CORP", "S-1-5-21-2", r"C:\Users\ada", admin=True))
NOT_ELEVATED = Token(ADMIN.account, elevated=False)


@pytest.fixture
def files():
    files = Files(free_bytes=1000)
    files.stat("C:\\").grants = {SYSTEM: "F", "S-1-5-32-544": "F", "S-1-5-32-545": "RX"}
    return files


def kind(problem):
    return problem.value.kind


def test_names_are_the_same_in_any_case_and_keep_their_spelling(files):
    files.write(r"C:\Some Folder\File.TXT", b"x")
    assert files.read("c:/some folder/FILE.txt") == b"x"
    assert files.stat(r"c:\SOME FOLDER\file.txt").path == r"C:\Some Folder\File.TXT"


def test_dots_and_long_path_prefixes_are_resolved(files):
    files.write(r"C:\a\b", b"x")
    assert files.read(r"\\?\C:\a\c\..\.\b") == b"x"


@pytest.mark.parametrize("path", ["relative", r"C:\a*b", r"C:\a:b", ""])
def test_what_is_no_path_is_refused(files, path):
    with pytest.raises(FileError) as problem:
        files.stat(path)
    assert kind(problem) == "bad_name"


def test_a_user_reads_and_does_not_write_where_only_administrators_may(files):
    files.write(r"C:\Program Files\x", b"x", ADMIN)
    assert files.read(r"C:\Program Files\x", ALICE) == b"x"
    for token in (ALICE, NOT_ELEVATED):
        with pytest.raises(FileError) as problem:
            files.write(r"C:\Program Files\x", b"y", token)
        assert kind(problem) == "access_denied"


def test_a_folder_cut_off_from_above_keeps_others_out(files):
    home = files.make(r"C:\Users\alice")
    home.inherits, home.grants = False, {ALICE.account.sid: "F"}
    files.write(r"C:\Users\alice\secret", b"x", ALICE)
    with pytest.raises(FileError):
        files.read(r"C:\Users\alice\secret", NOT_ELEVATED)


def test_a_full_disk_takes_no_more_and_removing_makes_room(files):
    files.write(r"C:\a", b"x" * 900)
    with pytest.raises(FileError) as problem:
        files.write(r"C:\b", b"x" * 200)
    assert kind(problem) == "disk_full"
    assert not files.exists(r"C:\b")
    files.remove(r"C:\a")
    files.write(r"C:\b", b"x" * 200)
    assert files.free_bytes == 800


def test_overwriting_costs_the_difference(files):
    files.write(r"C:\a", b"x" * 900)
    files.write(r"C:\a", b"x" * 950)
    assert files.free_bytes == 50


def test_a_file_in_use_is_left_alone(files):
    files.write(r"C:\f\a", b"x")
    files.stat(r"C:\f\a").open_by = "somebody"
    for act, wrong in (
        (lambda: files.read(r"C:\f\a"), "in_use"),
        (lambda: files.write(r"C:\f\a", b""), "in_use"),
        (lambda: files.remove(r"C:\f", tree=True), "in_use"),
        (lambda: files.move(r"C:\f\a", r"C:\g"), "in_use"),
        (lambda: files.move(r"C:\f", r"C:\g"), "access_denied"),  # [MS-FSA], FileRenameInformation
    ):
        with pytest.raises(FileError) as problem:
            act()
        assert kind(problem) == wrong


def test_a_tree_is_removed_only_if_asked_and_a_links_target_never(files):
    files.write(r"C:\target\keep", b"x")
    files.link(r"C:\tree\link", r"C:\target")
    assert files.read(r"C:\tree\link\keep") == b"x"
    with pytest.raises(FileError) as problem:
        files.remove(r"C:\tree")
    assert kind(problem) == "not_empty"
    files.remove(r"C:\tree", tree=True)
    assert files.exists(r"C:\target\keep")


def test_pieces_are_appended(files):
    assert [files.append(r"C:\up", piece) for piece in (b"abc", b"de")] == [3, 5]
    assert files.digest(r"C:\up") == hashlib.sha256(b"abcde").hexdigest()


def test_a_large_file_is_a_size_and_a_digest(files):
    files.write(r"C:\big", Sparse(900, "ab" * 32))
    assert (files.stat(r"C:\big").size, files.digest(r"C:\big"), files.free_bytes) == (900, "ab" * 32, 100)


def test_a_share_must_be_there(files):
    with pytest.raises(FileError):
        files.write("\\\\server\\share\\x", b"")
    files.mount("\\\\server\\share")
    files.write("\\\\server\\share\\x", b"y")
    assert files.stat("\\\\SERVER\\Share\\x").path == "\\\\server\\share\\x"


def private(files):
    """Make a folder of alice's own, and beside it a file that only administrators may touch."""
    home = files.make(r"C:\Users\alice")
    home.inherits, home.grants = False, {ALICE.account.sid: "F"}
    files.write(r"C:\secret", b"x")
    files.stat(r"C:\secret").inherits, files.stat(r"C:\secret").grants = False, {"S-1-5-32-544": "F"}


def test_who_may_write_data_into_a_file_may_do_nothing_else_to_it(files):
    files.write(r"C:\ours\reply", b"old", ADMIN)
    files.stat(r"C:\ours\reply").grants = {ALICE.account.sid: "WD"}
    files.fill(files.opened(r"C:\ours\reply", ALICE), b"new")
    assert files.read(r"C:\ours\reply", ALICE) == b"new"
    for act in (
        lambda: files.write(r"C:\ours\reply", b"", ALICE),
        lambda: files.append(r"C:\ours\reply", b"", ALICE),
        lambda: files.remove(r"C:\ours\reply", ALICE),
        lambda: files.move(r"C:\ours\reply", r"C:\ours\other", ALICE),
    ):
        with pytest.raises(FileError) as problem:
            act()
        assert kind(problem) == "access_denied"
    with pytest.raises(FileError) as problem:
        files.symlink(r"C:\ours\reply", r"C:\x", ALICE)
    assert kind(problem) == "no_privilege"


def test_a_link_to_a_file_gives_no_right_that_its_user_has_not(files):
    private(files)
    files.symlink(r"C:\Users\alice\link", r"C:\secret", ALICE, developer=True)
    for act in (lambda: files.read(r"C:\Users\alice\link", ALICE), lambda: files.write(r"C:\Users\alice\link", b"", ALICE)):
        with pytest.raises(FileError) as problem:
            act()
        assert kind(problem) == "access_denied"
    assert files.read(r"C:\Users\alice\link", ADMIN) == b"x", "an administrator's program follows it"
    files.remove(r"C:\Users\alice\link", ALICE)
    assert files.exists(r"C:\secret")


def test_a_second_name_is_the_same_file_with_its_own_rights(files):
    private(files)
    files.hard_link(r"C:\Users\alice\second", r"C:\secret", ALICE)
    with pytest.raises(FileError):
        files.read(r"C:\Users\alice\second", ALICE)
    files.write(r"C:\Users\alice\second", b"yy", ADMIN)
    assert files.read(r"C:\secret", ADMIN) == b"yy"
    left = files.free_bytes
    files.remove(r"C:\secret", ADMIN)
    assert (files.free_bytes, files.read(r"C:\Users\alice\second", ADMIN)) == (left, b"yy")
    files.remove(r"C:\Users\alice\second", ADMIN)
    assert files.free_bytes == left + 2


def test_only_an_empty_folder_becomes_a_junction(files):
    private(files)
    files.write(r"C:\Users\alice\full\x", b"", ALICE)
    with pytest.raises(FileError) as problem:
        files.link(r"C:\Users\alice\full", r"C:\target", ALICE)
    assert kind(problem) == "not_empty"
    files.remove(r"C:\Users\alice\full\x", ALICE)
    files.link(r"C:\Users\alice\full", r"C:\target", ALICE)
    assert files.leads_elsewhere(r"C:\Users\alice\full\deep\x", r"C:\Users\alice") == r"C:\Users\alice\full"
    assert files.leads_elsewhere(r"C:\Users\alice\other\x", r"C:\Users\alice") == ""
