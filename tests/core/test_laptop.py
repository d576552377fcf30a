"""A snapshot: at most two requests, and the same laptop read from what was kept."""

import json
from dataclasses import asdict

import pytest
from support.lab_laptop import LabLaptop
from support.laptops import laptop
from support.wire import DENIED, RUN, Wire, ran

from pyinfra_wsl.core.call import file_lock
from pyinfra_wsl.core.resource import plain
from pyinfra_wsl.core.windows import look
from pyinfra_wsl.core.windows.laptop import Laptop, Target
from pyinfra_wsl.edge.laptop import resources
from pyinfra_wsl.resources.hypervisor import state as hypervisor
from pyinfra_wsl.resources.reboot import state as reboot
from pyinfra_wsl.resources.windows_feature import state as windows_feature
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro


@pytest.fixture(scope="module")
def lab_laptop():
    return LabLaptop()


def test_a_laptop_is_seen_in_two_requests_and_as_often_in_one(lab_laptop):
    lab_laptop.requests = 0
    seen = lab_laptop.look()
    assert lab_laptop.requests == 2
    assert (seen.user.account, seen.of(wsl.State).kind, seen.of(wsl.State).version) == (r"CORP\alice", "package", "2.6.1.0")
    assert seen.of(hypervisor.State).running is True
    assert seen.of(hypervisor.State).launch == "auto"
    assert seen.of(reboot.State).time_zone is not None
    assert not seen.of(reboot.State).reasons
    lab_laptop.requests = 0
    lab_laptop.drive(look.look(resources(), lab_laptop.next_run, lab_laptop.target, lately=seen))
    assert lab_laptop.requests == 1


def test_looking_into_another_distribution_costs_no_request_more(lab_laptop):
    lately = lab_laptop.look()
    lab_laptop.requests = 0
    lab_laptop.drive(look.look(resources(), lab_laptop.next_run, Target("console", ("Ubuntu",)), lately=lately))
    assert lab_laptop.requests == 1


def test_the_same_answers_are_the_same_laptop_and_it_can_be_shown(lab_laptop):
    raw = lab_laptop.drive(look.look(resources(), lab_laptop.next_run, lab_laptop.target))
    once = look.read(resources(), lab_laptop.target, raw, r"LT-1\fleet-admin", "en-US")
    again = look.read(resources(), lab_laptop.target, dict(raw), r"LT-1\fleet-admin", "en-US")
    assert once == again
    json.dumps(
        [asdict(once.target), plain(once.windows), plain(once.user), *(one.show(once.of(one.state)) for one in resources())]
    )


def test_a_laptop_that_refuses_everything_is_unknown_and_no_crash():
    wire = Wire({"": DENIED})
    raw = wire.drive(look.look(resources(), RUN, Target("console")))
    seen = look.read(resources(), Target("console"), raw, RUN.account, "en-US")
    assert wire.requests == 1
    assert seen.user is None
    assert (seen.windows.build, seen.of(windows_feature.State).features) == (None, None)
    assert (seen.of(wsl.State).kind, seen.of(hypervisor.State).launch) == (None, None)
    assert seen.of(wsl_distro.State).distros is None


def test_the_lock_goes_before_all_others(lab_laptop):
    raw = lab_laptop.drive(look.look(resources(), lab_laptop.next_run, lab_laptop.target, [file_lock(r"C:\lock-1", "ada")]))
    assert raw["before.0"].ok is True


def test_nobody_at_the_screen_is_one_request():
    lab_laptop = LabLaptop()
    lab_laptop.machine.log_off(lab_laptop.alice)
    lab_laptop.requests = 0
    seen = lab_laptop.look()
    assert lab_laptop.requests == 1
    assert seen.user is None
    assert seen.of(wsl_distro.State).running is None


def test_a_distribution_that_runs_because_we_looked_into_it_does_not_count_as_running():
    lab_laptop = LabLaptop("Ubuntu")

    def seen(raw):
        return look.read(resources(), lab_laptop.target, raw, r"LT-1\fleet-admin", "en-US")

    def kept(raw, before):
        return look.keep(resources(), raw, seen(raw), before)

    first = lab_laptop.drive(look.look(resources(), lab_laptop.next_run, lab_laptop.target))
    later = first | {"wsl_distro.running": ran(0, "Ubuntu\r\nDebian\r\n")}
    assert seen(first).of(wsl_distro.State).running == ()
    assert seen(kept(later, None)).of(wsl_distro.State).running == ("Ubuntu", "Debian")
    second = kept(later, kept(first, None))
    assert seen(second).of(wsl_distro.State).running == ("Debian",)
    assert seen(kept(later, second)).of(wsl_distro.State).running == ("Debian",)


def test_what_was_not_looked_at_is_asked_for_in_vain_and_named():
    with pytest.raises(LookupError, match=r"wsl\.state was not looked at"):
        Laptop(Target(), laptop().windows, None).of(wsl.State)


def test_another_state_takes_the_place_of_its_own_kind_only():
    before = laptop()
    after = before.having(wsl.State(kind="none"))
    assert after.of(wsl.State).kind == "none"
    assert after.of(reboot.State) == before.of(reboot.State)
    assert before.of(wsl.State).kind == "package"
