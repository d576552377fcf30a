"""Folders in which nothing may be made: the folder's own error reaches the person, and never is WSL blamed for it."""

import pytest
from support.lab_laptop import LabLaptop, archive
from support.laptops import wanted

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.windows.laptop import Target
from pyinfra_wsl.resources.wsl_distro import plan as planning
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE
from tests.lab.wsl_laptop import archive as rootfs

DENIED = r"C:\Users\fleet-admin\theirs"  # nobody but its owner writes in there


def plan(lab, want):
    return planning.plan(wanted(RESOURCE, {"wsl_distros": {"Ubuntu": want}}), lab.look())


@pytest.fixture(params=["another's session", "our own"])
def lab(request):
    lab = LabLaptop()
    if request.param == "our own":
        lab.target = Target(None)
    return lab


def failure(lab, want):
    with pytest.raises(StepError) as failed:
        lab.carry_out(plan(lab, want))
    return failed.value


def test_an_import_to_a_drive_that_is_not_there_says_so(lab, tmp_path):
    found = failure(lab, archive(tmp_path, rootfs("gz")) | {"location": r"Q:\wsl\u"})
    assert r"cannot make Q:\wsl\u" in str(found)
    assert found.code == "folder"
    assert "location" in found.remedy


def test_a_move_to_a_drive_that_is_not_there_is_not_begun(lab, tmp_path):
    image = archive(tmp_path, rootfs("gz"))
    lab.carry_out(plan(lab, image))
    (found,) = plan(lab, image | {"location": r"Q:\wsl\u"}).failures
    assert found.cause == "this laptop has no drive Q: for distribution Ubuntu; it has C:"
    assert "location" in found.remedy


def test_an_export_to_a_drive_that_is_not_there_says_so(lab, tmp_path):
    image = archive(tmp_path, rootfs("gz"))
    lab.carry_out(plan(lab, image))
    found = failure(lab, image | {"export_to": r"Q:\backup\u.tar"})
    assert "could not be exported" in str(found)
    assert found.code == "folder"
    assert "export_to" in found.remedy


@pytest.mark.parametrize("key", ["location", "export_to"])
@pytest.mark.parametrize("there", [False, True])
def test_a_folder_that_they_may_not_write_to_is_theirs_to_declare_otherwise(tmp_path, key, there):
    lab, image = LabLaptop(), archive(tmp_path, rootfs("gz"))
    lab.machine.files.make(DENIED)
    if there:
        lab.carry_out(plan(lab, image))
    found = failure(lab, image | {key: rf"{DENIED}\x\u.tar" if key == "export_to" else rf"{DENIED}\x\u"})
    assert found.code == "folder"
    assert key in found.remedy
    assert "wsl.exe did not start" not in str(found)
