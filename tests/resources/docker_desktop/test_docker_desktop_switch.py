"""The engine switched while Docker Desktop runs: by its own command, in its user's session, and proved by who answers."""

from dataclasses import replace

import pytest
from support.docker import running
from support.lab_laptop import LabLaptop
from support.laptops import ALICE, laptop, wanted
from support.wire import RUN, Wire, ran

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.formats import docker_settings
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.resource.docker import set_service
from pyinfra_wsl.resources.docker_desktop import setup
from pyinfra_wsl.resources.docker_desktop.answering import Answering
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
MINE = replace(ALICE, connected=True)
CONSENT = {"allow_unreachable": True}
LINUX = {"linux": Answering("28.3.3", "linux", "5.15-microsoft-standard-WSL2"), "windows": Answering()}
WINDOWS = {"linux": Answering(), "windows": Answering("28.3.3", "windows", "10.0")}
SENTENCE = "Docker Desktop: engine for linux containers → windows containers"


def state(version="4.86.0", engines=LINUX, **values):
    more = {name: values.pop(name) for name in ("containers",) if name in values}
    file = File(exists=True, parsed=docker_settings.Settings({"LicenseTermsVersion": 2, **values}))
    return running(
        version, settings=file, members=(ALICE.account,), daemons={"linux": File(), "windows": File()}, engines=engines, **more
    )


def plan(declared, have, **parts):
    parts.setdefault("windows_feature", ON)
    return setup.plan(wanted(RESOURCE, {"docker_desktop": declared}), laptop(docker_desktop=have, user=MINE, **parts))


def step(declared, have):
    planned = plan(declared, have)
    assert (planned.failures, planned.deferred) == ((), ())
    (one,) = planned.steps
    return one


@pytest.mark.parametrize(
    ("version", "command"),
    [
        ("4.86.0", r"\resources\bin\docker.exe 180.0 desktop engine use windows"),
        ("4.38.0", r"\DockerCli.exe 180.0 -SwitchWindowsEngine"),
    ],
)
def test_it_goes_on_running_and_the_new_engine_is_asked_behind_its_own_pipe(version, command):
    one = step({"backend": "windows", **CONSENT}, state(version))
    assert (one.sentence, one.diff) == (SENTENCE, ("-UseWindowsContainers: false", "+UseWindowsContainers: true"))
    wire = Wire({"ps --quiet": ran(0), "engine use": ran(0), "DockerCli": ran(0), "info --format": [ran(1), ran(0, "windows\n")]})
    wire.drive(one.does(RUN))
    assert wire.said(command)
    assert not wire.said("desktop stop")
    assert not wire.said("file.write")
    assert all("--host npipe:////./pipe/dockerDesktopWindowsEngine" in line for line in wire.said("info --format"))


def test_back_to_linux_containers():
    one = step({"backend": "wsl-2", **CONSENT}, state(engines=WINDOWS, UseWindowsContainers=True))
    wire = Wire({"ps --quiet": ran(0), "engine use linux": ran(0), "info --format": ran(0, "linux")})
    wire.drive(one.does(RUN))
    assert wire.said("--host npipe:////./pipe/dockerDesktopLinuxEngine info")


@pytest.mark.parametrize(
    ("declared", "have"),
    [
        ({"backend": "windows", "settings": {"AutoStart": True}}, state()),  # more is to be changed
        ({"backend": "windows", "daemon": {"windows": {"debug": True}}}, state()),
        ({"backend": "hyper-v"}, state()),  # there is no command between the two Linux backends
        ({"backend": "hyper-v"}, state(engines=WINDOWS, UseWindowsContainers=True)),
        ({"backend": "windows"}, state(engines={})),  # it is not known which one answers
        ({"backend": "windows"}, state(engines={"linux": Answering(), "windows": Answering()})),
        ({"backend": "windows"}, state(version="")),
    ],
)
def test_else_it_is_set_while_it_is_stopped(declared, have):
    one = step({**declared, **CONSENT}, have)
    assert one.sentence != SENTENCE
    assert one.note == "Docker Desktop is stopped and started again"


def test_a_stopped_one_is_set_and_not_switched():
    have = replace(state(), running_for=())
    assert "UseWindowsContainers: false → true" in step({"backend": "windows", **CONSENT}, have).sentence


def test_an_engine_that_is_not_as_its_settings_say_is_switched_too():
    one = step({"backend": "windows", **CONSENT}, state(UseWindowsContainers=True))
    assert (one.sentence, one.diff) == (SENTENCE, ())


def test_what_the_engine_in_use_holds_is_named_whatever_is_set():
    (told,) = plan({"backend": "windows"}, state(UseWindowsContainers=True)).failures
    assert (told.code, "the backend is wsl-2" in told.cause) == ("unreachable", True)


@pytest.mark.parametrize(("policy", "containers", "waits"), [
    ("when_idle", 1, True), ("when_idle", None, True), ("when_idle", 0, False), ("next_start", 0, True), ("now", 3, False),
])  # fmt: skip
def test_containers_that_run_are_waited_for(policy, containers, waits):
    planned = plan({"backend": "windows", "apply": policy, **CONSENT}, state(containers=containers))
    assert [one.waits_for for one in planned.deferred] == (["docker desktop idle"] if waits else [])
    assert len(planned.steps) == (not waits)


def test_a_container_that_was_started_meanwhile_is_not_ended():
    one = step({"backend": "windows", **CONSENT}, state())
    wire = Wire({"ps --quiet": ran(0, "c0ffee\n")})
    with pytest.raises(StepError, match="containers run: 1"):
        wire.drive(one.does(RUN))
    assert not wire.said("engine use")


@pytest.mark.parametrize(
    ("answer", "words", "code"),
    [
        (
            ran(1, "", 'unable to set engine to "windows": engine is disabled'),
            "does not switch .* engine is disabled",
            "docker_switch",
        ),
        (
            Answer(False, {}, "not_found", "no docker.exe"),
            "does not switch to windows containers: no docker.exe",
            "docker_switch",
        ),
        (ran(None, "", timed_out=True), "no engine answers; the command to switch did not end", "docker_proof"),
        (ran(0), "no engine answers", "docker_proof"),
    ],
)
def test_a_switch_that_fails_says_why(monkeypatch, answer, words, code):
    monkeypatch.setattr("pyinfra_wsl.resources.docker_desktop.app.PAUSES", (0.1,))
    one = step({"backend": "windows", **CONSENT}, state())
    with pytest.raises(StepError, match=words) as told:
        Wire({"ps --quiet": ran(0), "engine use": answer, "info --format": ran(1)}).drive(one.does(RUN))
    assert (told.value.code, bool(told.value.remedy)) == (code, True)


def test_a_command_that_never_returns_is_fine_where_the_engine_answers():
    one = step({"backend": "windows", **CONSENT}, state())
    Wire({"ps --quiet": ran(0), "engine use": ran(None, timed_out=True), "info --format": ran(0, "windows")}).drive(one.does(RUN))


def test_the_other_linux_backend_that_answers_is_told():
    have = state(engines={**LINUX, "linux": Answering("28.3.3", "linux", "6.10.14-linuxkit")})
    (told,) = plan({"backend": "wsl-2", **CONSENT}, have).unproved
    assert told == "the engine of backend wsl-2 answers: that of hyper-v does"


# --- on a laptop of the lab ---


def ready(version="4.86.0"):
    lab = LabLaptop()
    for name in FEATURES:
        lab.machine.features.set_state(name, "Enabled")
    lab.machine.settle()
    desktop = lab.docker(version)
    desktop.consents = True
    lab.machine.groups.add("docker-users", lab.alice.sid)
    lab.alice.memberships = lab.machine.groups.of(lab.alice.sid)
    set_service(lab.machine, start=2, running=True)
    lab.start_docker()
    return lab, desktop


def look(lab, backend):
    return setup.plan(wanted(RESOURCE, {"docker_desktop": {"backend": backend, **CONSENT}}), lab.look())


@pytest.mark.parametrize("version", ["4.86.0", "4.38.0"])
def test_on_a_laptop_it_is_switched_there_and_back_without_being_stopped(version):
    lab, desktop = ready(version)
    app = desktop.app
    for backend, kind in (("windows", "windows"), ("wsl-2", "linux")):
        planned = look(lab, backend)
        assert [one.sentence.startswith("Docker Desktop: engine for") for one in planned.steps] == [True]
        lab.carry_out(planned)
        have = lab.look().of(State)
        assert (have.active, have.in_use, have.backend) == (kind, backend, backend)
        assert (look(lab, backend).steps, look(lab, backend).unproved) == ((), ())
    assert desktop.app is app


def test_on_a_laptop_containers_of_the_other_engine_are_waited_for():
    lab, desktop = ready()
    desktop.containers = ["c0ffee"]
    planned = look(lab, "windows")
    assert (planned.steps, [one.waits_for for one in planned.deferred]) == ((), ["docker desktop idle"])
    assert desktop.containers == ["c0ffee"]


def test_on_a_laptop_a_forbidden_engine_is_refused_and_the_other_goes_on(monkeypatch):
    monkeypatch.setattr("pyinfra_wsl.resources.docker_desktop.app.PAUSES", (0.1,))
    lab, desktop = ready()
    assert isinstance(desktop, DockerDesktop)
    planned = look(lab, "windows")
    lab.machine.files.write(r"C:\ProgramData\DockerDesktop\install-settings.json", b'{"noWindowsContainers": true}')
    with pytest.raises(StepError, match="engine is disabled"):
        lab.carry_out(planned)
    assert lab.look().of(State).active == "linux"
    assert look(lab, "windows").failures[0].code == "no_windows_containers"
