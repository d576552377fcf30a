"""Imports carried out on a simulated laptop, and imports that go wrong there."""

import dataclasses
import gzip
import io
import tarfile

import pytest
from support.bed import Bed, archive

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.talk import Later, Request
from pyinfra_wsl.lab.wsl import distro_archive, distro_disk
from pyinfra_wsl.resources.wsl_distro import plan as wsl_distro
from tests.lab.wsl_laptop import archive as rootfs

FOLDER = r"C:\Users\alice\AppData\Local\wsl\Ubuntu"
OURS = r"HKLM\SOFTWARE\pyinfra-wsl"


@pytest.fixture
def bed():
    return Bed()


def plan(bed, want):
    return wsl_distro.plan("Ubuntu", want, bed.look())


def marker(bed):
    return bed.machine.registry.values(rf"{OURS}\Imports\{bed.alice.sid}\Ubuntu")


def leave_half(bed, want, *, ours=True):
    """Leave what a killed service leaves: State 3, and the marker of our import."""
    bed.carry_out(plan(bed, want))
    guid = bed.lxss("Ubuntu")["guid"]
    bed.machine.registry.set(rf"HKU\{bed.alice.sid}\Software\Microsoft\Windows\CurrentVersion\Lxss\{guid}", "State", "DWord", 3)
    bed.machine.registry.remove_tree(rf"{OURS}\Distros\{guid}")
    if ours:
        bed.machine.registry.set(rf"{OURS}\Imports\{bed.alice.sid}\Ubuntu", "Sha256", "String", want["sha256"])
        bed.machine.registry.set(rf"{OURS}\Imports\{bed.alice.sid}\Ubuntu", "Folder", "String", FOLDER)


@pytest.mark.parametrize(("form", "name"), [("", "u.tar"), ("gz", "u.tar.gz"), ("xz", "u.tar.xz"), ("gz", "u.wsl")])
def test_every_kind_of_archive_is_imported_and_known_afterwards(bed, tmp_path, form, name):
    want = archive(tmp_path, rootfs(form), name)
    bed.carry_out(plan(bed, want))
    assert bed.lxss("Ubuntu")["State"] == 1
    assert bed.lxss("Ubuntu")["BasePath"] == FOLDER
    have = bed.look()
    assert have.wsl_distro.find("Ubuntu").record.sha256 == want["sha256"]
    assert not plan(bed, want).steps
    assert not marker(bed)


def test_a_disk_is_imported_keeps_its_files_name_and_is_known_afterwards(bed, tmp_path):
    want = archive(tmp_path, distro_disk.pack(distro_archive.read(rootfs("gz"))), "u.vhdx")
    bed.carry_out(plan(bed, want))
    have = bed.look().wsl_distro.find("Ubuntu")
    assert (have.version, have.disk, have.record.sha256) == (2, f"{want['sha256']}.vhdx", want["sha256"])
    assert bed.machine.files.exists(rf"{FOLDER}\{have.disk}")
    assert not plan(bed, want).steps
    assert not marker(bed)


def test_nothing_is_left_of_the_archive_after_the_import(bed, tmp_path):
    bed.carry_out(plan(bed, archive(tmp_path, rootfs("gz"))))
    cache = bed.machine.files.list(r"C:\Program Files\pyinfra-wsl\cache")
    assert [entry.name for entry in cache if entry.name != ".keep"] == []


def test_an_import_costs_few_requests(bed, tmp_path):
    planned = plan(bed, archive(tmp_path, rootfs("gz")))
    before = bed.requests
    bed.carry_out(planned)
    assert bed.requests - before == 1  # beside the upload; the record travels with what comes next


def test_it_goes_into_the_declared_folder_with_all_folders_above_it(bed, tmp_path):
    want = archive(tmp_path, rootfs()) | {"location": r"C:\Users\alice\a\b\c", "version": 1}
    bed.carry_out(plan(bed, want))
    assert bed.lxss("Ubuntu")["BasePath"] == r"C:\Users\alice\a\b\c"
    assert bed.lxss("Ubuntu")["Flags"] & 8 == 0


def test_default_and_default_user_are_set_after_the_import(bed, tmp_path):
    want = archive(tmp_path, rootfs("gz")) | {"default": True, "default_user": "dev"}
    bed.carry_out(plan(bed, want))
    assert bed.lxss("Ubuntu")["DefaultUid"] == 1000
    assert bed.look().wsl_distro.default == "Ubuntu"
    assert not plan(bed, want).steps


def test_the_welcome_window_does_not_open_on_somebodys_screen(bed, tmp_path):
    bed.carry_out(plan(bed, archive(tmp_path, rootfs())))
    assert bed.machine.registry.get(rf"HKU\{bed.alice.sid}\Software\Microsoft\Windows\CurrentVersion\Lxss", "OOBEComplete") == 1


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
    bed = Bed(culture=culture)
    planned = plan(bed, archive(tmp_path, broken(form)))
    with pytest.raises(StepError) as caught:
        bed.carry_out(planned)
    assert caught.value.code == code
    assert caught.value.remedy
    assert not bed.lxss("Ubuntu")
    assert not marker(bed)


def test_an_archive_with_another_hash_is_not_imported(bed, tmp_path):
    want = archive(tmp_path, rootfs("gz")) | {"sha256": "ab" * 32}
    with pytest.raises(StepError, match="ab" * 32):
        bed.carry_out(plan(bed, want))
    assert not bed.lxss("Ubuntu")


def test_an_archive_that_is_not_there_is_named(bed, tmp_path):
    want = {"source": str(tmp_path / "missing.tar.gz"), "sha256": "ab" * 32}
    with pytest.raises(StepError, match=r"missing\.tar\.gz"):
        bed.carry_out(plan(bed, want))


def test_a_disk_that_somebody_left_in_the_folder_is_not_overwritten(bed, tmp_path):
    bed.machine.files.write(rf"{FOLDER}\ext4.vhdx", b"somebody's")
    with pytest.raises(StepError, match="left there") as caught:
        bed.carry_out(plan(bed, archive(tmp_path, rootfs())))
    assert caught.value.code == "ERROR_FILE_EXISTS"
    assert bed.machine.files.read(rf"{FOLDER}\ext4.vhdx") == b"somebody's"


def test_a_half_import_of_ours_is_repaired_by_the_next_run(bed, tmp_path):
    want = archive(tmp_path, rootfs("gz"))
    leave_half(bed, want)
    bed.carry_out(plan(bed, want))
    assert bed.lxss("Ubuntu")["State"] == 1
    assert not plan(bed, want).steps
    assert not marker(bed)


def test_a_half_import_of_somebody_else_stays_as_it_is(bed, tmp_path):
    want = archive(tmp_path, rootfs("gz"))
    leave_half(bed, want, ours=False)
    assert plan(bed, want).failures
    assert not plan(bed, want).steps


def test_an_import_that_is_still_under_way_is_not_unregistered(bed, tmp_path):
    want = archive(tmp_path, rootfs("gz"))
    leave_half(bed, want)
    planned = plan(bed, want)
    bed.machine.processes.add(
        r"C:\Program Files\WSL\wsl.exe", bed.token(bed.alice), command_line=r"wsl.exe --import Ubuntu C:\u C:\u.tar"
    )
    with pytest.raises(StepError, match="still under way"):
        bed.carry_out(planned)
    assert bed.lxss("Ubuntu")["State"] == 3


def test_an_import_cut_off_before_its_record_is_completed_by_the_next_run(bed, tmp_path):
    want = archive(tmp_path, rootfs("gz"))
    for wish in bed.wishes(plan(bed, want).steps[0].talk(bed.next_run)):
        if isinstance(wish, Later):
            break
    assert marker(bed)
    planned = plan(bed, want)
    assert bed.sentences(planned) == ["complete the import of Ubuntu that was cut off"]
    bed.carry_out(planned)
    assert bed.look().wsl_distro.find("Ubuntu").record.sha256 == want["sha256"]
    assert not marker(bed)
    assert not plan(bed, want).steps


def import_into_a_full_drive(bed, planned):
    for wish in bed.wishes(planned.steps[0].talk(bed.next_run)):
        if isinstance(wish, Request):
            bed.machine.files.free_bytes = 200_000  # enough for the errand


def test_a_full_drive_is_told_in_bytes_and_nothing_is_left(bed, tmp_path):
    want = archive(tmp_path, rootfs("gz"))
    with pytest.raises(StepError) as caught:
        import_into_a_full_drive(bed, plan(bed, want))
    bed.machine.files.free_bytes = 1 << 34
    assert caught.value.code == "ERROR_DISK_FULL"
    assert "bytes" in caught.value.cause
    assert not bed.lxss("Ubuntu")
    bed.carry_out(plan(bed, want))
    assert bed.lxss("Ubuntu")["State"] == 1


def test_another_image_is_put_in_place_of_the_old_one_which_is_kept_as_an_export(bed, tmp_path):
    bed.carry_out(plan(bed, archive(tmp_path, rootfs("gz"))))
    want = archive(tmp_path, rootfs("gz", etc__new=b"x"), "new.tar.gz") | {"allow_data_loss": True}
    bed.carry_out(plan(bed, want))
    assert bed.look().wsl_distro.find("Ubuntu").record.sha256 == want["sha256"]
    assert bed.machine.files.exists(r"C:\Users\alice\AppData\Local\wsl\Ubuntu-20261121T091403.tar")
    assert not plan(bed, want).steps


def test_the_connected_account_can_have_distributions_of_its_own(tmp_path):
    bed = Bed()
    bed.target = dataclasses.replace(bed.target, user=None)
    want = archive(tmp_path, rootfs("gz"))
    bed.carry_out(plan(bed, want))
    assert bed.look().wsl_distro.find("Ubuntu").folder == r"C:\Users\fleet-admin\AppData\Local\wsl\Ubuntu"
