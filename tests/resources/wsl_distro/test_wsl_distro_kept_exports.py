"""After an unregister its export is looked at again: what went with the distribution, or was changed, is told loudly."""

import pytest
from support.lab_laptop import LabLaptop
from support.laptops import wanted

from pyinfra_wsl.core.call import Answer, file_state
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.talk import drive
from pyinfra_wsl.lab.wsl import distro_archive, wsl
from pyinfra_wsl.resources.wsl_distro import plan as planning
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE
from tests.lab.wsl_laptop import archive as rootfs

FOLDER = r"C:\Users\alice\AppData\Local\wsl\Ubuntu"
BACKUPS = r"C:\Users\alice\backups"
BACKUP = rf"{BACKUPS}\Ubuntu-20261121T091403.tar"
GONE = {"state": "absent", "allow_data_loss": True, "export_to": rf"{BACKUPS}\u.tar"}
RECORDS = r"HKLM\SOFTWARE\pyinfra-wsl\Distros"


def laptop(version=2):
    made = LabLaptop()
    wsl.register(made.machine, made.alice, "Ubuntu", rootfs(), folder=FOLDER, version=version)
    return made


def plan(made, want=GONE):
    return planning.plan(wanted(RESOURCE, {"wsl_distros": {"Ubuntu": want}}), made.look())


@pytest.mark.parametrize("version", [1, 2])
def test_an_export_that_is_still_there_is_all_there_is_to_it(version):
    made = laptop(version)
    made.carry_out(plan(made))
    assert not made.lxss("Ubuntu")
    assert distro_archive.is_linux(distro_archive.read(made.machine.files.read(BACKUP)))
    assert not made.machine.files.exists(FOLDER)


@pytest.mark.parametrize(("version", "tree"), [(1, "rootfs"), (2, "rootfs"), (2, "temp")])
def test_an_export_that_lay_in_what_unregister_deletes_is_told_as_lost(version, tree):
    """No text tells it: a junction leads from the folder of the export into that of the distribution."""
    made = laptop(version)
    made.machine.files.make(rf"{FOLDER}\{tree}\backups")
    made.machine.files.link(BACKUPS, rf"{FOLDER}\{tree}\backups")
    with pytest.raises(StepError) as caught:
        made.carry_out(plan(made))
    assert caught.value.code == "export_lost"
    assert rf"Ubuntu is unregistered, and its export {BACKUP}, which was there right before, is gone" in caught.value.cause
    assert caught.value.remedy
    assert not made.lxss("Ubuntu")


def unregistering(made, planned, answer_of):
    """Carry out a plan; let the answers to the request that unregisters be what a function makes of them."""

    def serve(asked):
        before = bool(made.lxss("Ubuntu"))
        answers = made.serve(asked)
        return answer_of(answers) if before and not made.lxss("Ubuntu") else answers

    return drive(planned.steps[0].does(made.next_run), serve)


def test_an_export_that_was_changed_while_it_was_unregistered_is_told_as_lost():
    made = laptop()

    def changed(answers):
        made.machine.files.write(BACKUP, b"shorter")
        return [*answers[:-1], *made.ask([file_state(BACKUP)])]

    with pytest.raises(StepError, match="is not what was written any more") as caught:
        unregistering(made, plan(made), changed)
    assert caught.value.code == "export_lost"


def test_an_export_that_cannot_be_seen_is_not_taken_for_one_that_is_there():
    made = laptop()
    with pytest.raises(StepError, match="could not be seen") as caught:
        unregistering(made, plan(made), lambda answers: [*answers[:-1], Answer(False, {}, "in_use", "somebody has it")])
    assert caught.value.code == "export_unseen"
    assert "somebody has it" in caught.value.cause


def test_nothing_is_imported_in_its_place_once_the_export_is_lost(tmp_path):
    made = laptop()
    made.machine.registry.set(rf"{RECORDS}\{made.lxss('Ubuntu')['guid']}", "Sha256", "String", "ab" * 32)
    made.machine.files.make(rf"{FOLDER}\temp\backups")
    made.machine.files.link(BACKUPS, rf"{FOLDER}\temp\backups")
    (tmp_path / "u.tar").write_bytes(rootfs())
    want = {"source": str(tmp_path / "u.tar"), "sha256": "cd" * 32, "allow_data_loss": True, "export_to": rf"{BACKUPS}\u.tar"}
    planned = plan(made, want)
    assert [one.split(" ")[0] for one in made.sentences(planned)] == ["export", "import", "export"]
    with pytest.raises(StepError, match="is gone"):
        made.carry_out(planned)
    assert not made.lxss("Ubuntu")


def test_what_a_cut_run_noted_as_its_export_does_not_stand_in_the_next_ones_way():
    made, want = laptop(), {"export_to": rf"{BACKUPS}\u.tar"}
    (step,) = plan(made, want).steps
    assert step.free == (rf"{BACKUPS}\u.tar",)
    for asked in made.asked_by(step.does(made.next_run)):
        del asked
        if made.machine.files.exists(rf"{BACKUPS}\u.tar"):
            break
    assert made.machine.files.exists(rf"{BACKUPS}\u.tar")
    (step,) = plan(made, want).steps
    assert step.free == ()
    (elsewhere,) = plan(made, {"export_to": rf"{BACKUPS}\v.tar"}).steps
    assert elsewhere.free == (rf"{BACKUPS}\v.tar",)
