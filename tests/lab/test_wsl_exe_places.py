"""What wsl.exe deletes and writes where links and trees are in its way (LxssUserSession.cpp, WslClient.cpp)."""

import pytest
from wsl_laptop import OK, archive, code, laptop, text

from pyinfra_wsl.lab.wsl import distro_archive

ALICE = r"C:\Users\alice"
FOLDER = rf"{ALICE}\D"


def ready(version=2):
    here = laptop()
    here.register("D", folder=FOLDER, version=version)
    return here


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("tree", ["rootfs", "temp"])
def test_unregister_deletes_what_lies_in_rootfs_and_temp_whatever_it_is_and_whose(version, tree):
    here = ready(version)
    here.put(rf"{FOLDER}\{tree}\home\thesis.txt", b"in there")
    assert text(here.wsl("--unregister", "D")) == OK
    assert not here.machine.files.exists(FOLDER)


@pytest.mark.parametrize("version", [1, 2])
def test_unregister_keeps_what_else_lies_in_its_folder(version):
    here = ready(version)
    for name in ("notes.txt", r"other\rootfs\a"):
        here.put(rf"{FOLDER}\{name}", b"keep")
    here.wsl("--unregister", "D")
    assert here.machine.files.read(rf"{FOLDER}\notes.txt") == here.machine.files.read(rf"{FOLDER}\other\rootfs\a") == b"keep"
    assert not here.machine.files.exists(rf"{FOLDER}\rootfs")
    assert not here.machine.files.exists(rf"{FOLDER}\ext4.vhdx")


def test_unregister_follows_no_link_out_of_rootfs():
    here = ready(1)
    here.put(rf"{ALICE}\elsewhere\a", b"keep")
    here.machine.files.link(rf"{FOLDER}\rootfs\out", rf"{ALICE}\elsewhere")
    here.wsl("--unregister", "D")
    assert not here.machine.files.exists(rf"{FOLDER}\rootfs")
    assert here.machine.files.read(rf"{ALICE}\elsewhere\a") == b"keep"


def test_a_conversion_from_wsl_1_deletes_its_tree():
    here = ready(1)
    here.put(rf"{FOLDER}\rootfs\home\a", b"")
    assert here.wsl("--set-version", "D", "2").code == 0
    assert not here.machine.files.exists(rf"{FOLDER}\rootfs")


def test_an_import_as_wsl_1_that_fails_leaves_no_tree():
    here = laptop()
    here.put(r"C:\d.tar", archive(without=("bin/sh", "etc/passwd", "etc/os-release", "etc/group")))
    assert here.wsl("--import", "D", FOLDER, r"C:\d.tar", "--version", "1").code != 0
    assert not here.machine.files.exists(FOLDER)


def test_an_export_through_a_junction_lands_where_it_leads():
    here = ready()
    here.put(rf"{ALICE}\real\old.txt", b"")
    here.machine.files.link(rf"{ALICE}\junction", rf"{ALICE}\real")
    assert text(here.wsl("--export", "D", rf"{ALICE}\junction\d.tar")) == OK
    assert distro_archive.is_linux(distro_archive.read(here.machine.files.read(rf"{ALICE}\real\d.tar")))
    assert here.machine.files.exists(rf"{ALICE}\junction\d.tar")


def test_an_export_through_a_junction_that_leads_nowhere_fails():
    here = ready()
    here.machine.files.make(rf"{ALICE}\real")
    here.machine.files.link(rf"{ALICE}\junction", rf"{ALICE}\real")
    here.machine.files.remove(rf"{ALICE}\real")
    assert "NOT_FOUND" in code(here.wsl("--export", "D", rf"{ALICE}\junction\d.tar"))
    assert not here.machine.files.exists(rf"{ALICE}\junction\d.tar")


def test_what_is_moved_through_a_junction_lies_where_it_leads_and_a_junction_can_be_turned():
    files = laptop().machine.files
    for name in ("one", "two"):
        files.make(rf"C:\{name}")
    files.write(r"C:\a", b"a")
    files.link(r"C:\j", r"C:\one")
    files.move(r"C:\a", r"C:\j\a")
    assert files.read(r"C:\one\a") == b"a"
    files.hard_link(r"C:\j\b", r"C:\one\a")
    assert files.read(r"C:\one\b") == b"a"
    files.link(r"C:\j", r"C:\two")
    assert not files.exists(r"C:\j\a")
    files.write(r"C:\j\c", b"c")
    assert files.read(r"C:\two\c") == b"c"
