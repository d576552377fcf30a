"""Whose a disk, a folder and a registration are: what somebody else has stays as it is, however often we run."""

import contextlib
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lab_laptop import LabLaptop, archive
from support.laptops import wanted

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.talk import drive
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.lab.wsl.distro import Tree
from pyinfra_wsl.resources.wsl_distro import plan as planning
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE
from tests.lab.wsl_laptop import archive as rootfs

FOLDER = r"C:\Users\alice\wsl\u"
DISK = rf"{FOLDER}\ext4.vhdx"
OURS = r"HKLM\SOFTWARE\pyinfra-wsl"
THEIRS = b"somebody's"
OLD = {"Sha256": "ab" * 32, "Source": "u.tar", "Folder": FOLDER}


def plan(laptop, want):
    return planning.plan(wanted(RESOURCE, {"wsl_distros": {"Ubuntu": want}}), laptop.look())


def marker(laptop):
    return laptop.machine.registry.values(rf"{OURS}\Imports\{laptop.alice.sid}\Ubuntu")


def mark(laptop, values):
    for name, value in values.items():
        laptop.machine.registry.set(rf"{OURS}\Imports\{laptop.alice.sid}\Ubuntu", name, "String", value)


def everything(laptop, folder=FOLDER):
    files = laptop.machine.files
    nodes = files.list(folder) if files.exists(folder) else []
    return {node.path: None if node.folder else files.digest(node.path) for node in nodes}


def a_file(laptop):
    laptop.machine.files.write(DISK, THEIRS)


def bobs_distribution(laptop):
    bob = windows.add_person(laptop.machine, "bob")
    wsl.register(laptop.machine, bob, "bobs", rootfs(), folder=FOLDER)


def a_folder_of_wsl_1(laptop):
    laptop.machine.files.write(rf"{FOLDER}\rootfs\home\thesis.txt", THEIRS)


def what_goes_with_it(laptop):
    laptop.machine.files.write(rf"{FOLDER}\Temp\theirs.txt", THEIRS)


STANDING = {"a file": (a_file, 2), "bob's": (bobs_distribution, 2), "WSL 1": (a_folder_of_wsl_1, 1)}
STANDING["what is deleted when it is unregistered"] = (what_goes_with_it, 2)
MARKERS = {
    "none": {},
    "of an earlier release": OLD,
    "of a run that was cut before its import began": OLD | {"Data": DISK},
    "for another disk": OLD | {"Data": r"C:\Users\alice\other\ext4.vhdx"},
}


@pytest.mark.parametrize("values", MARKERS.values(), ids=MARKERS)
@pytest.mark.parametrize(("put", "version"), STANDING.values(), ids=STANDING)
def test_what_stands_where_a_disk_would_begin_is_never_touched_by_the_first_run_nor_by_the_second(tmp_path, put, version, values):
    laptop = LabLaptop()
    put(laptop)
    mark(laptop, values)
    before = everything(laptop)
    want = archive(tmp_path, rootfs()) | {"location": FOLDER, "version": version, "allow_data_loss": True}
    for _ in range(3):
        with pytest.raises(StepError, match="stands there already and is not ours") as caught:
            laptop.carry_out(plan(laptop, want))
        assert caught.value.code == "ERROR_FILE_EXISTS"
        assert caught.value.remedy
        assert everything(laptop) == before
        assert not marker(laptop)
        assert not laptop.lxss("Ubuntu")


def test_a_disk_that_is_imported_as_it_is_does_not_take_the_place_of_one_of_the_same_name(tmp_path):
    laptop = LabLaptop(package="2.9.4.0")
    want = archive(tmp_path, b"vhdx", "u.vhdx") | {"location": FOLDER}
    theirs = rf"{FOLDER}\{want['sha256']}.vhdx"
    laptop.machine.files.write(theirs, THEIRS)
    for _ in range(2):
        with pytest.raises(StepError, match="stands there already"):
            laptop.carry_out(plan(laptop, want))
    assert laptop.machine.files.read(theirs) == THEIRS


def test_nothing_is_asked_of_the_person_where_something_stands_there(tmp_path):
    laptop = LabLaptop()
    a_file(laptop)
    planned, seen = plan(laptop, archive(tmp_path, rootfs()) | {"location": FOLDER}), []

    def serve(asked):
        seen.append(laptop.serve(asked))
        return seen[-1]

    with pytest.raises(StepError):
        drive(planned.steps[0].does(laptop.next_run), serve)
    _upload, (free, *rest), _unmarked = seen
    assert free.kind == "timeout"
    assert {answer.kind for answer in rest} == {"skipped"}


def test_what_was_put_there_while_the_import_was_prepared_is_safe_too(tmp_path):
    """Between the look and wsl.exe: wsl.exe refuses, and nothing stays marked as ours."""
    laptop = LabLaptop()
    want = archive(tmp_path, rootfs()) | {"location": FOLDER}
    planned, real = plan(laptop, want), laptop.machine.files.write

    def write(path, *arguments, **options):
        if path.lower().endswith("request.json"):
            real(DISK, THEIRS)
        return real(path, *arguments, **options)

    laptop.machine.files.write = write
    with pytest.raises(StepError, match="stands there already"):
        laptop.carry_out(planned)
    assert laptop.machine.files.read(DISK) == THEIRS
    assert not marker(laptop)


def test_a_cut_run_that_claimed_and_did_not_begin_does_not_make_ours_what_came_later(tmp_path):
    laptop = LabLaptop()
    mark(laptop, OLD | {"Data": DISK})
    wsl.register(laptop.machine, laptop.alice, "Ubuntu", rootfs(), folder=r"C:\Users\alice\wsl\by-hand")
    planned = plan(laptop, archive(tmp_path, rootfs()))
    assert not planned.steps
    assert "not imported by us" in planned.warnings[0]


def half(laptop, folder=FOLDER, state=3):
    return wsl.register(laptop.machine, laptop.alice, "Ubuntu", Tree(), folder=folder, state=state, default=False)


@pytest.mark.parametrize("state", [3, 4])
@pytest.mark.parametrize(
    "values", [OLD, OLD | {"Data": r"C:\Users\alice\other\ext4.vhdx"}], ids=["earlier release", "another disk"]
)
def test_a_half_registration_that_a_marker_does_not_prove_stays_and_is_explained(tmp_path, values, state):
    laptop = LabLaptop()
    half(laptop, state=state)
    laptop.machine.files.write(DISK, THEIRS)
    mark(laptop, values)
    for _ in range(2):
        planned = plan(laptop, archive(tmp_path, rootfs()) | {"location": FOLDER})
        assert not planned.steps
        assert "not proved" in planned.failures[0].cause
        assert "--unregister" in planned.failures[0].remedy
    assert laptop.machine.files.read(DISK) == THEIRS


def test_a_half_import_of_ours_into_a_declared_folder_is_repaired(tmp_path):
    laptop = LabLaptop()
    want = archive(tmp_path, rootfs()) | {"location": FOLDER}
    half(laptop)
    mark(laptop, OLD | {"Data": DISK})
    laptop.carry_out(plan(laptop, want))
    assert laptop.lxss("Ubuntu")["State"] == 1
    assert not plan(laptop, want).steps


def test_what_became_whole_meanwhile_is_not_unregistered(tmp_path):
    laptop = LabLaptop()
    item = half(laptop)
    mark(laptop, OLD | {"Data": DISK})
    planned = plan(laptop, archive(tmp_path, rootfs()) | {"location": FOLDER})
    item.set("State", 1)
    with pytest.raises(StepError, match="no half one any more"):
        laptop.carry_out(planned)
    assert laptop.machine.files.exists(DISK)


def test_a_marker_goes_with_the_half_import_it_marked():
    laptop = LabLaptop()
    half(laptop)
    mark(laptop, OLD | {"Data": DISK})
    laptop.carry_out(plan(laptop, {"state": "absent"}))
    assert not laptop.lxss("Ubuntu")
    assert not marker(laptop)


IMAGE = rootfs()
DIGEST = hashlib.sha256(IMAGE).hexdigest()
PLACES = st.sampled_from([FOLDER, r"C:\USERS\alice\WSL\U", r"C:\Users\alice\wsl\v", r"C:\Users\alice\AppData\Local\wsl\Ubuntu"])
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "Sha256": st.sampled_from([DIGEST, "ab" * 32, ""]),
        "Source": st.just("u.tar"),
        "Folder": PLACES,
        "Data": st.one_of(st.just(""), PLACES, PLACES.map(lambda folder: rf"{folder}\rootfs")),
    },
)


@settings(max_examples=60, deadline=None)
@given(values=VALUES, state=st.sampled_from([None, 1, 3, 4]), places=st.tuples(PLACES, PLACES), version=st.sampled_from([1, 2]))
def test_whatever_a_marker_says_nothing_is_lost_that_it_does_not_prove(tmp_path_factory, values, state, places, version):
    laptop, (there, declared) = LabLaptop(), places
    if state is not None:
        half(laptop, there, state)
    disk = rf"{there}\{'ext4.vhdx' if version == 2 else 'rootfs'}"
    if not laptop.machine.files.exists(disk):
        laptop.machine.files.write(disk if version == 2 else rf"{disk}\file", THEIRS)
    mark(laptop, values)
    before = everything(laptop, there)
    want = archive(tmp_path_factory.mktemp("u"), IMAGE) | {"location": declared, "version": version}
    for _ in range(2):
        planned = plan(laptop, want)
        assert not any("unregister" in step.sentence for step in planned.steps)
        if not planned.failures and all(step.sentence.startswith(("import", "complete")) for step in planned.steps):
            with contextlib.suppress(StepError):
                laptop.carry_out(planned)
    assert before.items() <= everything(laptop, there).items()


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_where_its_folder_belongs_is_the_cause_and_stays(tmp_path, version):
    laptop = LabLaptop()
    laptop.machine.files.write(FOLDER, THEIRS)
    for _ in range(2):
        with pytest.raises(StepError, match="is a file, and stays one") as caught:
            laptop.carry_out(plan(laptop, archive(tmp_path, rootfs()) | {"location": FOLDER, "version": version}))
        assert caught.value.remedy == "declare another location"
        assert laptop.machine.files.read(FOLDER) == THEIRS
        assert not marker(laptop)
        assert not laptop.lxss("Ubuntu")
