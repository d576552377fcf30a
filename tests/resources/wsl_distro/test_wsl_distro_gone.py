"""A registration whose file system is gone: seen as that, repaired with consent only; and unknown is not gone."""

import pytest
from support.distros import OTHER, SHA, WANT, distro, only_failure, plan, sentences, state
from support.lab_laptop import LabLaptop, archive
from support.laptops import laptop, wanted
from support.wire import ABSENT, DENIED, RUN, Wire

from pyinfra_wsl.core.call import Answer, unbase64
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.windows import look
from pyinfra_wsl.core.windows.laptop import Target
from pyinfra_wsl.edge.laptop import resources
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.lab.wsl.distro import Tree
from pyinfra_wsl.resources.wsl_distro import plan as planning
from pyinfra_wsl.resources.wsl_distro import presence
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE
from pyinfra_wsl.resources.wsl_distro.state import Record, State
from tests.lab.wsl_laptop import archive as rootfs

FOLDER = r"C:\Users\alice\AppData\Local\wsl\Ubuntu"
DISK = rf"{FOLDER}\ext4.vhdx"
CONSENT = {"allow_data_loss": True}
SEEN = Answer(True, {"exists": True})
EMPTY = Answer(True, {"exists": True, "entries": []})
FULL = Answer(True, {"exists": True, "entries": [{"name": "x", "folder": True}]})


# --- what the answers tell ---


def answers(path, disk, *folders):
    """Answer the questions about a path: whether it is there, then what each folder down to it lists."""
    asked = presence.questions([path], [path])
    return dict(zip(asked, (disk, *folders), strict=False))


@pytest.mark.parametrize(
    ("given", "there"),
    [
        ((SEEN,), True),
        ((ABSENT,), None),  # File.Exists says no for what may not be looked at too
        ((ABSENT, FULL, EMPTY), False),
        ((ABSENT, EMPTY, Answer(True, {"exists": False, "entries": []})), False),
        ((ABSENT, EMPTY), False),
        ((ABSENT, FULL, FULL), None),
        ((ABSENT, FULL), None),
        ((ABSENT, DENIED), None),
        ((ABSENT, FULL, DENIED), None),
        ((ABSENT, Answer(True, {"exists": False, "entries": []})), None),  # no such drive, now
        ((DENIED,), None),
        ((Answer(False, {}, "task_timeout", "no answer"), EMPTY, EMPTY, EMPTY), None),
        ((), None),
    ],
)
def test_gone_is_only_what_a_folder_that_can_be_listed_does_not_list(given, there):
    seen = presence.Seen(r"D:\wsl\ext4.vhdx", answers(r"D:\wsl\ext4.vhdx", *given) if given else {})
    assert seen.there is there
    assert bool(seen.why) is (there is None and bool(given))


@pytest.mark.parametrize("path", [r"D:\WSLDIS~1\ext4.vhdx", r"D:\wsl.\ext4.vhdx", r"D:\wsl \ext4.vhdx"])
def test_what_a_folder_lists_under_another_name_is_never_gone(path):
    assert presence.Seen(path, answers(path, ABSENT, EMPTY, EMPTY)).there is None


@pytest.mark.parametrize("path", [r"\\server\share\ext4.vhdx", r"D:\%TEMP%\ext4.vhdx", "D:relative", "", "/x"])
def test_only_whole_paths_on_drives_are_looked_for(path):
    assert presence.questions([path]) == {}


def test_a_name_with_what_means_something_in_a_pattern_fits_itself():
    asked = presence.questions([r"D:\a[1]*`?\x"], [r"D:\a[1]*`?\x"])
    assert [one.fields["pattern"] for one in asked.values() if one.verb == "file.list"] == ["a?1????", "x"]


# --- what is planned ---


def gone(**fields):
    return state(distro(there=False, **fields))


def test_without_consent_it_is_told_with_both_ways_out():
    failure = only_failure(plan(WANT, gone()))
    assert failure.cause == rf"Ubuntu is broken: {DISK} is gone, though it is registered"
    assert failure.code == "disk_gone"
    assert "put it back" in failure.remedy
    assert "allow_data_loss: true" in failure.remedy


def test_with_consent_it_is_unregistered_without_an_export_and_imported_again():
    planned = plan(WANT | CONSENT, gone())
    assert sentences(planned) == [f"unregister Ubuntu, whose {DISK} is gone", "import Ubuntu as WSL 2 from ubuntu-24.04.tar.gz"]


@pytest.mark.parametrize("have", [distro(there=False), distro(record=Record(OTHER)), distro(state=4)])
def test_what_was_the_default_one_is_it_again_beside_others(have):
    again = "default distribution: Ubuntu again"
    assert again in sentences(plan(WANT | CONSENT, state(have, distro("Debian"), default="Ubuntu")))
    assert again not in sentences(plan(WANT | CONSENT, state(have, distro("Debian"), default="Debian")))
    assert again not in sentences(plan(WANT | CONSENT, state(have, default="Ubuntu")))  # the only one is it by itself


def test_without_an_image_nothing_is_unregistered():
    failure = only_failure(plan(CONSENT | {"default": True}, gone()))
    assert "declare its source" in failure.remedy


@pytest.mark.parametrize("more", [{}, {"export_to": r"D:\u.tar"}])
def test_one_that_is_to_be_absent_goes_with_consent_and_without_an_export(more):
    assert sentences(plan({"state": "absent"} | CONSENT | more, gone())) == [f"unregister Ubuntu, whose {DISK} is gone"]
    assert "allow_data_loss" in only_failure(plan({"state": "absent"}, gone())).remedy


def test_another_image_than_declared_makes_no_difference():
    planned = plan(WANT | CONSENT | {"sha256": OTHER}, gone())
    assert len(planned.steps) == 2
    assert SHA not in str(sentences(planned))


def test_what_cannot_be_looked_at_is_neither_converged_nor_repaired():
    failure = only_failure(plan(WANT | CONSENT, state(distro(unseen=r"D:\ cannot be looked into"))))
    assert failure.cause == rf"it is not known whether {DISK} of Ubuntu is there: D:\ cannot be looked into"


def test_one_that_is_to_be_absent_and_cannot_be_looked_at_is_exported_first():
    (step,) = plan({"state": "absent"} | CONSENT, state(distro(unseen="no"))).steps
    assert step.sentence.startswith("export Ubuntu to ")


def test_a_dry_run_foresees_a_new_one():
    want = wanted(RESOURCE, {"wsl_distros": {"Ubuntu": WANT | CONSENT}})
    after = planning.forecast(laptop(wsl_distro=gone()), want).of(State).find("Ubuntu")
    assert after.there is None
    assert after.guid != "{1}"


# --- on a laptop ---


@pytest.fixture
def lab():
    lab = LabLaptop()
    lab.target = Target("console", distros=("ubuntu",))
    return lab


def remove(lab, path=DISK):
    lab.machine.files.remove(path, tree=True)


def planned(lab, want):
    return planning.plan(wanted(RESOURCE, {"wsl_distros": {"Ubuntu": want}}), lab.look())


@pytest.mark.parametrize("path", [DISK, FOLDER, r"C:\Users\alice\AppData\Local\wsl"])
@pytest.mark.parametrize("version", [1, 2])
def test_it_is_seen_on_a_laptop_and_repaired(lab, tmp_path, path, version):
    image = archive(tmp_path, rootfs("gz")) | {"version": version}
    lab.carry_out(planned(lab, image))
    old = lab.lxss("Ubuntu")["guid"]
    assert lab.look().of(State).find("Ubuntu").there is True
    remove(lab, path.replace("ext4.vhdx", "rootfs") if version == 1 else path)
    assert only_failure(planned(lab, image)).code == "disk_gone"
    assert lab.lxss("Ubuntu")["guid"] == old
    lab.carry_out(planned(lab, image | CONSENT))
    assert lab.lxss("Ubuntu")["guid"] != old
    assert lab.look().of(State).find("Ubuntu").there is True
    assert not planned(lab, image).steps


def test_one_that_is_to_be_absent_leaves_no_file_and_no_note(lab, tmp_path):
    lab.carry_out(planned(lab, archive(tmp_path, rootfs("gz"))))
    remove(lab)
    lab.carry_out(planned(lab, {"state": "absent"} | CONSENT))
    assert lab.lxss("Ubuntu") == {}
    assert [one.name for one in lab.machine.files.list(r"C:\Users\alice\AppData\Local\wsl")] == []
    assert lab.look().of(State).noted == {}


def test_a_folder_that_its_owner_may_not_list_is_unknown(tmp_path):
    lab = LabLaptop()
    lab.target = Target("console", distros=("Ubuntu",))
    lab.carry_out(planned(lab, archive(tmp_path, rootfs("gz"))))
    lab.machine.registry.set(
        rf"HKU\{lab.alice.sid}\Software\Microsoft\Windows\CurrentVersion\Lxss\{lab.lxss('Ubuntu')['guid']}",
        "BasePath", "String", r"C:\Users\fleet-admin\wsl",
    )  # fmt: skip
    lab.machine.files.make(r"C:\Users\fleet-admin\wsl")
    one = lab.look().of(State).find("Ubuntu")
    assert one.there is None
    assert one.unseen


def test_a_drive_that_is_away_is_unknown(lab):
    lab.loop.run_until_complete(_register(lab, r"Q:\wsl"))
    one = lab.look().of(State).find("Ubuntu")
    assert one.there is None
    assert "Q:" in one.unseen
    assert only_failure(planned(lab, WANT | CONSENT)).code == "disk_unseen"


async def _register(lab, folder):
    item = wsl.register(lab.machine, lab.alice, "Ubuntu", Tree())
    item.set("BasePath", folder)


@pytest.mark.parametrize("back", ["right before", "after the look"])
def test_a_disk_that_came_back_is_not_unregistered(lab, tmp_path, back):
    image = archive(tmp_path, rootfs("gz")) | CONSENT
    lab.carry_out(planned(lab, image))
    content = lab.machine.files.read(DISK)
    remove(lab)
    step = planned(lab, image).steps[0]
    if back == "after the look":
        lab.machine.files.write(DISK, content)
    with pytest.raises(StepError, match="was not unregistered"):
        _let_it_come_back(lab, step, content)
    assert lab.machine.files.read(DISK) == content
    assert lab.lxss("Ubuntu")


def _let_it_come_back(lab, step, content):
    """Carry a step out; the disk is there again once the request that would unregister it is on its way."""
    for asked in lab.asked_by(step.does(lab.next_run)):
        if any(b"--unregister" in unbase64(one.fields.get("data", "")) for one in asked.calls if one.verb == "file.write"):
            lab.machine.files.write(DISK, content)


# --- what it costs ---


def looks(lab, lately=None):
    lab.requests = 0
    raw = lab.drive(look.look(resources(), lab.next_run, lab.target, lately=lately))
    return look.read(resources(), lab.target, raw, r"LT-1\fleet-admin", "en-US")


def test_one_that_we_imported_is_looked_for_within_the_same_two_requests(lab, tmp_path):
    lab.carry_out(planned(lab, archive(tmp_path, rootfs("gz"))))
    seen = looks(lab)
    assert (lab.requests, seen.of(State).find("Ubuntu").there) == (2, True)
    looks(lab, seen)
    assert lab.requests == 1


def test_one_that_is_somebody_elses_costs_a_request_until_it_is_noted(lab):
    lab.loop.run_until_complete(_register(lab, FOLDER))
    lab.machine.files.write(DISK, b"x")
    seen = looks(lab)
    assert (lab.requests, seen.of(State).find("Ubuntu").there) == (3, True)
    looks(lab, seen)
    assert lab.requests == 1
    lab.ask(look.noted(resources(), seen))
    again = looks(lab)
    assert (lab.requests, again.of(State).find("Ubuntu").there) == (2, True)
    assert look.noted(resources(), again) == []


def test_where_it_would_be_imported_is_asked_ahead(lab, tmp_path):
    lab.target = Target("console", distros=("Ubuntu",))
    before = looks(lab)
    assert lab.requests == 2
    lab.carry_out(planning.plan(wanted(RESOURCE, {"wsl_distros": {"Ubuntu": archive(tmp_path, rootfs("gz"))}}), before))
    seen = looks(lab, before)
    assert (lab.requests, seen.of(State).find("Ubuntu").there) == (1, True)


def test_a_note_that_is_wrong_decides_nothing(lab):
    lab.loop.run_until_complete(_register(lab, FOLDER))
    lab.machine.files.write(DISK, b"x")
    lab.ask([presence.note(lab.alice.sid, "Ubuntu", r"C:\nowhere\ext4.vhdx")])
    seen = looks(lab)
    assert seen.of(State).find("Ubuntu").there is True
    assert len(look.noted(resources(), seen)) == 1


def test_what_nobody_declares_is_not_looked_for():
    lab = LabLaptop()
    lab.loop.run_until_complete(_register(lab, r"C:\gone"))
    assert looks(lab).of(State).find("Ubuntu").there is None
    assert lab.requests == 2


def test_a_laptop_that_answers_nothing_more_is_unknown():
    wire = Wire({"": DENIED})
    target = Target("console", distros=("Ubuntu",))
    raw = wire.drive(look.look(resources(), RUN, target))
    assert look.read(resources(), target, raw, RUN.account, "en-US").of(State).distros is None
