"""Docker Desktop installed, upgraded and removed: what the installer is told, and what proves it."""

import base64
import json
from dataclasses import replace

import pytest
from support.docker import (
    CACHED,
    CODE,
    EXE,
    FOLDER,
    LICENCE,
    MSI,
    NONE,
    NOT_LISTED,
    OWN,
    THERE,
    UNINSTALL,
    installed,
    listed,
    plan,
    running,
)
from support.laptops import ALICE, laptop, wanted
from support.wire import ABSENT, RUN, Wire, contents, key, objects, ran

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.resources.docker_desktop import remove
from pyinfra_wsl.resources.docker_desktop.resource import RESOURCE
from pyinfra_wsl.resources.docker_desktop.state import State

# --- carried out ---


DONE_KEY = key({"DisplayVersion": "4.86.0.236216", "UninstallString": rf'"{FOLDER}\Docker Desktop Installer.exe" "uninstall"'})
PRODUCT = key({"DisplayVersion": "4.86.0", "WindowsInstaller": 1, "Publisher": "Docker Inc.", "InstallLocation": ""})


def carry_out(script=None, package=EXE, *, have=NONE, more=None, **parts):
    (step,) = plan(package, have=have, more=more, **parts).steps
    suffix = ".msi" if package["installer"].endswith("msi") else ".exe"
    usual = {
        "upload": THERE,
        "file.read C:\\Users\\": ABSENT,
        f"file.state {CACHED}": THERE,
        rf"file.state {FOLDER}\Docker Desktop.exe": THERE,
        rf"file.state {OWN}\Docker Desktop.exe": THERE,
        rf"registry.read HKLM\{UNINSTALL}\{CODE}": PRODUCT,
        r"Uninstall\Docker Desktop": ABSENT if suffix == ".msi" else DONE_KEY,
        f"query HKLM\\{UNINSTALL}": listed(CODE) if suffix == ".msi" else listed("Docker Desktop"),
        "reg.exe": NOT_LISTED,
        r"Services\com.docker.service": key({"Start": 3}),
        f"run {CACHED}{suffix}": ran(0),
        "msiexec.exe": ran(0),
        "icacls.exe": ran(0),
        "file.state %ProgramData%": ABSENT,
    }
    wire = Wire({**(script or {}), **{name: one for name, one in usual.items() if name not in (script or {})}})
    wire.drive(step.does(RUN))
    return wire


def test_the_exe_is_told_what_is_declared_and_proved_by_what_is_there():
    wire = carry_out(more={"backend": "wsl-2", "accept_license": LICENCE},
                     package=EXE | {"options": {"always-run-service": True, "wsl-default-data-root": "D:\\wsl"}})  # fmt: skip
    (line,) = wire.said(f"run {CACHED}.exe")
    assert line.endswith("install --quiet --accept-license --backend=wsl-2 --always-run-service --wsl-default-data-root=D:\\wsl")


def test_without_a_consent_no_licence_is_accepted():
    (line,) = carry_out().said(f"run {CACHED}.exe")
    assert line.endswith("install --quiet")


def test_the_msi_never_restarts_and_has_words_of_its_own():
    wire = carry_out(package=MSI | {"options": {"no-windows-containers": True}}, more={"backend": "hyper-v"}, windows_feature={
        "features": {"Microsoft-Hyper-V-All": "Enabled", "Containers": "Enabled"}})  # fmt: skip
    (line,) = wire.said("msiexec.exe")
    assert line.endswith(f"/i {CACHED}.msi /qn /norestart ENGINE=hyperv DISABLEWINDOWSCONTAINERS=1")


def test_a_restart_that_the_msi_wants_is_noted():
    assert carry_out({"msiexec.exe": ran(3010)}, package=MSI).said("registry.write HKLM\\SOFTWARE\\pyinfra-wsl\\Restart docker")


def test_installed_already_is_success_where_it_is():
    carry_out({f"run {CACHED}.exe": ran(3)})
    with pytest.raises(StepError, match="no Docker Desktop"):
        carry_out({f"run {CACHED}.exe": ran(3), r"Uninstall\Docker Desktop": ABSENT})


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ({r"Uninstall\Docker Desktop": ABSENT}, "ended with exit code 0, and there is no Docker Desktop"),
        ({r"Uninstall\Docker Desktop": key({"DisplayVersion": "4.80.0"})}, "there is Docker Desktop 4.80.0; declared is 4.86.0"),
        ({rf"file.state {FOLDER}\Docker Desktop.exe": ABSENT}, "in part"),
        ({r"Services\com.docker.service": ABSENT}, "in part"),
    ],
)
def test_an_exit_code_of_0_is_not_trusted(script, words):
    with pytest.raises(StepError, match=words):
        carry_out(script)


@pytest.mark.parametrize(
    ("output", "words", "code"),
    [
        (ran(4294967291), "does not belong to an administrator", "installer 4294967291"),
        (ran(-5), "does not belong to an administrator", "installer -5"),
        (ran(1618), "another installation runs, and Windows Installer does one at a time", "installer 1618"),
        (ran(1, "", "boom"), "boom", "installer 1"),
        (ran(1), "it ended with 1", "installer 1"),
        (ran(None, timed_out=True), "did not end within 1800 s", "timeout"),
        (ran(112), "the system drive is full", "installer 112"),
    ],
)
def test_an_installer_that_fails_says_why_and_what_next(output, words, code):
    with pytest.raises(StepError, match=words) as told:
        carry_out({f"run {CACHED}.exe": output})
    assert (told.value.code, bool(told.value.remedy)) == (code, True)


def test_another_installation_is_waited_for():
    wire = carry_out({f"run {CACHED}.exe": [ran(1618), ran(1618), ran(0)]})
    assert len(wire.said(f"run {CACHED}.exe")) == 3


def test_a_folder_that_anybody_may_have_made_is_given_to_the_administrators():
    (line,) = carry_out({"file.state %ProgramData%": THERE}).said("icacls.exe")
    assert line.endswith(r"C:\ProgramData\DockerDesktop /setowner *S-1-5-32-544 /L")
    assert not carry_out().said("icacls.exe")


def test_another_accounts_own_installation_is_not_mixed_with():
    profiles = {ALICE.sid: ALICE.profile, "S-1-5-21-bob": r"C:\Users\bob"}
    link = Answer(False, {}, "link", "it is a link")
    for answer, words in ((THERE, r"installed for itself: C:\\Users\\bob"), (link, "cannot be seen whether another account")):
        with pytest.raises(StepError, match=words) as told:
            carry_out({r"file.read C:\Users\bob": answer}, windows={"profiles": profiles})
        assert told.value.code == "scope"


def test_another_file_than_declared_is_never_started():
    other = Answer(True, {"exists": True, "size": 9, "sha256": "b" * 64})
    source = {"installer": "https://files/DockerDesktop.exe"}
    with pytest.raises(StepError, match="is not the file that was declared"):
        carry_out({f"file.state {CACHED}": other, "curl.exe": ran(0)}, package=EXE | source)


def test_one_that_runs_is_stopped_and_started_again_also_after_a_failure():
    script = {
        "ps --quiet": ran(0), "desktop stop": ran(0), "desktop start": ran(0), "ping": ran(0), "info --format": ran(0, "linux\n"),
        "cim.get": objects(), "icacls": ran(0), "schtasks": ran(0),
    }  # fmt: skip
    mine = replace(ALICE, connected=True)
    wire = carry_out(script, have=running("4.80.0"), user=mine)
    lines = "\n".join(wire.asked)
    assert lines.index("desktop stop") < lines.index(f"run {CACHED}.exe") < lines.index("desktop start")
    assert lines.index("desktop start") < lines.index("info --format")
    (step,) = plan(have=running("4.80.0"), user=mine).steps
    wire = Wire(script | {"upload": THERE, "reg.exe": NOT_LISTED, "file.read C:\\Users\\": ABSENT, f"run {CACHED}.exe": ran(1)})
    with pytest.raises(StepError, match="it ended with 1"):
        wire.drive(step.does(RUN))
    assert wire.said("desktop start")


def test_a_change_of_scope_takes_the_other_one_away_first_and_keeps_its_data():
    mine = replace(ALICE, connected=True)
    wire = carry_out(
        {
            "Installer.exe": ran(0),
            rf"HKLM\{UNINSTALL}\Docker Desktop": ABSENT,
            f"query HKLM\\{UNINSTALL}": NOT_LISTED,
            rf"file.state {OWN}": THERE,
        },
        package=EXE | {"scope": "user", "change_scope": True}, have=installed("4.86.0"), user=mine,
    )  # fmt: skip
    lines = "\n".join(wire.asked)
    removal = rf"{FOLDER}\Docker Desktop Installer.exe"
    assert lines.index(removal) < lines.index(f"run {CACHED}.exe")
    assert "uninstall -keep-data" in wire.said(removal)[0]
    assert "--user" in wire.said(f"run {CACHED}.exe")[0]


# --- removed ---


def removal(have, **more):
    return remove.plan(wanted(RESOURCE, {"docker_desktop": {"state": "absent", **more}}), laptop(docker_desktop=have))


@pytest.mark.parametrize(("more", "words"), [({}, "uninstall -keep-data"), ({"allow_data_loss": True}, "uninstall")])
def test_a_removal_keeps_data_unless_their_loss_is_declared(more, words):
    (step,) = removal(installed("4.86.0"), **more).steps
    wire = Wire({"Installer.exe": ran(0), "reg.exe": NOT_LISTED, "Uninstall": ABSENT})
    wire.drive(step.does(RUN))
    assert wire.said("Installer.exe")[0].endswith(words)


def test_a_removal_that_leaves_it_there_fails():
    (step,) = removal(installed("4.86.0")).steps
    with pytest.raises(StepError, match="could not be removed: no"):
        Wire({"Installer.exe": ran(1, "no"), "reg.exe": listed("Docker Desktop"), "Uninstall": DONE_KEY}).drive(step.does(RUN))


def test_what_is_not_there_needs_no_removal():
    assert removal(NONE).noop == "Docker Desktop is not installed"
    assert removal(State()).failures
    assert removal(running("4.86.0", containers=1)).deferred[0].waits_for == "docker desktop idle"


# --- the service that it needs ---


@pytest.mark.parametrize(("start", "steps"), [("disabled", 1), ("manual", 1), ("automatic", 0), ("unknown", 0), (None, 0)])
def test_the_service_that_docker_desktop_needs_starts_with_windows(start, steps):
    have = installed("4.86.0", services={"LanmanServer": start} if start else {})
    planned = plan(have=have)
    assert len(planned.steps) == steps
    assert len(plan(have=replace(have, installations=())).steps) == steps + 1
    if steps:
        wire = Wire({"sc.exe": [ran(0), ran(1056)]})
        wire.drive(planned.steps[0].does(RUN))
        assert [line.rpartition("sc.exe")[2] for line in wire.said("sc.exe")] == [
            " 60 config LanmanServer start= auto", " 60 start LanmanServer",
        ]  # fmt: skip
        with pytest.raises(StepError, match="LanmanServer could not be started: denied"):
            Wire({"sc.exe": ran(5, "denied")}).drive(planned.steps[0].does(RUN))


def test_for_one_user_it_is_installed_in_their_own_session_from_a_file_that_they_may_read():
    done = {"exit_code": 0, "timed_out": False, "seconds": 1.0, "stdout": "", "stderr": ""}
    reply = json.dumps({"id": 1, "results": [{"ok": True, "value": done}]}).encode() + b"\n"
    session = {
        "icacls.exe": ran(0), "cmd.exe": ran(0), "schtasks.exe": ran(0),
        r"file.read C:\Program Files\pyinfra-wsl\runs": contents(reply), f"file.state {OWN}": THERE,
    }  # fmt: skip
    wire = carry_out(session, package=EXE | {"scope": "user"})
    assert wire.said(f"{CACHED}.exe /grant *{ALICE.sid}:R")
    assert not wire.said(f"run {CACHED}.exe")  # not as ourselves
    request = next(line for line in wire.asked if "request.json" in line and line.startswith("file.write"))
    assert "--user" in base64.b64decode(request.rpartition(" ")[2]).decode()
    assert wire.said(rf"registry.read HKU\{ALICE.sid}\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\Docker Desktop")
