"""A backup is what this run has written: what stands in its place is no backup, and is not touched."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lab_laptop import LabLaptop
from support.laptops import wanted

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.talk import Later, Request
from pyinfra_wsl.lab.wsl import distro_archive, wsl
from pyinfra_wsl.resources.wsl_distro import plan as planning
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE
from pyinfra_wsl.resources.wsl_distro.state import State
from tests.lab.wsl_laptop import archive as rootfs

HOME = r"C:\Users\alice\AppData\Local\wsl"
TARGET = r"C:\Users\alice\backups\u.tar"
BACKUP = r"C:\Users\alice\backups\Ubuntu-20261121T091403.tar"
GONE = {"state": "absent", "allow_data_loss": True, "export_to": TARGET}
ONCE = {"export_to": TARGET}


def laptop():
    made = LabLaptop()
    wsl.register(made.machine, made.alice, "Ubuntu", rootfs(), folder=rf"{HOME}\Ubuntu")
    return made


def plan(made, want):
    return planning.plan(wanted(RESOURCE, {"wsl_distros": {"Ubuntu": want}}), made.look())


def record(made):
    return made.look().of(State).find("Ubuntu").record.exported_to


def files(made):
    return sorted(node.name for node in made.machine.files.list(r"C:\Users\alice\backups"))


@pytest.mark.parametrize("there", [b"somebody's", b"", rootfs()], ids=["a file", "an empty one", "an archive"])
@pytest.mark.parametrize(("want", "path"), [(ONCE, TARGET), (GONE, BACKUP)], ids=["export_to", "before an unregister"])
def test_a_file_that_stands_there_is_no_export_however_often_we_run(want, path, there):
    made = laptop()
    made.machine.files.write(path, there)
    for _ in range(2):
        with pytest.raises(StepError, match="stands there already and is not ours") as caught:
            made.carry_out(plan(made, want))
        assert caught.value.code == "ERROR_FILE_EXISTS"
        assert caught.value.remedy
        assert made.machine.files.read(path) == there
        assert files(made) == [path.rpartition("\\")[2]]
        assert record(made) == ""
        assert made.lxss("Ubuntu")["State"] == 1


def test_a_folder_that_stands_there_is_no_export_either():
    made = laptop()
    made.machine.files.make(TARGET)
    with pytest.raises(StepError, match="stands there already"):
        made.carry_out(plan(made, ONCE))
    assert record(made) == ""


def test_an_export_holds_the_distribution_and_leaves_nothing_else():
    made = laptop()
    made.carry_out(plan(made, ONCE))
    assert distro_archive.is_linux(distro_archive.read(made.machine.files.read(TARGET)))
    assert files(made) == ["u.tar"]
    assert record(made) == TARGET
    assert not plan(made, ONCE).steps


def cut_after(made, want, number):
    """Let a run be cut after so many requests."""
    (step,) = plan(made, want).steps
    for asked in made.asked_by(step.does(made.next_run)):
        if isinstance(asked, Request | Later):
            number -= 1
        if number < 0:
            return


@pytest.mark.parametrize("number", range(6))
def test_a_run_that_was_cut_anywhere_is_completed_by_the_next_one(number):
    made = laptop()
    cut_after(made, ONCE, number)
    made.carry_out(plan(made, ONCE))
    assert distro_archive.is_linux(distro_archive.read(made.machine.files.read(TARGET)))
    assert record(made) == TARGET
    assert "Export" not in made.machine.registry.values(rf"HKLM\SOFTWARE\pyinfra-wsl\Distros\{made.lxss('Ubuntu')['guid']}")


def test_a_file_that_was_put_in_the_place_of_a_cut_runs_export_is_not_taken_for_it():
    made = laptop()
    cut_after(made, ONCE, 4)
    assert made.machine.files.exists(TARGET)
    assert record(made) == ""
    made.machine.files.write(TARGET, b"somebody's")
    with pytest.raises(StepError, match="stands there already"):
        made.carry_out(plan(made, ONCE))
    assert record(made) == ""


def meanwhile(made, suffix, act):
    """Let somebody do something when wsl.exe has written a file whose name ends so."""
    real, done = made.machine.files.write, []

    def write(path, data, *arguments, **options):
        written = real(path, data, *arguments, **options)
        if path.endswith(suffix) and data and not done:
            done.append(path)
            act(path)
        return written

    made.machine.files.write = write


@pytest.mark.parametrize(("want", "path"), [(ONCE, TARGET), (GONE, BACKUP)])
def test_what_comes_into_its_place_meanwhile_is_kept_and_so_is_the_export(want, path):
    made = laptop()
    meanwhile(made, ".part", lambda _part: made.machine.files.write(path, b"somebody's"))
    with pytest.raises(StepError, match="is whole in") as caught:
        made.carry_out(plan(made, want))
    assert made.machine.files.read(path) == b"somebody's"
    (part,) = [name for name in files(made) if name.endswith(".part")]
    assert part in caught.value.cause
    assert made.lxss("Ubuntu")["State"] == 1
    assert record(made) == ""


def once_it_is_exported(made, planned, act):
    """Carry out a plan, and let somebody do something right after the export got its name."""
    done = []
    for _asked in made.asked_by(planned.steps[0].does(made.next_run)):
        if made.machine.files.exists(BACKUP) and not done:
            done.append(act())


def test_what_was_exported_must_still_be_there_when_it_is_unregistered():
    made = laptop()
    planned = plan(made, GONE)
    with pytest.raises(StepError, match="not what was exported"):
        once_it_is_exported(made, planned, lambda: made.machine.files.write(BACKUP, b"shorter"))
    assert made.lxss("Ubuntu")["State"] == 1
    assert made.machine.files.exists(rf"{HOME}\Ubuntu\ext4.vhdx")


def test_another_distribution_under_the_same_name_is_not_unregistered():
    made = laptop()
    planned = plan(made, GONE)
    old = made.lxss("Ubuntu")["guid"]

    def rename():
        key = rf"HKU\{made.alice.sid}\Software\Microsoft\Windows\CurrentVersion\Lxss"
        made.machine.registry.set(rf"{key}\{old}", "DistributionName", "String", "renamed")
        wsl.register(made.machine, made.alice, "Ubuntu", rootfs(), folder=rf"{HOME}\another")

    with pytest.raises(StepError, match="another distribution has its name"):
        once_it_is_exported(made, planned, rename)
    assert made.machine.files.exists(rf"{HOME}\another\ext4.vhdx")
    assert made.machine.files.exists(rf"{HOME}\Ubuntu\ext4.vhdx")


NAMES = st.sampled_from(["u.tar", "U.TAR", "u.tar.gz", "u.tar.part", "u.tar.run2.part", "Ubuntu-20261121T091403.tar", "v.tar"])


@settings(max_examples=40, deadline=None)
@given(there=st.dictionaries(NAMES, st.binary(max_size=20), max_size=4), want=st.sampled_from([ONCE, GONE]))
def test_whatever_stands_in_the_folder_stays_as_it_is(there, want):
    made = laptop()
    folder = r"C:\Users\alice\backups"
    for name, data in there.items():
        made.machine.files.write(rf"{folder}\{name}", data)
    before = {node.path: made.machine.files.read(node.path) for node in made.machine.files.list(folder)} if there else {}
    for _ in range(2):
        try:
            made.carry_out(plan(made, want))
        except StepError:
            assert made.lxss("Ubuntu")
        assert {path: made.machine.files.read(path) for path in before} == before
