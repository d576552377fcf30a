"""Where Docker Desktop keeps its data: chosen once, never lost by a declaration, and not called moved before it is seen."""

import hashlib
from dataclasses import replace

import pytest
from support.docker import EXE, FOLDER, NONE, failure, installed, plan, running
from support.lab_laptop import LabLaptop
from support.laptops import laptop, wanted
from support.wire import RUN

from pyinfra_wsl.core.formats import docker_settings
from pyinfra_wsl.lab.docker_desktop import package
from pyinfra_wsl.resources.docker_desktop import plan as planning
from pyinfra_wsl.resources.docker_desktop import setup
from pyinfra_wsl.resources.docker_desktop.answering import Answering
from pyinfra_wsl.resources.docker_desktop.file import File
from pyinfra_wsl.resources.docker_desktop.resource import RESOURCE
from pyinfra_wsl.resources.docker_desktop.rules import check

USUAL = r"C:\Users\alice\AppData\Local\Docker\wsl"


def file(**values):
    return File(exists=True, parsed=docker_settings.Settings(values))


def there(kept=None, version="4.86.0", **values):
    recorded = File() if kept is None else file(wslDefaultDataRoot=kept)
    return installed(version, settings=file(**values), shared={"install-settings": recorded})


def on(root, have, **case):
    return plan(EXE | {"options": {"wsl-default-data-root": root}}, have=have, **case)


@pytest.mark.parametrize(
    ("have", "root"),
    [
        (there(), USUAL),
        (there(), USUAL.upper() + "\\"),
        (there(kept=r"D:\docker"), r"D:\docker"),
        (there(CustomWslDistroDir=r"D:\docker"), "D:/docker"),
        (there(CustomWslDistroDir=r"D:\docker\DockerDesktopWSL"), r"D:\docker"),
        (there(kept=r"E:\old", CustomWslDistroDir=r"D:\docker"), r"D:\docker"),
        (there(UseWindowsContainers=True), r"D:\docker"),  # this engine has no such disk
    ],
)
def test_data_that_lie_as_declared_are_left_alone(have, root):
    planned = on(root, have)
    assert (planned.steps, planned.foreseen, planned.unproved) == ((), (), ())


@pytest.mark.parametrize(
    ("have", "where"),
    [
        (there(), USUAL),
        (there(kept=r"E:\old"), r"E:\old"),
        (there(CustomWslDistroDir=r"E:\moved\DockerDesktopWSL"), r"E:\moved\DockerDesktopWSL"),
        (replace(there(kept=r"E:\old"), settings=File()), r"E:\old"),  # it was never started
    ],
)
def test_data_that_lie_elsewhere_are_told_with_the_way_out_and_nothing_is_moved(have, where):
    planned = on(r"D:\docker", have)
    (told,) = planned.foreseen
    assert (planned.steps, planned.failures, told.code) == ((), (), "data_location")
    assert where in told.cause
    assert r"D:\docker" in told.cause
    assert "Disk image location" in told.remedy


@pytest.mark.parametrize("have", [replace(there(), settings=None), replace(there(), shared={"install-settings": None})])
def test_what_cannot_be_seen_is_not_called_right(have):
    planned = on(r"D:\docker", have)
    assert (planned.foreseen, planned.unproved) == (
        (), ("wsl-default-data-root: where the data of backend wsl-2 lie is not known",),
    )  # fmt: skip


def said(have, options):
    (step,) = plan(EXE | {"options": options}, have=have).steps
    return step.does.__self__.package.options


ROOTS = {"wsl-default-data-root": r"D:\w", "hyper-v-default-data-root": r"D:\h", "windows-containers-default-data-root": r"D:\c"}
OTHER = {"always-run-service": True}


def test_a_first_installation_is_told_where():
    drives = {"windows": {"drives": {"C:": 90 << 30, "D:": 90 << 30}}}
    (step,) = plan(EXE | {"options": ROOTS | OTHER}, have=NONE, **drives).steps
    assert step.does.__self__.package.options == ROOTS | OTHER
    assert step.does(RUN)


@pytest.mark.parametrize(
    "have",
    [
        there(version="4.80.0"),
        replace(NONE, settings=file()),  # removed with its data kept
        replace(NONE, settings=None),
    ],
)
def test_where_there_may_be_data_no_other_place_is_told_to_an_installer(have):
    """An upgrade that was told another root began there with an empty disk."""
    assert dict(said(have, ROOTS | OTHER)) == OTHER


def test_data_of_one_that_was_removed_are_found_again_or_told():
    (told,) = on(r"D:\docker", replace(NONE, settings=file())).foreseen
    assert USUAL in told.cause


@pytest.mark.parametrize(
    ("drives", "words"), [({"C:": 90 << 30}, "has no drive D:"), ({"C:": 90 << 30, "D:": 5}, "drive D: is too full")]
)
def test_a_first_installation_needs_room_where_its_data_will_lie(drives, words):
    options = {"options": {"wsl-default-data-root": r"D:\docker"}}
    assert words in failure(package=EXE | options, have=NONE, windows={"drives": drives}).cause


# --- the disk of the Hyper-V engine ---


def settings(have, **values):
    return setup.plan(wanted(RESOURCE, {"docker_desktop": {"settings": values}}), laptop(docker_desktop=have))


HYPER_V = {"linux": Answering("28.3.3", "linux", "6.10.14-linuxkit"), "windows": Answering()}


@pytest.mark.parametrize("have", [there(WslEngineEnabled=False), running("4.86.0", settings=file(), engines=HYPER_V)])
def test_a_changed_folder_would_leave_the_disk_behind_and_the_rest_goes_on(have):
    have = replace(have, settings=file(**have.settings.values, LicenseTermsVersion=2))
    planned = settings(have, DataFolder=r"D:\vm", AutoStart=True)
    (told,) = planned.foreseen
    assert (told.code, "empty disk" in told.remedy) == ("data_location", True)
    assert [step.sentence for step in planned.steps] == ["Docker Desktop: AutoStart: false → true"]


def test_the_folder_that_is_set_or_not_used_is_no_matter():
    same = there(WslEngineEnabled=False, DataFolder=r"D:\VM\\", LicenseTermsVersion=2)
    assert settings(same, DataFolder=r"D:\vm").foreseen == ()
    assert settings(there(LicenseTermsVersion=2), DataFolder=r"D:\vm").foreseen == ()


# --- where disks cannot lie ---


@pytest.mark.parametrize(
    ("root", "words"),
    [
        (r"C:\Users\alice\OneDrive - Contoso\docker", "lies in onedrive"), (r"C:\Users\alice\Dropbox\d", "lies in dropbox"),
        (r"\\server\share", "is no path on a Windows drive"), ("docker", "is no path"), (r"D:\a|b", "|"),
    ],
)  # fmt: skip
def test_a_folder_in_which_no_disk_can_lie_is_refused(root, words):
    for name in ROOTS:
        problems = [str(one.message) for one in check({"docker_desktop": {"package": EXE | {"options": {name: root}}}})]
        assert any(words in one for one in problems), problems


def test_other_folders_are_not():
    declared = {"docker_desktop": {"package": EXE | {"options": ROOTS | {"wsl-default-data-root": r"%LOCALAPPDATA%\disks"}}}}
    assert not [one for one in check(declared) if "data-root" in str(one.path)]


# --- on a laptop of the lab, in which a path that is changed by hand moves nothing ---


def exe(folder, number):
    path = folder / f"DockerDesktop-{number}.exe"
    path.write_bytes(package.make(number))
    return {"installer": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "version": number}


def look(lab, declared):
    return planning.plan(wanted(RESOURCE, {"docker_desktop": {"package": declared}}), lab.look())


def test_on_a_laptop_images_are_there_after_an_upgrade_that_declares_another_place(tmp_path):
    lab = LabLaptop()
    desktop = lab.docker("4.80.0")
    lab.start_docker()
    desktop.running.content.images.append("mine")
    lab.loop.run_until_complete(desktop.stop())
    declared = exe(tmp_path, "4.86.0") | {"options": {"wsl-default-data-root": r"C:\elsewhere"}}
    planned = look(lab, declared)
    assert [one.code for one in planned.foreseen] == ["data_location"]
    lab.carry_out(planned)
    lab.start_docker()
    assert desktop.running.content.images == ["mine"]
    assert [one.code for one in look(lab, declared).foreseen] == ["data_location"]


def test_on_a_laptop_a_first_installation_puts_them_where_declared(tmp_path):
    lab = LabLaptop()
    declared = exe(tmp_path, "4.86.0") | {"options": {"wsl-default-data-root": r"C:\elsewhere"}}
    lab.carry_out(look(lab, declared))
    again = look(lab, declared)
    assert (again.steps, again.foreseen, again.unproved) == ((), (), ())
    assert FOLDER in lab.look().of(planning.State).folder
