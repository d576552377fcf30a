"""The WSL package: whether it is installed, replaced or left alone, and what Windows Installer says."""

from dataclasses import replace

import pytest
from support.laptops import ALICE, BOOTED, CORRECT_IT, FEATURES, NOTHING, PACKAGE, laptop, refusal, refused, wanted
from support.wire import ABSENT, DENIED, RUN, Wire, contents, key, ran

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.resources.windows_feature import state as windows_feature
from pyinfra_wsl.resources.wsl import plan as planning
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl.resource import RESOURCE
from pyinfra_wsl.resources.wsl_policy import state as wsl_policy

SHA256 = "1f0c" * 16
INSTALLER = {"installer": "images/wsl.2.6.1.0.x64.msi", "sha256": SHA256}
WANT = {"minimum": "2.6.1", **INSTALLER}
OLD = replace(PACKAGE, version="2.4.13.0")
INBOX = wsl.State(kind="inbox", exe=r"%SystemRoot%\System32\wsl.exe", vm=False)
CACHED = rf"C:\Program Files\pyinfra-wsl\cache\{SHA256}.msi"
THERE = Answer(True, {"exists": True, "size": 9, "sha256": SHA256})
NOW = key({"Version": "2.6.1.0"})


def plan(want, machine):
    return planning.plan(wanted(RESOURCE, {"wsl": {"package": want}}), machine)


def sentences(want, **parts):
    planned = plan(want, laptop(**parts))
    assert not planned.failures, planned.failures
    return [step.sentence for step in planned.steps]


def failure(want, **parts):
    planned = plan(want, laptop(**parts))
    assert not planned.steps
    return planned.failures[0]


def install(script, want=None, **parts):
    (step,) = plan(want or WANT, laptop(**({"wsl": NOTHING} | parts))).steps
    wire = Wire({f"file.state {CACHED} ": THERE, "registry.read": NOW} | script)
    wire.drive(step.does(RUN))
    return wire


@pytest.mark.parametrize("want", [WANT, {"minimum": "2.6.1.0"}, {"minimum": "2.4"}, {"version": "2.6.1"}, INSTALLER, {}])
def test_a_package_as_declared_is_left_alone(want):
    planned = plan(want, laptop())
    assert not planned.steps
    assert not planned.failures
    assert not planned.deferred
    assert planned.noop == "WSL 2.6.1.0 is installed"


def test_a_newer_package_is_left_alone_unless_one_is_pinned():
    newer = replace(PACKAGE, version="2.7.1.0")
    assert sentences(WANT, wsl=newer) == []
    pinned = {"version": "2.6.1", **INSTALLER}
    assert failure(pinned, wsl=newer).code == "downgrade"
    (step,) = plan({**pinned, "allow_downgrade": True}, laptop(wsl=newer)).steps
    assert step.sentence == "WSL package: 2.7.1.0 → 2.6.1.0 (wsl.2.6.1.0.x64.msi)"
    assert "distributions and disks stay" in step.note
    assert "distributions and disks" not in plan({**pinned, "allow_downgrade": True}, laptop(wsl=OLD)).steps[0].note


@pytest.mark.parametrize(
    ("have", "words"), [(OLD, "2.4.13.0"), (INBOX, "the one in Windows"), (NOTHING, "none"), (replace(PACKAGE, version="?"), "?")]
)
def test_what_is_too_old_or_missing_is_replaced(have, words):
    assert sentences(WANT, wsl=have) == [f"WSL package: {words} → 2.6.1.0 (wsl.2.6.1.0.x64.msi)"]


def test_installing_is_one_request_beside_the_file_and_leaves_nothing_behind():
    wire = install({"msiexec.exe": ran()})
    (command,) = wire.said("msiexec.exe")
    assert command.endswith(f"/i {CACHED} /qn /norestart /L*V {CACHED}.log")
    assert wire.requests == 2
    assert wire.said(f"file.remove {CACHED}") == [f"file.remove {CACHED}", f"file.remove {CACHED}.log"]
    assert not wire.said("registry.write")


def test_a_file_of_the_control_machine_is_uploaded_first():
    wire = install({"msiexec.exe": ran(), f"file.state {CACHED} ": ABSENT})
    assert wire.said("upload ") == [f"upload images/wsl.2.6.1.0.x64.msi {CACHED} {SHA256}"]


def test_a_wrong_file_is_never_started():
    changed = Answer(False, {}, "changed", "SHA-256 is another")
    with pytest.raises(StepError):
        install({f"file.state {CACHED} ": ABSENT, "upload ": changed})


@pytest.mark.parametrize("code", [3010, 1641])
def test_a_restart_that_windows_installer_wants_is_remembered(code):
    assert install({"msiexec.exe": ran(code)}).said(rf"Restart package String {BOOTED}")


def test_another_installation_is_waited_for():
    wire = install({"msiexec.exe": [ran(1618), ran(1618), ran(0)], "file.wait": Answer(False, {}, "timeout", "waited")})
    assert len(wire.said("file.wait")) == 2
    assert len(wire.said("msiexec.exe")) == 3


def test_another_installation_that_does_not_end_is_a_failure():
    with pytest.raises(StepError, match="another installation runs, and Windows Installer does one at a time") as failed:
        install({"msiexec.exe": ran(1618)})
    assert failed.value.code == "msiexec 1618"


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        (
            "Produkt\r\nProduct: Windows Subsystem for Linux -- WSL needs build 19041 or newer.\r\nRückgabewert 3.\r\n",
            "WSL needs build 19041 or newer (Windows Installer 1603)",
        ),
        ("CustomAction DeployMsix returned actual error code 1603 (note this may not be", "CustomAction DeployMsix returned"),
        ("MSI (s): Error 1304. Error writing to file: system.vhd.\r\n", "Error 1304. Error writing to file: system.vhd (Windows"),
        ("nothing of interest", "Windows Installer could not install the WSL package"),
    ],
)
def test_the_reason_of_1603_is_in_the_log(log, cause):
    size = Answer(True, {"exists": True, "size": 300001})
    tail = contents(log.encode("utf-16-le"))
    with pytest.raises(StepError) as failed:
        install({"msiexec.exe": ran(1603), f"file.state {CACHED}.log": size, f"file.read {CACHED}.log 37856 262144": tail})
    assert cause in failed.value.cause
    assert failed.value.code == "msiexec 1603"
    assert f"{CACHED}.log" in failed.value.remedy


@pytest.mark.parametrize(
    ("answer", "cause", "code"),
    [
        (ran(1620), "cannot open the package file", "msiexec 1620"),
        (ran(1625), "a system policy forbids", "msiexec 1625"),
        (ran(None, timed_out=True), "did not end within 1800 s", "timeout"),
        (DENIED, "msiexec.exe did not start", "access_denied"),
    ],
)
def test_what_windows_installer_says_is_put_into_words(answer, cause, code):
    with pytest.raises(StepError, match=cause) as failed:
        install({"msiexec.exe": answer})
    assert failed.value.code == code


@pytest.mark.parametrize(("registry", "found"), [(key({"Version": "2.5.7.0"}), "2.5.7.0"), (ABSENT, "none")])
def test_success_without_the_version_is_no_success(registry, found):
    with pytest.raises(StepError, match=f"names WSL package {found}, not 2.6.1 or later"):
        install({"registry.read": registry, "msiexec.exe": ran()})


def test_what_an_upgrade_would_end_is_waited_for():
    planned = plan(WANT, laptop(wsl=OLD, wsl_distro={"running": ("Ubuntu", "docker-desktop")}))
    (deferred,) = planned.deferred
    assert deferred.waits_for == "vm idle"
    assert deferred.reason == r"Ubuntu, docker-desktop of CORP\alice run"
    assert not planned.steps


def test_apply_now_does_not_wait_and_says_what_it_ends():
    planned = plan({**WANT, "apply": "now"}, laptop(wsl=OLD, wsl_distro={"running": ("Ubuntu",)}))
    assert planned.steps[0].note == "ends every distribution that runs, of every user"


def test_a_vm_of_somebody_else_is_waited_for_too():
    old = replace(OLD, vm=True)
    assert plan(WANT, laptop(wsl=old, wsl_distro={"running": None})).deferred[0].waits_for == "vm idle"
    both = {"desktops": {ALICE.sid: ALICE.account, "S-1-5-21-7": r"CORP\bob"}}
    assert plan(WANT, laptop(wsl=old, windows=both)).deferred
    assert plan(WANT, laptop(wsl=old, windows={"desktops_known": False})).deferred
    assert not plan(WANT, laptop(wsl=old)).deferred


def test_without_an_installer_the_next_step_is_named():
    assert failure({"minimum": "2.6.1"}, wsl=OLD).cause == "WSL 2.4.13.0 is not 2.6.1 or later"
    assert failure({"minimum": "2.6.1"}, wsl=NOTHING).cause == "the WSL package is not installed"
    assert "declare wsl.package.installer" in failure({"minimum": "2.6.1"}, wsl=INBOX).remedy


@pytest.mark.parametrize(
    ("parts", "cause"),
    [
        ({"windows": {"build": 18363}}, "needs Windows build 19041 or later, and this is build 18363"),
        ({"windows": {"build": None}}, "not known which Windows"),
        ({"wsl": OLD, "wsl_policy": wsl_policy.State({"AllowWSL": 0})}, r"AllowWSL is 0 in HKLM\SOFTWARE\Policies\WSL"),
        ({"wsl": wsl.State(kind=None, problem="access denied")}, "access denied"),
        ({"wsl": OLD, "windows": {"architecture": "ARM64"}}, "is for x64, and the laptop is arm64"),
    ],
)
def test_what_makes_it_impossible_is_said_before_anything_is_done(parts, cause):
    found = failure(WANT, **parts)
    assert cause in found.cause
    assert found.remedy


@pytest.mark.parametrize(
    ("want", "cause", "remedy"),
    [
        ({"minimum": "latest"}, "minimum: 'latest' is not a version; write it like 2.6.1", CORRECT_IT),
        (
            {"minimum": "2.6.1", "version": "2.6.1"},
            "version: contradicts minimum, which may be inherited",
            "keep one and write null for the other",
        ),
        (
            {"minimum": "2.6.1", "installer": "wsl.2.6.1.0.x64.msi"},
            "sha256: is missing",
            "learn it with: sha256sum 'wsl.2.6.1.0.x64.msi'",
        ),
        (
            {"installer": "wsl.2.6.1.0.x64.msi", "sha256": "1f0c"},
            "sha256: '1f0c' is not a SHA-256; write its 64 hexadecimal digits, as sha256sum prints them",
            CORRECT_IT,
        ),
        (
            {"installer": "ubuntu.wsl", "sha256": SHA256},
            "installer: 'ubuntu.wsl' is not an MSI; write wsl.VERSION.0.x64.msi of a release of microsoft/WSL",
            CORRECT_IT,
        ),
        (
            {"minimum": "2.6.1", "apply": "tonight", **INSTALLER},
            "apply: 'tonight' is not one of now, when_idle",
            CORRECT_IT,
        ),
        ({"update": "web"}, "update: has no minimum below which to update", "write minimum: and a version"),
        ({"update": True, "minimum": "2.6.1"}, "update: true is not one of store, web, pre-release", CORRECT_IT),
        ({"allow_downgrade": True}, "allow_downgrade: has no version to which to go back", "write version: and a version"),
    ],
)
def test_what_cannot_be_meant_is_refused(want, cause, remedy):
    found = refusal(RESOURCE, {"wsl": {"package": want}})
    assert (found.cause, found.remedy) == (f"wsl.package.{cause}", remedy)


def test_an_installer_of_another_version_than_declared_is_refused():
    assert failure({"minimum": "2.7", **INSTALLER}, wsl=OLD).cause == "wsl.2.6.1.0.x64.msi is not 2.7 or later"


@pytest.mark.parametrize(
    "address", ["https://ada:hunter2@files.example.org/wsl.msi", "https://ada:hunter2@files/wsl.msi?sig=abc"]
)
def test_a_secret_in_an_address_is_not_shown(address):
    for found in refused(RESOURCE, {"wsl": {"package": {"installer": address}}}):
        assert "hunter2" not in found.said
        assert "sig=abc" not in found.said


def test_an_installer_of_another_name_is_believed_to_be_the_right_one():
    want = {"minimum": "2.6.1", "installer": r"\\files\wsl\current.msi", "sha256": SHA256}
    assert sentences(want, wsl=OLD) == ["WSL package: 2.4.13.0 → 2.6.1 or later (current.msi)"]


def test_the_latest_release_is_wsls_own_business():
    (step,) = plan({"update": "web", "minimum": "2.6.1"}, laptop(wsl=OLD, user=replace(ALICE, connected=True))).steps
    wire = Wire({"--update": ran(), "registry.read": NOW})
    wire.drive(step.does(RUN))
    assert step.sentence == "WSL package: 2.4.13.0 → the latest release of GitHub"
    assert wire.said("--update")[0].startswith(r"run C:\Program Files\WSL\wsl.exe")
    assert sentences({"update": "web", "minimum": "2.6.1"}) == []


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ({"--update": ran(-1, "Error code: Wsl/UpdatePackage/WININET_E_NAME_NOT_RESOLVED")}, "WININET_E_NAME_NOT_RESOLVED"),
        ({"--update": DENIED}, "access_denied"),
        ({"--update": ran(), "registry.read": key({"Version": "2.4.13.0"})}, "version"),
    ],
)
def test_an_update_that_brought_nothing_is_a_failure(script, code):
    (step,) = plan({"update": "web", "minimum": "2.6.1"}, laptop(wsl=OLD, user=replace(ALICE, connected=True))).steps
    with pytest.raises(StepError) as failed:
        Wire({**script, "registry.read": script.get("registry.read", NOW)}).drive(step.does(RUN))
    assert failed.value.code == code


def test_features_that_are_missing_are_told_as_the_build_needs_them():
    off = windows_feature.State({"VirtualMachinePlatform": "Disabled", "Microsoft-Windows-Subsystem-Linux": "Disabled"})
    names = ["VirtualMachinePlatform", "Microsoft-Windows-Subsystem-Linux"]
    on_10 = plan(WANT, laptop(windows={"build": 19045}, windows_feature=off)).warnings
    assert [name for name in names if any(name in warning for warning in on_10)] == names
    on_11 = plan(WANT, laptop(windows_feature=off)).warnings
    assert [name for name in names if any(name in warning for warning in on_11)] == names[:1]
    assert not plan(WANT, laptop(windows_feature=FEATURES)).warnings


def test_what_no_declaration_changes_is_told():
    policies = wsl_policy.State({"AllowDiskMount": 0}, {"AllowWSL1": "String '0'"})
    state = replace(PACKAGE, services={"SharedAccess": "disabled"})
    found = plan(WANT, laptop(wsl=state, wsl_policy=policies)).warnings
    assert found == (
        "service SharedAccess is disabled: WSL 2 has no network",
        "policy AllowDiskMount is 0: wsl --mount is refused",
        "policy AllowWSL1 is String '0', which WSL ignores",
    )
