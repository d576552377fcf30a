"""Docker Desktop's package: when it is installed, refused or kept waiting, what the installer is told, what proves it."""

from dataclasses import replace

import pytest
from support.docker import EXE, FOLDER, MSI, NONE, NOT_LISTED, OWN, SHA, THERE, failure, installed, plan, running, sentence, waits
from support.laptops import ALICE, FEATURES, NOTHING, PACKAGE, laptop
from support.wire import ABSENT, contents, key, objects, ran

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.windows.outlook import HYPERVISOR, Declared, Obstacle, Outlook
from pyinfra_wsl.core.windows.reboot_mark import Reason
from pyinfra_wsl.resources.docker_desktop import requirements
from pyinfra_wsl.resources.docker_desktop import state as docker_desktop
from pyinfra_wsl.resources.docker_desktop.installed import Installation
from pyinfra_wsl.resources.docker_desktop.state import State
from pyinfra_wsl.resources.reboot import state as reboot
from pyinfra_wsl.resources.windows_feature import state as windows_feature
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro
from tests.support.distros import distro

# --- reading ---


SEEN = {"own": ABSENT, "hive": key({}), "processes": objects(), "members": ran(2, "1376"), "products": NOT_LISTED,
        "own_root": ABSENT, "machine": key({"DisplayVersion": "4.91.0.239619"})}  # fmt: skip
UNINSTALL = {"DisplayVersion": "4.91.0.239619", "InstallLocation": '"D:\\Docker\\"'}


def test_both_scopes_are_found_wherever_they_are():
    for found, scope in (
        (docker_desktop.read({"machine": key(UNINSTALL), "own": ABSENT}, ALICE), "all_users"),
        (docker_desktop.read({"machine": ABSENT, "own": key(UNINSTALL)}, ALICE), "user"),
    ):
        assert found.installations == (Installation(scope, "4.91.0", "D:\\Docker"),)
    both = docker_desktop.read({"machine": key(UNINSTALL), "own": key({"DisplayVersion": "4.86.0"})}, ALICE)
    assert [(one.scope, one.folder) for one in both.installations] == [("all_users", "D:\\Docker"), ("user", OWN)]


def test_what_was_not_answered_is_unknown():
    found = docker_desktop.read({})
    assert (found.installed, found.members, found.settings, found.autostart, found.client) == (None, None, None, None, None)


@pytest.mark.parametrize(
    ("answer", "members"),
    [
        (ran(0, "Alias name     docker-users\r\nComment\r\n\r\nMembers\r\n\r\n" + "-" * 79
             + "\r\nCORP\\alice\r\nLT-1\\bob\r\nThe command completed successfully.\r\n\r\n"), ("CORP\\alice", "LT-1\\bob")),
        (ran(0, "Aliasname\r\nMitglieder\r\n" + "-" * 79 + "\r\nDer Befehl wurde erfolgreich ausgeführt.\r\n"), ()),
        (ran(2, "", "System error 1376 has occurred."), ()),
        (ran(5, "", "System error 5 has occurred."), None),
        (ran(0, "what is this"), None),
        (Answer(False, {}, "not_found", "no net.exe"), None),
    ],
)  # fmt: skip
def test_who_is_in_the_group_is_read_in_any_language(answer, members):
    assert docker_desktop.read({"members": answer}).members == members


@pytest.mark.parametrize(
    ("answer", "server", "client"),
    [
        (ran(0, '{"Client": {"Version": "28.3.3"}, "Server": {"Version": "28.3.3", "Os": "windows"}}'), "28.3.3", "28.3.3"),
        (ran(1, '{"Client": {"Version": "28.3.3"}, "Server": null}'), "", "28.3.3"),
        (ran(1, "", "no pipe"), None, None),
        (ran(0, "[]"), "", ""),
    ],
)
def test_the_engine_is_told_by_the_servers_half(answer, server, client):
    found = docker_desktop.read({"engine_version": answer})
    assert (found.server, found.client) == (server, client)


# --- compared ---


@pytest.mark.parametrize("package", [EXE, {"minimum": "4.80"}, {"version": "4.86.0"}, {"installer": "d.exe", "sha256": SHA}])
def test_one_as_declared_is_left_alone(package):
    planned = plan(package, have=installed("4.86.0"))
    assert (planned.steps, planned.failures, planned.deferred) == ((), (), ())
    assert planned.noop == "Docker Desktop 4.86.0 is installed for all users"


def test_one_that_is_missing_or_older_is_installed():
    assert sentence() == "Docker Desktop: none → 4.86.0 or later for all users"
    assert sentence(have=installed("4.80.0")) == "Docker Desktop: 4.80.0 for all users → 4.86.0 or later for all users"
    assert sentence(package=EXE | {"scope": "user"}) == "Docker Desktop: none → 4.86.0 or later for this user"
    assert "for this user → 4.86.0 or later for this user" in sentence(have=installed("4.80.0", "user"))


def test_scopes_are_never_mixed():
    told = failure(package=EXE | {"scope": "user"}, have=installed("4.86.0"))
    assert (told.code, "change_scope: true" in told.remedy) == ("scope", True)
    changed = EXE | {"scope": "user", "change_scope": True}
    assert sentence(package=changed, have=installed("4.86.0")) == (
        "Docker Desktop: 4.86.0 for all users → 4.86.0 or later for this user"
    )
    both = replace(NONE, installations=(Installation("all_users", "4.86.0", FOLDER), Installation("user", "4.86.0", OWN)))
    assert failure(have=both).code == "scope"
    assert plan(EXE | {"scope": "all_users", "change_scope": True}, have=both).steps


def test_without_an_installer_what_is_missing_fails():
    assert failure(package={"minimum": "4.86.0"}).code == "no_installer"
    assert "4.80.0 is not 4.86.0 or later" in failure(package={"minimum": "4.86.0"}, have=installed("4.80.0")).cause


def test_a_newer_one_is_not_put_back():
    assert failure(package=EXE | {"minimum": None, "version": "4.85.0"}, have=installed("4.86.0")).code == "downgrade"


@pytest.mark.parametrize(("version", "refused"), [("4.55.9", False), ("4.56.0", True), ("4.65.3", True), ("4.66.0", False)])
def test_an_msi_does_not_upgrade_what_would_lose_its_data(version, refused):
    case = {"package": MSI | {"allow_wsl_shutdown": True}, "have": installed(version, kind="msi")}
    assert (failure(**case).code if refused else sentence(**case)) == (
        "msi_upgrade" if refused else f"Docker Desktop: {version} for all users → 4.86.0 or later for all users"
    )
    assert "allow_data_loss" in failure(**case).remedy if refused else True


def with_distros(*names, **more):
    return wsl_distro.State(distros={name: distro(name) for name in names}, default_version=2, running=(), **more)


@pytest.mark.parametrize(
    ("have", "target", "names", "refused"),
    [
        ("4.79.0", "4.86.0", ("Ubuntu",), True),
        ("4.80.0", "4.86.0", ("Ubuntu",), False),
        ("4.70.0", "4.79.0", ("Ubuntu",), True),
        ("4.79.0", "4.86.0", ("docker-desktop", "docker-desktop-data"), False),
        ("4.79.0", "4.86.0", (), False),
        ("4.79.0", "4.86.0", None, True),
    ],
)
def test_an_upgrade_that_may_harm_other_distributions_is_refused(have, target, names, refused):
    distros = wsl_distro.State(distros=None) if names is None else with_distros(*names)
    case = {"package": EXE | {"minimum": target}, "have": installed(have), "wsl_distro": distros}
    if not refused:
        assert sentence(**case)
        return
    told = failure(**case)
    assert (told.code, "export_to" in told.remedy) == ("wsl_shutdown", True)
    consent = case["package"] | {"allow_wsl_shutdown": True}
    assert not plan(consent, have=case["have"], wsl_distro=distros).failures


# --- possible ---


@pytest.mark.parametrize(
    ("windows", "backend", "words"),
    [
        ({"build": 19044}, None, "build 19045 or later"),
        ({"build": 22621}, None, "build 22631 or later"),
        ({"build": None}, None, "which Windows"),
        ({"edition": "ServerStandard"}, None, "Windows Server"),
        ({"edition": "Core"}, "hyper-v", "does not exist on Windows Home"),
        ({"edition": "CoreSingleLanguage"}, "windows", "does not exist on Windows Home"),
        ({"architecture": "ARM64"}, "windows", "does not exist on ARM64"),
        ({"architecture": "ARM64"}, "hyper-v", "does not exist on ARM64"),
    ],
)
def test_a_laptop_that_cannot_have_it_is_told_before_anything_is_changed(windows, backend, words):
    more = {"backend": backend} if backend else {}
    assert words in failure(more=more, windows=windows).cause
    declared = Declared({"docker_desktop": {"package": EXE, **more}})
    (obstacle,) = requirements.foresee(declared, laptop(docker_desktop=NONE, windows=windows))
    assert words in obstacle.failure.cause


def test_home_with_the_wsl_engine_is_warned_of_and_installed():
    planned = plan(windows={"edition": "Core"})
    assert planned.steps
    assert any("Home" in one for one in planned.warnings)


def test_wsl_is_needed_for_its_backend_alone():
    assert failure(wsl=NOTHING).code == "wsl"
    assert "2.1.5 or later, and there is WSL 2.0.14.0" in failure(wsl=replace(PACKAGE, version="2.0.14.0")).cause
    features = {"features": {"Microsoft-Hyper-V-All": "Enabled", "Containers": "Enabled"}}
    assert plan(more={"backend": "hyper-v"}, wsl=NOTHING, windows_feature=features).steps


@pytest.mark.parametrize("backend", ["wsl-2", "hyper-v", "windows"])
def test_features_are_named_that_are_off_and_waited_for_while_pending(backend):
    names = requirements.FEATURES[backend]
    off = dict(FEATURES.features or {}) | dict.fromkeys(names, "Disabled")
    told = failure(more={"backend": backend}, windows_feature=windows_feature.State(off))
    assert all(f"{name}: enabled" in told.remedy for name in names)
    pending = off | dict.fromkeys(names, "EnablePending")
    assert waits(more={"backend": backend}, windows_feature=windows_feature.State(pending)).waits_for == "reboot"
    on = off | dict.fromkeys(names, "Enabled")
    assert plan(more={"backend": backend}, windows_feature=windows_feature.State(on)).steps


def test_one_restart_serves_features_wsl_and_docker():
    reasons = reboot.State(reasons=(Reason("package", "Windows Installer wants a restart", True),), time_zone=0)
    assert waits(reboot=reasons).waits_for == "reboot"


def test_what_would_be_installed_for_nothing_is_left_alone():
    held = Obstacle(HYPERVISOR, Failure("virtualization is off in the firmware", "turn it on", "firmware_virtualization"))
    planned = plan(outlook=Outlook({HYPERVISOR: held}))
    assert (planned.steps, len(planned.foreseen)) == ((), 1)


def test_a_full_drive_is_told_before_anything_is_brought():
    assert "too full" in failure(windows={"drives": {"C:": 1 << 30}}).cause
    assert plan(windows={"drives": {"C:": 40 << 30}}).steps


# --- waiting ---


@pytest.mark.parametrize(("policy", "containers", "waiting"), [
    ("when_idle", 0, False), ("when_idle", 2, True), ("when_idle", None, True), ("now", 2, False), ("next_start", 0, True),
])  # fmt: skip
def test_an_upgrade_waits_for_containers(policy, containers, waiting):
    case = {"have": running("4.80.0", containers=containers), "more": {"apply": policy}}
    assert (waits(**case).waits_for if waiting else sentence(**case)) == (
        "docker desktop idle" if waiting else "Docker Desktop: 4.80.0 for all users → 4.86.0 or later for all users"
    )


def test_an_upgrade_waits_for_somebody_elses_docker_desktop():
    have = replace(running("4.80.0"), running_for=("S-1-5-21-bob",))
    assert "runs for S-1-5-21-bob" in waits(have=have).reason
    assert plan(have=have, more={"apply": "now"}).steps


def test_an_old_one_waits_for_distributions_too():
    distros = replace(with_distros("Ubuntu"), running=("Ubuntu",))
    package = EXE | {"allow_wsl_shutdown": True}
    assert waits(package=package, have=installed("4.70.0"), wsl_distro=distros).waits_for == "vm idle"
    assert plan(package, have=installed("4.80.0"), wsl_distro=distros).steps


def test_for_one_user_their_session_is_needed():
    away = replace(ALICE, logged_on=False)
    assert waits(package=EXE | {"scope": "user"}, user=away, have=replace(NONE, user_known=False)).waits_for == "user logon"
    assert plan(user=away).steps  # for all users nobody is needed


def test_what_is_not_known_is_never_taken_for_missing():
    assert "not known whether" in failure(have=State()).cause
    assert "for whom" in failure(have=replace(NONE, running_known=False)).cause


# --- what an installation has kept ---


def test_what_the_installer_keeps_is_compared():
    kept = {"install-settings": contents(b'{"noWindowsContainers": true}')}
    have = docker_desktop.read({**SEEN, **kept}, ALICE)
    (note,) = plan(EXE | {"options": {"no-windows-containers": False}}, have=have).warnings
    assert "no-windows-containers" in note
    assert plan(EXE | {"options": {"no-windows-containers": True}}, have=have).warnings == ()


@pytest.mark.parametrize(("kept", "declared", "told"), [
    (b'{"wslEngineEnabled": true}', True, "has kept false"), (b'{"wslEngineEnabled": true}', False, ""),
    (b'{"noWindowsContainers": "yes"}', True, 'has kept "yes"'), (b'{"noWindowsContainers": true}', True, ""),
])  # fmt: skip
def test_a_flag_that_no_installation_was_told_is_off(kept, declared, told):
    have = docker_desktop.read({**SEEN, "install-settings": contents(kept)}, ALICE)
    notes = plan(EXE | {"options": {"no-windows-containers": declared}}, have=have).warnings
    assert [told in one for one in notes] == ([True] if told else [])


@pytest.mark.parametrize("file", [ABSENT, Answer(False, {}, "access_denied", "no"), contents(b"[]")])
def test_a_flag_that_nobody_sees_is_not_called_in_force(file):
    have = docker_desktop.read({**SEEN, "install-settings": file}, ALICE)
    planned = plan(EXE | {"options": {"no-windows-containers": True}}, have=have)
    assert planned.unproved == ("no-windows-containers is in force: there is no install-settings.json that tells",)
    assert plan(EXE | {"options": {"no-windows-containers": False}}, have=have).unproved == ()


def test_an_empty_file_of_the_installer_is_told():
    have = docker_desktop.read({**SEEN, "install-settings": contents(b"")}, ALICE)
    assert any("is empty" in one for one in plan(have=have).warnings)


def test_while_they_are_logged_off_an_own_installation_is_told_by_its_program():
    away = {"machine": ABSENT, "own": ABSENT, "own_root": ABSENT, "hive": ABSENT, "processes": objects(),
            "products": NOT_LISTED, "products_32": NOT_LISTED}  # fmt: skip
    assert docker_desktop.read(away, ALICE).installed is None
    assert docker_desktop.read({**away, "own_program": ABSENT}, ALICE).installed is False
    mine = docker_desktop.read({**away, "own_program": THERE}, ALICE)
    assert mine.installations == (Installation("user", "", OWN),)
    assert failure(have=mine, package=EXE | {"scope": "all_users"}, user=replace(ALICE, logged_on=False)).code == "scope"
