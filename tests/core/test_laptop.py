"""A snapshot: at most two requests, and the same laptop read from what was kept."""

import json
from dataclasses import asdict

import pytest
from support.bed import Bed
from support.wire import DENIED, RUN, Wire

from pyinfra_wsl.core.call import file_lock
from pyinfra_wsl.core.windows import laptop
from pyinfra_wsl.core.windows.laptop import Target


@pytest.fixture(scope="module")
def bed():
    return Bed()


def test_a_laptop_is_seen_in_two_requests_and_as_often_in_one(bed):
    bed.requests = 0
    seen = bed.look()
    assert bed.requests == 2
    assert (seen.user.account, seen.wsl.kind, seen.wsl.version) == (r"CORP\alice", "package", "2.6.1.0")
    assert seen.hypervisor.running is True
    assert seen.hypervisor.launch == "auto"
    assert seen.reboot.time_zone is not None
    assert not seen.reboot.reasons
    bed.requests = 0
    bed.drive(laptop.look(bed.next_run, bed.target, lately=seen))
    assert bed.requests == 1


def test_what_was_kept_is_the_same_laptop(bed):
    raw = bed.drive(laptop.look(bed.next_run, bed.target))
    once = laptop.read(bed.target, raw, r"LT-1\fleet-admin", "en-US")
    again = laptop.read(bed.target, json.loads(json.dumps(raw)), r"LT-1\fleet-admin", "en-US")
    assert once == again
    json.dumps(asdict(once))


def test_a_laptop_that_refuses_everything_is_unknown_and_no_crash():
    wire = Wire({"": DENIED})
    raw = wire.drive(laptop.look(RUN, Target("console")))
    seen = laptop.read(Target("console"), raw, RUN.account, "en-US")
    assert wire.requests == 1
    assert seen.user is None
    assert (seen.windows.build, seen.windows_feature.features, seen.wsl.kind, seen.hypervisor.launch) == (None, None, None, None)
    assert seen.wsl_distro.distros is None


def test_the_lock_goes_before_all_others(bed):
    raw = bed.drive(laptop.look(bed.next_run, bed.target, [file_lock(r"C:\lock-1", "ada")]))
    assert raw["before.0"]["ok"] is True


def test_nobody_at_the_screen_is_one_request():
    bed = Bed()
    bed.machine.log_off(bed.alice)
    bed.requests = 0
    seen = bed.look()
    assert bed.requests == 1
    assert seen.user is None
    assert seen.wsl_distro.running is None
