"""Imports carried out on a simulated laptop, and imports that go wrong there."""

import dataclasses
import gzip
import io
import tarfile

import pytest
from support.lab_laptop import LabLaptop, archive
from support.laptops import wanted

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.talk import Later, Request
from pyinfra_wsl.core.windows import home
from pyinfra_wsl.lab.machine.files import READ
from pyinfra_wsl.lab.wsl import distro_archive, distro_disk
from pyinfra_wsl.resources.wsl_distro import plan as planning
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE
from pyinfra_wsl.resources.wsl_distro.state import State
from tests.lab.wsl_laptop import archive as rootfs

FOLDER = r"C:\Users\alice\AppData\Local\wsl\Ubuntu"
DISK = rf"{FOLDER}\ext4.vhdx"
LXSS = r"Software\Microsoft\Windows\CurrentVersion\Lxss"
OURS = r"HKLM\SOFTWARE\pyinfra-wsl"


@pytest.fixture
def lab_laptop():
    return LabLaptop()


def plan(lab_laptop, want):
    return planning.plan(wanted(RESOURCE, {"wsl_distros": {"Ubuntu": want}}), lab_laptop.look())


def marker(lab_laptop):
    return lab_laptop.machine.registry.values(rf"{OURS}\Imports\{lab_laptop.alice.sid}\Ubuntu")


def leave_half(lab_laptop, want, *, ours=True):
    """Leave what a killed service leaves: State 3, and the marker of our import."""
    lab_laptop.carry_out(plan(lab_laptop, want))
    guid = lab_laptop.lxss("Ubuntu")["guid"]
    lab_laptop.machine.registry.set(rf"HKU\{lab_laptop.alice.sid}\{LXSS}\{guid}", "State", "DWord", 3)
    lab_laptop.machine.registry.remove_tree(rf"{OURS}\Distros\{guid}")
    if ours:
        mark(lab_laptop, Sha256=want["sha256"], Folder=FOLDER, Data=DISK)


def mark(lab_laptop, **values):
    for name, value in values.items():
        lab_laptop.machine.registry.set(rf"{OURS}\Imports\{lab_laptop.alice.sid}\Ubuntu", name, "String", value)


@pytest.mark.parametrize(("form", "name"), [("", "u.tar"), ("gz", "u.tar.gz"), ("xz", "u.tar.xz"), ("gz", "u.wsl")])
def test_every_kind_of_archive_is_imported_and_known_afterwards(lab_laptop, tmp_path, form, name):
    want = archive(tmp_path, rootfs(form), name)
    lab_laptop.carry_out(plan(lab_laptop, want))
    assert lab_laptop.lxss("Ubuntu")["State"] == 1
    assert lab_laptop.lxss("Ubuntu")["BasePath"] == FOLDER
    have = lab_laptop.look()
    assert have.of(State).find("Ubuntu").record.sha256 == want["sha256"]
    assert not plan(lab_laptop, want).steps
    assert not marker(lab_laptop)


@pytest.mark.parametrize(("package", "name"), [("2.6.3.0", "ext4.vhdx"), ("2.7.0.0", "{sha256}.vhdx")])
def test_a_disk_is_imported_under_the_name_that_its_release_gives_it_and_is_known_afterwards(tmp_path, package, name):
    lab_laptop = LabLaptop(package=package)
    want = archive(tmp_path, distro_disk.pack(distro_archive.read(rootfs("gz"))), "u.vhdx")
    lab_laptop.carry_out(plan(lab_laptop, want))
    have = lab_laptop.look().of(State).find("Ubuntu")
    assert (have.version, have.disk, have.record.sha256) == (2, name.format(**want), want["sha256"])
    assert lab_laptop.machine.files.exists(rf"{FOLDER}\{have.disk}")
    assert not plan(lab_laptop, want).steps
    assert not marker(lab_laptop)


@pytest.mark.parametrize(("package", "works"), [("2.6.3.0", False), ("2.7.0.0", True)])
def test_a_disk_of_the_older_format_needs_a_release_that_imports_it(tmp_path, package, works):
    lab_laptop = LabLaptop(package=package)
    planned = plan(lab_laptop, archive(tmp_path, distro_disk.pack(distro_archive.read(rootfs("gz"))), "u.vhd"))
    if not works:
        assert [failure.cause for failure in planned.failures] == [
            "WSL 2.6.3.0 imports disks called .vhdx only, and u.vhd is a .vhd"
        ]
        assert "wsl.package.minimum: 2.7.0" in planned.failures[0].remedy
        return
    lab_laptop.carry_out(planned)
    assert lab_laptop.lxss("Ubuntu")["VhdFileName"].endswith(".vhd")


def test_nothing_is_left_of_the_archive_after_the_import(lab_laptop, tmp_path):
    lab_laptop.carry_out(plan(lab_laptop, archive(tmp_path, rootfs("gz"))))
    cache = lab_laptop.machine.files.list(r"C:\Program Files\pyinfra-wsl\cache")
    assert [entry.name for entry in cache if entry.name != ".keep"] == []


def test_who_imports_may_read_their_archive_alone_and_only_then(lab_laptop, tmp_path):
    lab_laptop.ask(home.before_lock(), keep_going=True)
    files, alice = lab_laptop.machine.files, lab_laptop.token(lab_laptop.alice)
    files.write(r"C:\Program Files\pyinfra-wsl\cache\other.tar", b"x")
    lab_laptop.carry_out(plan(lab_laptop, archive(tmp_path, rootfs("gz"))))
    assert lab_laptop.lxss("Ubuntu")
    assert not files.stat(r"C:\Program Files\pyinfra-wsl\cache\other.tar").allowed(alice, READ)


def test_an_import_costs_few_requests(lab_laptop, tmp_path):
    planned = plan(lab_laptop, archive(tmp_path, rootfs("gz")))
    before = lab_laptop.requests
    lab_laptop.carry_out(planned)
    assert lab_laptop.requests - before == 1  # beside the upload; the record travels with what comes next


def test_it_goes_into_the_declared_folder_with_all_folders_above_it(lab_laptop, tmp_path):
    want = archive(tmp_path, rootfs()) | {"location": r"C:\Users\alice\a\b\c", "version": 1}
    lab_laptop.carry_out(plan(lab_laptop, want))
    assert lab_laptop.lxss("Ubuntu")["BasePath"] == r"C:\Users\alice\a\b\c"
    assert lab_laptop.lxss("Ubuntu")["Flags"] & 8 == 0


def test_default_and_default_user_are_set_after_the_import(lab_laptop, tmp_path):
    want = archive(tmp_path, rootfs("gz")) | {"default": True, "default_user": "dev"}
    lab_laptop.carry_out(plan(lab_laptop, want))
    assert lab_laptop.lxss("Ubuntu")["DefaultUid"] == 1000
    assert lab_laptop.look().of(State).default == "Ubuntu"
    assert not plan(lab_laptop, want).steps


def test_the_welcome_window_does_not_open_on_somebodys_screen(lab_laptop, tmp_path):
    lab_laptop.carry_out(plan(lab_laptop, archive(tmp_path, rootfs())))
    assert lab_laptop.machine.registry.get(rf"HKU\{lab_laptop.alice.sid}\{LXSS}", "OOBEComplete") == 1


def broken(form):
    return {
        "truncated": rootfs("gz")[:200],
        "no archive": b"this is a text",
        "no linux": gzip.compress(tar_of(**{"readme.txt": b"x"})),
    }[form]


def tar_of(**files):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return target.getvalue()


@pytest.mark.parametrize(
    ("form", "code"),
    [("truncated", "WSL_E_IMPORT_FAILED"), ("no archive", "WSL_E_IMPORT_FAILED"), ("no linux", "WSL_E_NOT_A_LINUX_DISTRO")],
)
@pytest.mark.parametrize("culture", ["en-US", "zh-CN"])
def test_a_bad_archive_fails_by_name_in_every_language_and_leaves_nothing(tmp_path, form, code, culture):
    lab_laptop = LabLaptop(culture=culture)
    planned = plan(lab_laptop, archive(tmp_path, broken(form)))
    with pytest.raises(StepError) as caught:
        lab_laptop.carry_out(planned)
    assert caught.value.code == code
    assert caught.value.remedy
    assert not lab_laptop.lxss("Ubuntu")
    assert not marker(lab_laptop)


def test_an_archive_with_another_hash_is_not_imported(lab_laptop, tmp_path):
    want = archive(tmp_path, rootfs("gz")) | {"sha256": "ab" * 32}
    with pytest.raises(StepError, match="ab" * 32):
        lab_laptop.carry_out(plan(lab_laptop, want))
    assert not lab_laptop.lxss("Ubuntu")


def test_an_archive_that_is_not_there_is_named(lab_laptop, tmp_path):
    want = {"source": str(tmp_path / "missing.tar.gz"), "sha256": "ab" * 32}
    with pytest.raises(StepError, match=r"missing\.tar\.gz"):
        lab_laptop.carry_out(plan(lab_laptop, want))


def test_a_disk_that_somebody_left_in_the_folder_is_not_overwritten(lab_laptop, tmp_path):
    lab_laptop.machine.files.write(rf"{FOLDER}\ext4.vhdx", b"somebody's")
    with pytest.raises(StepError, match="stands there already") as caught:
        lab_laptop.carry_out(plan(lab_laptop, archive(tmp_path, rootfs())))
    assert caught.value.code == "ERROR_FILE_EXISTS"
    assert lab_laptop.machine.files.read(rf"{FOLDER}\ext4.vhdx") == b"somebody's"


def test_a_half_import_of_ours_is_repaired_by_the_next_run(lab_laptop, tmp_path):
    want = archive(tmp_path, rootfs("gz"))
    leave_half(lab_laptop, want)
    lab_laptop.carry_out(plan(lab_laptop, want))
    assert lab_laptop.lxss("Ubuntu")["State"] == 1
    assert not plan(lab_laptop, want).steps
    assert not marker(lab_laptop)


def test_a_half_import_of_somebody_else_stays_as_it_is(lab_laptop, tmp_path):
    want = archive(tmp_path, rootfs("gz"))
    leave_half(lab_laptop, want, ours=False)
    assert plan(lab_laptop, want).failures
    assert not plan(lab_laptop, want).steps


def test_an_import_that_is_still_under_way_is_not_unregistered(lab_laptop, tmp_path):
    want = archive(tmp_path, rootfs("gz"))
    leave_half(lab_laptop, want)
    planned = plan(lab_laptop, want)
    lab_laptop.machine.processes.add(
        r"C:\Program Files\WSL\wsl.exe", lab_laptop.token(lab_laptop.alice), command_line=r"wsl.exe --import Ubuntu C:\u C:\u.tar"
    )
    with pytest.raises(StepError, match="still under way"):
        lab_laptop.carry_out(planned)
    assert lab_laptop.lxss("Ubuntu")["State"] == 3


def test_an_import_cut_off_before_its_record_is_completed_by_the_next_run(lab_laptop, tmp_path):
    want = archive(tmp_path, rootfs("gz"))
    for request in lab_laptop.asked_by(plan(lab_laptop, want).steps[0].does(lab_laptop.next_run)):
        if isinstance(request, Later):
            break
    assert marker(lab_laptop)
    planned = plan(lab_laptop, want)
    assert lab_laptop.sentences(planned) == ["complete the import of Ubuntu that was cut off"]
    lab_laptop.carry_out(planned)
    assert lab_laptop.look().of(State).find("Ubuntu").record.sha256 == want["sha256"]
    assert not marker(lab_laptop)
    assert not plan(lab_laptop, want).steps


def import_into_a_full_drive(lab_laptop, planned):
    for request in lab_laptop.asked_by(planned.steps[0].does(lab_laptop.next_run)):
        if isinstance(request, Request):
            lab_laptop.machine.files.free_bytes = 200_000  # enough for the task


def test_a_full_drive_is_told_in_bytes_and_nothing_is_left(lab_laptop, tmp_path):
    want = archive(tmp_path, rootfs("gz"))
    with pytest.raises(StepError) as caught:
        import_into_a_full_drive(lab_laptop, plan(lab_laptop, want))
    lab_laptop.machine.files.free_bytes = 1 << 34
    assert caught.value.code == "ERROR_DISK_FULL"
    assert "bytes" in caught.value.cause
    assert not lab_laptop.lxss("Ubuntu")
    lab_laptop.carry_out(plan(lab_laptop, want))
    assert lab_laptop.lxss("Ubuntu")["State"] == 1


def test_another_image_is_put_in_place_of_the_old_one_which_is_kept_as_an_export(lab_laptop, tmp_path):
    lab_laptop.carry_out(plan(lab_laptop, archive(tmp_path, rootfs("gz"))))
    want = archive(tmp_path, rootfs("gz", etc__new=b"x"), "new.tar.gz") | {"allow_data_loss": True}
    lab_laptop.carry_out(plan(lab_laptop, want))
    assert lab_laptop.look().of(State).find("Ubuntu").record.sha256 == want["sha256"]
    assert lab_laptop.machine.files.exists(r"C:\Users\alice\AppData\Local\wsl\Ubuntu-20261121T091403.tar")
    assert not plan(lab_laptop, want).steps


def test_the_connected_account_can_have_distributions_of_its_own(tmp_path):
    lab_laptop = LabLaptop()
    lab_laptop.target = dataclasses.replace(lab_laptop.target, user=None)
    want = archive(tmp_path, rootfs("gz"))
    lab_laptop.carry_out(plan(lab_laptop, want))
    assert lab_laptop.look().of(State).find("Ubuntu").folder == r"C:\Users\fleet-admin\AppData\Local\wsl\Ubuntu"
