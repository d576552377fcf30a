"""What is made for a person outside of their profile is theirs alone; and what others have made there stays as it is."""

import hashlib

import pytest
from support.lab_laptop import LabLaptop
from support.laptops import wanted

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.files import READ, FileError
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.resources.wsl_distro import plan as planning
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE
from tests.lab.wsl_laptop import archive as rootfs


@pytest.fixture
def made(tmp_path):
    """Make a laptop, on which bob has an account too, and an archive here."""
    laptop = LabLaptop()
    laptop.bob = laptop.token(windows.add_person(laptop.machine, "bob"))
    laptop.machine.files.mount("D:")
    laptop.archive = tmp_path / "u.tar"
    laptop.archive.write_bytes(rootfs())
    return laptop


def image(made):
    return {"source": str(made.archive), "sha256": hashlib.sha256(made.archive.read_bytes()).hexdigest()}


def registered(made, folder):
    wsl.register(made.machine, made.alice, "Ubuntu", rootfs(), folder=folder)


def carry_out(made, want):
    made.carry_out(planning.plan(wanted(RESOURCE, {"wsl_distros": {"Ubuntu": want}}), made.look()))


def reach(made, path):
    """Return what bob can do to a file and to the folders that were made for it."""
    files, found = made.machine.files, []
    for name, act in (
        ("read", lambda: files.read(path, made.bob)),
        ("change", lambda: files.write(path, b"bob's", made.bob)),
        ("remove", lambda: files.remove(path, made.bob)),
        ("list", lambda: files.list(path.rpartition("\\")[0], made.bob)),
        ("add", lambda: files.write(path.rpartition("\\")[0] + "\\evil.dll", b"", made.bob)),
        ("rename", lambda: files.move(path.rpartition("\\")[0], r"C:\taken", made.bob)),
    ):
        try:
            act()
            found.append(name)
        except FileError:
            pass
    return found


@pytest.mark.parametrize("folder", [r"C:\WSL\alice\Ubuntu", r"C:\Ubuntu", r"D:\Ubuntu"])
def test_nobody_else_reaches_a_distribution_outside_of_the_profile(made, folder):
    carry_out(made, {**image(made), "location": folder})
    assert made.lxss("Ubuntu")["BasePath"].endswith(folder)
    assert made.machine.files.stat(rf"{folder}\ext4.vhdx").allowed(made.token(made.alice), READ)
    assert reach(made, rf"{folder}\ext4.vhdx") == []


def test_nobody_else_takes_the_place_of_what_was_made_above_it(made):
    carry_out(made, {**image(made), "location": r"C:\WSL\alice\Ubuntu"})
    for one in (r"C:\WSL", r"C:\WSL\alice"):
        with pytest.raises(FileError, match="access_denied"):
            made.machine.files.move(one, r"C:\taken", made.bob)


@pytest.mark.parametrize("target", [r"C:\backup\u.tar", r"C:\backup\of\alice\u.tar.gz", r"D:\u.tar"])
def test_nobody_else_reads_or_changes_an_export(made, target):
    registered(made, r"C:\Users\alice\AppData\Local\wsl\Ubuntu")
    carry_out(made, {"export_to": target})
    left = reach(made, target)
    assert not {"read", "change", "remove"} & set(left)
    assert not left or target == r"D:\u.tar", "a drive is there before us"


def test_nor_the_one_before_an_unregister_and_not_while_it_is_written(made):
    registered(made, r"C:\Users\alice\AppData\Local\wsl\Ubuntu")
    made.machine.files.make(r"C:\backup")  # an administrator's, as Windows makes it: everybody's
    seen = []
    step = planning.plan(
        wanted(
            RESOURCE, {"wsl_distros": {"Ubuntu": {"state": "absent", "allow_data_loss": True, "export_to": r"C:\backup\u.tar"}}}
        ),
        made.look(),
    ).steps[0]
    for _asked in made.asked_by(step.does(made.next_run)):
        seen += [one for one in made.machine.files.list(r"C:\backup") if one.allowed(made.bob, READ)]
    assert not seen
    (kept,) = made.machine.files.list(r"C:\backup")
    assert reach(made, kept.path) == ["list", "add", "rename"], "its folder is not ours"
    assert not made.lxss("Ubuntu")


def test_a_folder_that_was_there_keeps_its_rights(made):
    files = made.machine.files
    files.make(r"C:\WSL", made.bob)
    before = dict(files.stat(r"C:\WSL").grants), files.stat(r"C:\WSL").inherits
    carry_out(made, {**image(made), "location": r"C:\WSL\Ubuntu"})
    assert (files.stat(r"C:\WSL").grants, files.stat(r"C:\WSL").inherits) == before
    assert not {"read", "change", "remove", "list", "add"} & set(reach(made, r"C:\WSL\Ubuntu\ext4.vhdx"))


def test_a_place_that_keeps_no_rights_is_refused_and_nothing_is_left_there(made):
    """FAT has no access lists: icacls.exe fails there."""
    files = made.machine.files
    files.mount("E:").rightless = True
    registered(made, r"C:\Users\alice\AppData\Local\wsl\Ubuntu")
    for target in (r"E:\backup\u.tar", r"E:\u.tar"):
        with pytest.raises(StepError) as caught:
            carry_out(made, {"export_to": target})
        assert (caught.value.code, "alice's alone" in caught.value.cause) == ("rights", True)
        assert not files.list("E:\\")


def test_nor_is_a_distribution_put_there(made):
    made.machine.files.mount("E:").rightless = True
    with pytest.raises(StepError) as caught:
        carry_out(made, {**image(made), "location": r"E:\WSL\Ubuntu"})
    assert (caught.value.code, made.lxss("Ubuntu")) == ("rights", {})
    assert not made.machine.files.list("E:\\")


def test_who_may_not_write_there_is_told_what_windows_says(made):
    registered(made, r"C:\Users\alice\AppData\Local\wsl\Ubuntu")
    with pytest.raises(StepError, match=r"CORP\\alice cannot make C:\\Program Files\\x\\u\.tar: Access is denied") as caught:
        carry_out(made, {"export_to": r"C:\Program Files\x\u.tar"})
    assert caught.value.code == "folder"


def test_a_folder_as_deep_as_windows_makes_one_is_made(made):
    folder = "C:\\" + "\\".join(["x" * 60, "y" * 60, "z" * 60, "v" * 58, "w"])
    carry_out(made, {**image(made), "location": folder})
    assert made.lxss("Ubuntu")["BasePath"].endswith(folder)
