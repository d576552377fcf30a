"""The group docker-users: its rights come with a logon, and until then no engine that needs them is started."""

from dataclasses import replace

import pytest
from support.docker import installed, running
from support.lab_laptop import LabLaptop
from support.laptops import ALICE, laptop, wanted
from support.wire import RUN, Wire, contents, objects, ran

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.formats import docker_settings
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.resources.docker_desktop import setup, want
from pyinfra_wsl.resources.docker_desktop import state as docker_desktop
from pyinfra_wsl.resources.docker_desktop.file import File
from pyinfra_wsl.resources.docker_desktop.resource import RESOURCE
from pyinfra_wsl.resources.docker_desktop.state import State

FEATURES = (
    "Microsoft-Hyper-V-All",
    "Microsoft-Hyper-V",
    "Microsoft-Hyper-V-Hypervisor",
    "Microsoft-Hyper-V-Services",
    "Containers",
)
ON = {"features": {"VirtualMachinePlatform": "Enabled", "Microsoft-Hyper-V-All": "Enabled", "Containers": "Enabled"}}
CONSENT = {"allow_unreachable": True}


def file(**values):
    return File(exists=True, parsed=docker_settings.Settings({"LicenseTermsVersion": 2, **values}))


def plan(declared, have):
    mine = replace(ALICE, connected=True)
    return setup.plan(wanted(RESOURCE, {"docker_desktop": declared}), laptop(docker_desktop=have, user=mine, windows_feature=ON))


def have(*, in_group, members=(ALICE.account,), make=installed, **values):
    daemons = {"linux": File(), "windows": File()}
    return make("4.86.0", settings=file(**values), members=members, in_group=in_group, daemons=daemons)


@pytest.mark.parametrize("backend", ["hyper-v", "windows"])
@pytest.mark.parametrize(("members", "words"), [((), "joins docker-users"), ((ALICE.account,), "has joined docker-users")])
def test_an_engine_that_needs_it_waits_for_the_next_logon_and_the_rest_goes_on(backend, members, words):
    planned = plan(
        {"backend": backend, "settings": {"AutoStart": True}, **CONSENT}, have(in_group=False, members=members, make=running)
    )
    (late,) = planned.deferred
    assert (late.waits_for, words in late.reason) == ("user logon", True)
    sentences = [step.sentence for step in planned.steps]
    assert "Docker Desktop: AutoStart: false → true" in sentences
    assert not any("WslEngineEnabled" in one or "UseWindowsContainers" in one for one in sentences)
    assert any("joins the group" in one for one in sentences) is (members == ())


def test_what_is_set_meanwhile_is_not_proved_by_an_engine_that_waits():
    planned = plan({"backend": "windows", "settings": {"AutoStart": True}, **CONSENT}, have(in_group=False, make=running))
    (step,) = planned.steps
    store = r"file.read C:\Users\alice\AppData\Roaming\Docker\settings-store.json"
    wire = Wire({
        "ps --quiet": ran(0), "desktop stop": ran(0), "cim.get": objects(), "desktop start": ran(0),
        store: [contents(b'{"LicenseTermsVersion": 2}', "a"), contents(b'{"LicenseTermsVersion": 2, "AutoStart": true}', "b")],
        "file.write": Answer(True, {"sha256": "b"}), "info --format": ran(0, "linux"),
    })  # fmt: skip
    wire.drive(step.does(RUN))
    assert wire.said("info --format")  # the engine that was in use is, and nothing is said of the declared one
    assert not wire.said("--host")


@pytest.mark.parametrize(
    ("declared", "state"),
    [
        ({"backend": "hyper-v", **CONSENT}, have(in_group=True)),
        ({"backend": "hyper-v", **CONSENT}, have(in_group=None)),
        ({"backend": "wsl-2", "start": True}, have(in_group=False)),
        ({"backend": "hyper-v"}, have(in_group=False, make=running, WslEngineEnabled=False)),
        ({"backend": "hyper-v"}, have(in_group=False, WslEngineEnabled=False)),
    ],
)
def test_else_nothing_waits_for_a_logon(declared, state):
    assert plan(declared, state).deferred == ()


def test_a_start_waits_too():
    planned = plan({"backend": "hyper-v", "start": True}, have(in_group=False, WslEngineEnabled=False))
    assert [(one.sentence, one.waits_for) for one in planned.deferred] == [("start Docker Desktop", "user logon")]
    assert planned.steps == ()


ROWS = '"Everyone","Well-known group","S-1-1-0","Mandatory group"\r\n'


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        (ran(0, ROWS + '"LT-1\\docker-users","Alias","S-1-5-21-1","Obligatorische Gruppe"\r\n'), True),
        (ran(0, ROWS + '"LT-1\\DOCKER-USERS","Alias","S-1-5-21-1",""\r\n'), True),
        (ran(0, ROWS + '"LT-1\\not-docker-users","Alias","S-1-5-21-1",""\r\n'), False),
        (ran(0, ROWS), False), (ran(0, ""), None), (ran(1, ROWS), None), (ran(0, '"' * 99), None), (ran(0, "\0" * 9000), None),
        (ran(0, '"' + "x" * 200_000), None), (Answer(False, {}, "not_found", "no"), None),
    ],
)  # fmt: skip
def test_the_groups_of_a_session_are_read_in_any_language(answer, known):
    assert docker_desktop.read({"groups": answer}).in_group is known


# --- on a laptop of the lab ---


def test_on_a_laptop_hyper_v_comes_with_the_next_logon():
    lab = LabLaptop()
    for name in FEATURES:
        lab.machine.features.set_state(name, "Enabled")
    lab.machine.settle()
    desktop = lab.docker("4.86.0")
    desktop.consents = True
    declared = {"docker_desktop": {"backend": "hyper-v", "start": True, **CONSENT}}
    first = setup.plan(wanted(RESOURCE, declared), lab.look())
    assert [one.waits_for for one in first.deferred] == ["user logon"]
    join, service = first.steps
    assert join.sentence.endswith("joins the group docker-users")
    for one in (join, service):
        lab.drive(one.does(lab.next_run))
    again = setup.plan(wanted(RESOURCE, declared), lab.look())
    assert (again.steps, [one.waits_for for one in again.deferred]) == ((), ["user logon"])
    lab.machine.log_off(lab.alice)
    lab.machine.log_on(lab.alice)
    lab.carry_out(setup.plan(wanted(RESOURCE, declared), lab.look()))
    seen = lab.look().of(State)
    assert (seen.in_group, seen.in_use, seen.active) == (True, "hyper-v", "linux")
    assert lab.machine.part(DockerDesktop).app is not None
    last = setup.plan(wanted(RESOURCE, declared), lab.look())
    assert (last.steps, last.deferred, last.unproved) == ((), (), ())


NEVER = {"helper": "", "daemons": {"linux": File(), "windows": File()}, "members": (ALICE.account,), "in_group": False}
"""Docker Desktop that nobody has started yet, on a laptop whose user joined the group in their session."""


@pytest.mark.parametrize(("backend", "key"), [("hyper-v", "WslEngineEnabled"), ("windows", "UseWindowsContainers")])
def test_before_its_first_start_the_backend_is_set_at_once_and_nobody_has_to_consent(backend, key):
    have = replace(installed("4.86.0"), **NEVER, settings=file())
    planned = plan({"backend": backend, "start": True}, have)
    assert (planned.failures, [one.sentence for one in planned.deferred]) == ((), ["start Docker Desktop"])
    assert any(key in step.sentence for step in planned.steps)
    assert plan({"backend": backend}, have).deferred == ()
    done = replace(have, settings=file(**dict(want.ENGINE_SETTINGS[backend])))
    again = plan({"backend": backend, "start": True}, done)
    assert ([step.sentence for step in again.steps if key in step.sentence], len(again.deferred)) == ([], 1)


@pytest.mark.parametrize(
    "trace",
    [{"helper": "desktop"}, {"helper": None}, {"stopped_by_us": True}, {"settings": file(SettingsVersion=45)},
     {"running_for": (ALICE.sid,)}],
)  # fmt: skip
def test_what_may_have_run_is_changed_with_consent_alone(trace):
    have = replace(installed("4.86.0"), **NEVER | {"settings": file()} | trace)
    (failure,) = plan({"backend": "hyper-v", "start": True}, have).failures
    assert failure.code == "unreachable"
