"""Changes to distributions, carried out on a simulated laptop."""

import pytest
from support.bed import Bed

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.resources.wsl_distro import plan as wsl_distro
from tests.lab.wsl_laptop import archive as rootfs

HOME = r"C:\Users\alice\AppData\Local\wsl"
GONE = {"state": "absent", "allow_data_loss": True}


@pytest.fixture
def bed():
    bed = Bed()
    for name in ("Ubuntu", "Debian"):
        wsl.register(bed.machine, bed.alice, name, rootfs(), folder=rf"{HOME}\{name}")
    return bed


def plan(bed, want, name="Ubuntu"):
    return wsl_distro.plan(name, want, bed.look())


def keep_running(bed, name="Ubuntu"):
    """Let alice work in it."""

    async def start():
        user = wsl.open_session(bed.machine, bed.token(bed.alice))
        instance, _ = await user.start(user.registrations.by_name(name))
        user.hold(instance)

    bed.loop.run_until_complete(start())


@pytest.mark.parametrize(
    "want",
    [{"version": 1}, {"default": True}, {"default_user": "dev"}, {"location": r"C:\Users\alice\moved\deep"},
     {"export_to": r"C:\Users\alice\exports\u.tar"}, {"export_to": r"C:\Users\alice\u.tar.gz"}],
)  # fmt: skip
def test_a_setting_is_changed_once_and_then_as_declared(bed, want):
    bed.carry_out(plan(bed, {"default": True}, "Debian"))
    planned = plan(bed, want)
    assert len(planned.steps) == 1
    bed.carry_out(planned)
    again = plan(bed, want)
    assert again.steps == again.deferred == again.failures == ()


def test_a_conversion_goes_both_ways(bed):
    bed.carry_out(plan(bed, {"version": 1}))
    assert bed.lxss("Ubuntu")["Flags"] & 8 == 0
    bed.carry_out(plan(bed, {"version": 2}))
    assert bed.lxss("Ubuntu")["Flags"] & 8 == 8


def test_a_move_takes_the_disk_along(bed):
    bed.carry_out(plan(bed, {"location": r"C:\Users\alice\moved"}))
    assert bed.machine.files.exists(r"C:\Users\alice\moved\ext4.vhdx")
    assert not bed.machine.files.exists(rf"{HOME}\Ubuntu\ext4.vhdx")


def test_a_distribution_that_only_we_looked_into_is_waited_for_until_it_stops(bed):
    bed.target = bed.target.__class__("console", ("Ubuntu",))
    bed.carry_out(plan(bed, {"location": r"C:\Users\alice\moved"}))
    assert bed.lxss("Ubuntu")["BasePath"] == r"C:\Users\alice\moved"


def test_a_user_that_the_distribution_does_not_have_is_named(bed):
    with pytest.raises(StepError, match="Ubuntu has no user eve") as caught:
        bed.carry_out(plan(bed, {"default_user": "eve"}))
    assert caught.value.code == "WSL_E_USER_NOT_FOUND"


def test_a_default_user_that_somebody_changed_is_set_again(bed):
    bed.carry_out(plan(bed, {"default_user": "dev"}))
    lxss = rf"HKU\{bed.alice.sid}\Software\Microsoft\Windows\CurrentVersion\Lxss"
    bed.machine.registry.set(rf"{lxss}\{bed.lxss('Ubuntu')['guid']}", "DefaultUid", "DWord", 0)
    bed.carry_out(plan(bed, {"default_user": "dev"}))
    assert bed.lxss("Ubuntu")["DefaultUid"] == 1000


def test_one_in_which_somebody_works_is_not_ended(bed):
    keep_running(bed)
    (one,) = plan(bed, {"location": r"C:\Users\alice\moved"}).deferred
    assert one.waits_for == "vm idle"
    assert plan(bed, {"default": True}).deferred == ()


def test_absent_exports_before_it_unregisters(bed):
    bed.carry_out(plan(bed, GONE))
    assert not bed.lxss("Ubuntu")
    assert not bed.machine.files.exists(rf"{HOME}\Ubuntu\ext4.vhdx")
    assert bed.machine.files.read(rf"{HOME}\Ubuntu-20261121T091403.tar")
    assert not bed.machine.files.exists(rf"{HOME}\Ubuntu-20261121T091403.tar.part")
    assert plan(bed, GONE).noop == "Ubuntu is not there"


def test_what_could_not_be_exported_is_not_unregistered(bed):
    bed.machine.files.make(rf"{HOME}\Ubuntu-20261121T091403.tar.part")  # a folder is in the way
    with pytest.raises(StepError, match="could not be exported"):
        bed.carry_out(plan(bed, GONE))
    assert bed.lxss("Ubuntu")["State"] == 1
    assert bed.machine.files.exists(rf"{HOME}\Ubuntu\ext4.vhdx")


def test_an_older_export_is_not_taken_for_todays(bed):
    bed.carry_out(plan(bed, {"export_to": r"C:\Users\alice\u.tar"}))
    bed.carry_out(plan(bed, GONE | {"export_to": r"C:\Users\alice\u.tar"}))
    assert bed.machine.files.exists(r"C:\Users\alice\Ubuntu-20261121T091403.tar")


def test_the_file_of_an_export_is_never_overwritten(bed):
    bed.machine.files.write(r"C:\Users\alice\u.tar", b"somebody's")
    bed.carry_out(plan(bed, {"export_to": r"C:\Users\alice\u.tar"}))
    assert bed.machine.files.read(r"C:\Users\alice\u.tar") == b"somebody's"


def test_somebody_else_was_quicker_and_that_is_fine(bed):
    planned = plan(bed, {"version": 1})
    bed.carry_out(plan(bed, {"version": 1}))
    bed.carry_out(planned)
    gone = plan(bed, GONE)
    bed.carry_out(plan(bed, GONE))
    bed.carry_out(gone)
    assert not bed.lxss("Ubuntu")
