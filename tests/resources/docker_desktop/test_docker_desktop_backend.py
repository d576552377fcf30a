"""What runs containers: what each backend needs, what a change makes unreachable, and that it is proved."""

from dataclasses import replace

import pytest
from support.laptops import ALICE, PACKAGE, laptop, wanted
from support.wire import RUN, Wire, contents, objects, ran

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.formats import docker_settings
from pyinfra_wsl.resources.docker_desktop import components, requirements, setup
from pyinfra_wsl.resources.docker_desktop import state as docker_desktop
from pyinfra_wsl.resources.docker_desktop.file import File
from pyinfra_wsl.resources.docker_desktop.installed import Installation
from pyinfra_wsl.resources.docker_desktop.resource import RESOURCE
from pyinfra_wsl.resources.docker_desktop.state import State

FOLDER = r"C:\Program Files\Docker\Docker"
ON = {"features": {"VirtualMachinePlatform": "Enabled", "Microsoft-Hyper-V-All": "Enabled", "Containers": "Enabled"}}
CONSENT = {"allow_unreachable": True}
MINE = replace(ALICE, connected=True)


def settings(**values):
    return File(exists=True, parsed=docker_settings.Settings({"LicenseTermsVersion": 2, **values}))


def state(**more):
    whole = {
        "installations": (Installation("all_users", "4.86.0", FOLDER),), "machine_known": True, "user_known": True,
        "running_known": True, "settings": settings(), "members": (ALICE.account,), "shared": {}, "services": {},
        "daemons": {"linux": File(), "windows": File()},
    }  # fmt: skip
    return State(**(whole | more))


WSL, HYPER_V, WINDOWS = settings(), settings(WslEngineEnabled=False), settings(UseWindowsContainers=True)


def plan(declared, *, have=None, **parts):
    parts.setdefault("windows_feature", ON)
    return setup.plan(wanted(RESOURCE, {"docker_desktop": declared}), laptop(docker_desktop=have or state(), **parts))


def failure(declared, **case):
    planned = plan(declared, **case)
    assert planned.steps == ()
    (one,) = planned.failures
    assert one.remedy
    return one


@pytest.mark.parametrize(("file", "backend"), [
    (WSL, "wsl-2"), (HYPER_V, "hyper-v"), (WINDOWS, "windows"),
    (settings(UseWindowsContainers=True, WslEngineEnabled=False), "windows"),
    (settings(WslEngineEnabled="yes"), None), (None, None), (File(), "wsl-2"),
])  # fmt: skip
def test_the_backend_is_told_from_the_effective_settings(file, backend):
    assert state(settings=file).backend == backend
    if backend is not None:
        planned = plan({"backend": backend}, have=state(settings=file and settings(**file.values)))
        assert (planned.failures, planned.steps) == ((), ())


@pytest.mark.parametrize(("file", "now"), [(WSL, "wsl-2"), (HYPER_V, "hyper-v"), (WINDOWS, "windows")])
@pytest.mark.parametrize("backend", ["wsl-2", "hyper-v", "windows"])
def test_a_change_names_what_becomes_unreachable_and_needs_consent(file, now, backend):
    have = state(settings=file)
    if now == backend:
        assert plan({"backend": backend}, have=have).steps == ()
        return
    told = failure({"backend": backend}, have=have)
    assert (told.code, "allow_unreachable" in told.remedy, now in told.cause) == ("unreachable", True, True)
    (step,) = plan({"backend": backend, **CONSENT}, have=have).steps
    assert ("UseWindowsContainers" in step.sentence) is ("windows" in (now, backend))


def test_before_a_first_start_nothing_becomes_unreachable():
    fresh = state(settings=File(exists=False))
    planned = plan({"backend": "hyper-v"}, have=fresh)
    assert planned.failures == ()
    assert "WslEngineEnabled: true → false" in planned.steps[0].sentence


def test_what_the_installation_forbids_cannot_be_chosen():
    kept = File(exists=True, parsed=docker_settings.Settings({"noWindowsContainers": True}))
    told = failure({"backend": "windows", **CONSENT}, have=state(shared={"install-settings": kept}))
    assert told.code == "no_windows_containers"


@pytest.mark.parametrize(("have", "parts", "code"), [
    (state(bitlocker=True), {}, "policy"),
    (state(installations=(Installation("user", "4.86.0", "C:\\x"),)), {}, "scope"),
    (state(), {"windows": {"edition": "Core"}}, "edition"),
    (state(), {"windows": {"architecture": "ARM64"}}, "architecture"),
])  # fmt: skip
def test_windows_containers_are_refused_where_they_cannot_be(have, parts, code):
    assert failure({"backend": "windows", **CONSENT}, have=have, **parts).code == code


def test_a_pending_feature_keeps_only_the_backend_waiting():
    pending = {"features": dict.fromkeys(requirements.FEATURES["windows"], "EnablePending")}
    planned = plan({"backend": "windows", "settings": {"AutoStart": True}, **CONSENT}, windows_feature=pending)
    assert [one.waits_for for one in planned.deferred] == ["reboot"]
    assert [step.sentence for step in planned.steps] == ["Docker Desktop: AutoStart: false → true"]


# --- the group ---


@pytest.mark.parametrize(("members", "joins"), [
    ((), True), ((r"CORP\bob",), True), ((r"CORP\alice",), False), ((r"corp\ALICE",), False), (("alice",), True), (None, False),
])  # fmt: skip
def test_the_user_joins_the_group_where_the_backend_needs_it(members, joins):
    declared = {"backend": "hyper-v"}
    steps = plan(declared, have=state(settings=HYPER_V, members=members)).steps
    assert [step.sentence for step in steps] == ([r"CORP\alice joins the group docker-users"] if joins else [])
    assert all("next logon" in step.note for step in steps)
    assert plan({"backend": "wsl-2"}, have=state(members=members)).steps == ()


def test_an_account_of_the_laptop_itself_is_known_without_its_name():
    local = replace(ALICE, account=r"LT-1\alice")
    assert plan({"backend": "hyper-v"}, have=state(settings=HYPER_V, members=("alice",)), user=local).steps == ()


@pytest.mark.parametrize(("output", "words"), [(ran(0), ""), (ran(2, "", "System error 1378 has occurred."), ""),
                                               (ran(2, "", "System error 1376 has occurred."), "could not join")])  # fmt: skip
def test_who_is_in_it_already_is_fine(output, words):
    (step,) = plan({"backend": "hyper-v"}, have=state(settings=HYPER_V, members=())).steps
    wire = Wire({"net.exe": output})
    if words:
        with pytest.raises(StepError, match=words):
            wire.drive(step.does(RUN))
        return
    wire.drive(step.does(RUN))
    assert wire.said(r"localgroup docker-users CORP\alice /add")


# --- carried out ---


STORE = r"file.read C:\Users\alice\AppData\Roaming\Docker\settings-store.json"


def switch(backend, answers, have=WSL):
    machine = state(settings=have, running_for=(ALICE.sid,), containers=0)
    (step,) = plan({"backend": backend, **CONSENT}, have=machine, user=MINE).steps
    written = b'{"LicenseTermsVersion": 2, "UseWindowsContainers": true}'
    script = {"ps --quiet": ran(0), "desktop stop": ran(0), "cim.get": objects(), "cmd.exe": ran(0), "desktop start": ran(0),
              STORE: [contents(b'{"LicenseTermsVersion": 2}', "old"), contents(written, "new")],
              "file.write": Answer(True, {"sha256": "new"}), "info --format": answers}  # fmt: skip
    wire = Wire(script)
    wire.drive(step.does(RUN))
    return wire


def test_a_switch_is_made_while_it_is_stopped_and_proved_by_the_engine():
    wire = switch("windows", [ran(1, "", "no pipe"), ran(0, "linux\n"), ran(0, "windows\n")])
    lines = "\n".join(wire.asked)
    assert lines.index("desktop stop") < lines.index("file.write") < lines.index("/c start") < lines.index("info --format")
    assert not wire.said("desktop start")  # with Windows containers that never returns
    assert len(wire.said("info --format")) == 3


def test_an_engine_of_the_other_kind_is_no_proof(monkeypatch):
    monkeypatch.setattr("pyinfra_wsl.resources.docker_desktop.app.PAUSES", (0.1, 0.1))
    with pytest.raises(StepError, match="an engine for linux containers answers, and declared is backend windows") as told:
        switch("windows", ran(0, "linux"))
    assert told.value.code == "docker_proof"
    with pytest.raises(StepError, match="no engine answers"):
        switch("windows", ran(1))


def test_what_is_set_and_nobody_has_seen_work_is_not_proved():
    assert plan({"backend": "wsl-2"}).unproved == ("the engine of backend wsl-2 answers: Docker Desktop is not running",)
    running = state(running_for=(ALICE.sid,), containers=0, server="28.3.3", server_os="linux")
    assert plan({"backend": "wsl-2"}, have=running).unproved == ()
    silent = replace(running, server="")
    assert plan({"backend": "wsl-2"}, have=silent).unproved == (
        "the engine of backend wsl-2 answers: it does not, or was not asked",
    )
    other = replace(running, server_os="windows")
    assert plan({"backend": "wsl-2"}, have=other).unproved == (
        "the engine of backend wsl-2 answers: one for windows containers does",
    )


# --- components ---


def test_each_component_says_what_a_stopped_one_means_on_its_backend():
    wsl = components.of(state(services={"com.docker.service": "manual", "LanmanServer": "automatic"}))
    assert (wsl["com.docker.service"]["state"], "normal" in wsl["com.docker.service"]["means"]) == ("manual", True)
    assert wsl["LanmanServer"] == {"state": "automatic"}
    windows = components.of(state(settings=WINDOWS, services={"com.docker.service": "manual", "LanmanServer": "disabled"}))
    assert "needs it" in windows["com.docker.service"]["means"]
    assert "needs it" in windows["LanmanServer"]["means"]
    own = components.of(state(installations=(Installation("user", "4.86.0", "C:\\x"),)))
    assert own["com.docker.service"] == {"state": "missing", "means": "an installation for one user has none"}


def test_a_running_engine_is_named_with_its_pipe_context_and_version():
    found = components.of(
        state(running_for=(ALICE.sid,), server="28.3.3", server_os="windows", client="28.3.3", settings=WINDOWS)
    )
    assert found["engine"] == {"state": "answers", "version": "28.3.3", "backend": "windows", "context": "desktop-windows",
                               "pipe": r"\\.\pipe\dockerDesktopWindowsEngine"}  # fmt: skip
    assert components.of(state(running_for=(ALICE.sid,), server=""))["engine"]["state"] == "silent"
    assert components.of(State())["program"] == {"state": "unknown"}


def test_what_stands_beside_it_is_found_and_reported():
    there = Answer(True, {"exists": True, "values": {"DOCKER_HOST": {"data": "tcp://192.168.99.100:2376"}}})
    found = docker_desktop.read(dict.fromkeys(("toolbox", "rancher", "podman", "engine", "environment"), there))
    assert len(found.predecessors) == 5
    assert "Docker for Windows" in docker_desktop.read({"old": there}).predecessors[0]
    assert "DOCKER_HOST of the user" in found.predecessors[-1]
    assert "192.168" not in repr(found.predecessors)
    assert docker_desktop.read({}).predecessors == ()
    assert components.of(found)["beside it"]["state"] == "found"


@pytest.mark.parametrize(("distros", "running", "states"), [
    (("docker-desktop", "Ubuntu"), ("docker-desktop",), ("runs", "missing")),
    (("docker-desktop", "docker-desktop-data"), (), ("stopped", "stopped")),
    (("docker-desktop",), None, ("there", "missing")), ((), (), ("missing", "missing")), (None, None, ("unknown", "unknown")),
])  # fmt: skip
def test_dockers_own_distributions_are_told(distros, running, states):
    found = components.of_wsl("wsl-2", distros, running, {"Ubuntu": "28.3.3", "Debian": ""})
    assert (found["docker-desktop"]["state"], found["docker-desktop-data"]["state"]) == states
    assert found["docker.sock in Ubuntu"] == {"state": "answers", "version": "28.3.3"}
    assert found["docker.sock in Debian"] == {"state": "silent"}


def test_of_the_command_line_only_the_helper_and_the_path_are_told():
    uninstall = Answer(True, {"exists": True, "values": {"DisplayVersion": {"data": "4.86.0"}}})
    path = Answer(True, {"exists": True, "values": {"Path": {"data": rf"C:\Windows;{FOLDER}\resources\bin\;"}}})
    config = contents(b'{"auths": {"x": {"auth": "c2VjcmV0"}}, "credsStore": "desktop"}')
    found = docker_desktop.read({"machine": uninstall, "machine_environment": path, "cli": config}, ALICE)
    assert (found.helper, found.in_path) == ("desktop", True)
    assert "c2VjcmV0" not in repr(found)
    other = docker_desktop.read(
        {"machine": uninstall, "machine_environment": Answer(True, {"exists": True}), "cli": contents(b"{")}
    )
    assert (other.helper, other.in_path) == (None, False)


def test_the_fact_has_plain_values_and_no_secret():
    shown = RESOURCE.show(state(settings=settings(OverrideProxyHTTP="http://ada:pw@p")))
    assert (shown["installed"], shown["version"], shown["backend"]) == (True, "4.86.0", "wsl-2")
    assert "pw" not in repr(shown)
    assert PACKAGE.version
