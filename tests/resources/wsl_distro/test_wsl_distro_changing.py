"""Changes to distributions, carried out on a simulated laptop."""

import pytest
from support.lab_laptop import LabLaptop
from support.laptops import wanted

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.resources.wsl_distro import plan as planning
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE
from tests.lab.wsl_laptop import archive as rootfs

HOME = r"C:\Users\alice\AppData\Local\wsl"
GONE = {"state": "absent", "allow_data_loss": True}


@pytest.fixture
def lab_laptop():
    lab_laptop = LabLaptop()
    for name in ("Ubuntu", "Debian"):
        wsl.register(lab_laptop.machine, lab_laptop.alice, name, rootfs(), folder=rf"{HOME}\{name}")
    return lab_laptop


def plan(lab_laptop, want, name="Ubuntu"):
    return planning.plan(wanted(RESOURCE, {"wsl_distros": {name: want}}), lab_laptop.look())


def keep_running(lab_laptop, name="Ubuntu"):
    """Let alice work in it."""

    async def start():
        user = wsl.open_session(lab_laptop.machine, lab_laptop.token(lab_laptop.alice))
        instance = await user.start(user.registrations.by_name(name))
        user.hold(instance)

    lab_laptop.loop.run_until_complete(start())


@pytest.mark.parametrize(
    "want",
    [{"version": 1}, {"default": True}, {"default_user": "dev"}, {"location": r"C:\Users\alice\moved\deep"},
     {"export_to": r"C:\Users\alice\exports\u.tar"}, {"export_to": r"C:\Users\alice\u.tar.gz"}],
)  # fmt: skip
def test_a_setting_is_changed_once_and_then_as_declared(lab_laptop, want):
    lab_laptop.carry_out(plan(lab_laptop, {"default": True}, "Debian"))
    planned = plan(lab_laptop, want)
    assert len(planned.steps) == 1
    lab_laptop.carry_out(planned)
    again = plan(lab_laptop, want)
    assert again.steps == again.deferred == again.failures == ()


def test_a_conversion_goes_both_ways(lab_laptop):
    lab_laptop.carry_out(plan(lab_laptop, {"version": 1}))
    assert lab_laptop.lxss("Ubuntu")["Flags"] & 8 == 0
    lab_laptop.carry_out(plan(lab_laptop, {"version": 2}))
    assert lab_laptop.lxss("Ubuntu")["Flags"] & 8 == 8


def test_a_move_takes_the_disk_along(lab_laptop):
    lab_laptop.carry_out(plan(lab_laptop, {"location": r"C:\Users\alice\moved"}))
    assert lab_laptop.machine.files.exists(r"C:\Users\alice\moved\ext4.vhdx")
    assert not lab_laptop.machine.files.exists(rf"{HOME}\Ubuntu\ext4.vhdx")


def test_a_distribution_that_only_we_looked_into_is_waited_for_until_it_stops(lab_laptop):
    lab_laptop.target = lab_laptop.target.__class__("console", ("Ubuntu",))
    lab_laptop.carry_out(plan(lab_laptop, {"location": r"C:\Users\alice\moved"}))
    assert lab_laptop.lxss("Ubuntu")["BasePath"] == r"C:\Users\alice\moved"


def test_a_user_that_the_distribution_does_not_have_is_named(lab_laptop):
    with pytest.raises(StepError, match="Ubuntu has no user eve") as caught:
        lab_laptop.carry_out(plan(lab_laptop, {"default_user": "eve"}))
    assert caught.value.code == "WSL_E_USER_NOT_FOUND"


def test_a_default_user_that_somebody_changed_is_set_again(lab_laptop):
    lab_laptop.carry_out(plan(lab_laptop, {"default_user": "dev"}))
    lxss = rf"HKU\{lab_laptop.alice.sid}\Software\Microsoft\Windows\CurrentVersion\Lxss"
    lab_laptop.machine.registry.set(rf"{lxss}\{lab_laptop.lxss('Ubuntu')['guid']}", "DefaultUid", "DWord", 0)
    lab_laptop.carry_out(plan(lab_laptop, {"default_user": "dev"}))
    assert lab_laptop.lxss("Ubuntu")["DefaultUid"] == 1000


def test_one_in_which_somebody_works_is_not_ended(lab_laptop):
    keep_running(lab_laptop)
    (one,) = plan(lab_laptop, {"location": r"C:\Users\alice\moved"}).deferred
    assert one.waits_for == "vm idle"
    assert plan(lab_laptop, {"default": True}).deferred == ()


def test_absent_exports_before_it_unregisters(lab_laptop):
    lab_laptop.carry_out(plan(lab_laptop, GONE))
    assert not lab_laptop.lxss("Ubuntu")
    assert not lab_laptop.machine.files.exists(rf"{HOME}\Ubuntu\ext4.vhdx")
    assert lab_laptop.machine.files.read(rf"{HOME}\Ubuntu-20261121T091403.tar")
    assert not lab_laptop.machine.files.exists(rf"{HOME}\Ubuntu-20261121T091403.tar.part")
    assert plan(lab_laptop, GONE).noop == "Ubuntu is not there"


def test_what_could_not_be_exported_is_not_unregistered(lab_laptop):
    with pytest.raises(StepError, match="could not be exported"):
        lab_laptop.carry_out(plan(lab_laptop, GONE | {"export_to": r"C:\Program Files\backups\u.tar"}))  # not for alice
    assert lab_laptop.lxss("Ubuntu")["State"] == 1
    assert lab_laptop.machine.files.exists(rf"{HOME}\Ubuntu\ext4.vhdx")


def test_an_older_export_is_not_taken_for_todays(lab_laptop):
    lab_laptop.carry_out(plan(lab_laptop, {"export_to": r"C:\Users\alice\u.tar"}))
    lab_laptop.carry_out(plan(lab_laptop, GONE | {"export_to": r"C:\Users\alice\u.tar"}))
    assert lab_laptop.machine.files.exists(r"C:\Users\alice\Ubuntu-20261121T091403.tar")


def test_somebody_else_was_quicker_and_that_is_fine(lab_laptop):
    planned = plan(lab_laptop, {"version": 1})
    lab_laptop.carry_out(plan(lab_laptop, {"version": 1}))
    lab_laptop.carry_out(planned)
    gone = plan(lab_laptop, GONE)
    lab_laptop.carry_out(plan(lab_laptop, GONE))
    lab_laptop.carry_out(gone)
    assert not lab_laptop.lxss("Ubuntu")


MOVED = r"C:\Users\alice\moved"


@pytest.mark.parametrize(
    ("want", "path"),
    [
        ({"location": MOVED}, rf"{MOVED}\ext4.vhdx"),
        ({"location": MOVED}, rf"{MOVED}\temp\theirs.txt"),
        ({"version": 1}, rf"{HOME}\Ubuntu\rootfs\theirs.txt"),
    ],
)
def test_a_move_or_a_conversion_does_not_take_the_place_of_anything(lab_laptop, want, path):
    lab_laptop.machine.files.write(path, b"somebody's")
    for _ in range(2):
        with pytest.raises(StepError, match="stands there already and is not ours") as caught:
            lab_laptop.carry_out(plan(lab_laptop, want))
        assert caught.value.code == "ERROR_FILE_EXISTS"
        assert lab_laptop.machine.files.read(path) == b"somebody's"
        assert lab_laptop.machine.files.exists(rf"{HOME}\Ubuntu\ext4.vhdx")
