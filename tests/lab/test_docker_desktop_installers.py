"""Docker Desktop's installers: what they refuse, leave, upgrade and remove. The source of each row stands in it."""

import asyncio
import json

import pytest
from docker_laptop import (
    FOLDER,
    HYPERV,
    INSTALLER,
    OWN_FOLDER,
    STORE,
    admin,
    bare,
    choices,
    docker,
    install,
    put,
    run,
    started,
    versions,
)

from pyinfra_wsl.lab.docker_desktop import package, places
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import ADMINISTRATORS, SYSTEM
from pyinfra_wsl.lab.machine.machine import ENVIRONMENT_KEY
from pyinfra_wsl.lab.machine.start import COMPLAINT, StartError

SHARED = r"C:\ProgramData\DockerDesktop"


@pytest.mark.parametrize(
    ("version", "machine", "words", "code", "source"),
    [
        ("4.86.0", {}, (), 0, "install page: all users without --user"),
        ("4.86.0", {"build": 19044}, (), 1, "release notes 4.35: new installations need 19045"),
        ("4.34.3", {"build": 19044}, (), 0, "release notes 4.35"),
        ("4.86.0", {"edition": "Core"}, ("--backend=hyper-v",), 1, "install page: Hyper-V never on Home"),
        ("4.86.0", {"edition": "Core"}, (), 0, "topics.md: WSL 2 and Windows Home"),
        ("4.86.0", {"edition": "Core"}, ("--backend=windows",), 1, "install page: Windows containers not on Home"),
        ("4.86.0", {"architecture": "ARM64"}, (), 1, "install page: an installer for each processor"),
        ("4.73.0", {}, ("--user",), 0, "release notes 4.72"),
        ("4.86.0", {}, ("--user", "--backend=hyper-v"), 1, "install page: per-user has WSL 2 and VMM only"),
    ],
)
def test_what_the_installer_takes_and_refuses(version, machine, words, code, source):
    here = bare(**machine)
    put(here, version)

    async def tell():
        assert await install(here, *words) == code, source
        assert (versions(here) != []) == (code == 0)

    run(tell)


@pytest.mark.parametrize(
    ("words", "source"),
    [
        (("--silent",), "no such flag"),
        (("--keep-data",), "faq.md writes -keep-data, and for uninstall"),
        (("--backend=vmm",), "install page: --backend has no value for VMM"),
        (("--admin-settings={}",), "install page: needs --allowed-org"),
        (("--installation-dir",), "install page: takes a path"),
    ],
)
def test_a_flag_that_is_not_documented_is_loud(words, source):
    here = bare()
    put(here)

    async def tell():
        assert await install(here, *words) == COMPLAINT, source
        assert here.machine.complaints

    run(tell)


@pytest.mark.parametrize(
    ("version", "flag", "known"),
    [
        ("4.71.0", "--user", False),
        ("4.73.0", "--user", True),
        ("4.47.0", "--override-proxy-pac=http://p", False),
        ("4.49.0", "--override-proxy-pac=http://p", True),
        ("4.31.0", "--proxy-enable-kerberosntlm", False),
    ],
)
def test_a_flag_is_known_from_its_version_on(version, flag, known):
    here = bare()
    put(here, version)

    async def tell():
        assert (await install(here, flag) != COMPLAINT) == known

    run(tell)


def test_an_installation_for_all_users_leaves_what_the_pages_say():
    """Install and permission pages: folder, HKLM, service on demand with WSL 2, docker-users, PATH of the laptop, ProgramData."""
    here = bare()
    put(here)

    async def tell():
        assert await install(here, "--accept-license") == 0
        machine = here.machine
        assert versions(here) == [("all_users", "4.86.0")]
        assert machine.registry.get(places.UNINSTALL_KEY, "InstallLocation") == FOLDER
        assert (machine.services.start_type(places.SERVICE), machine.services.running(places.SERVICE)) == (3, False)
        assert machine.groups.get("docker-users").members == [admin(here).account.sid]
        assert machine.files.stat(SHARED).owner in (SYSTEM, ADMINISTRATORS)
        assert machine.registry.get(ENVIRONMENT_KEY, "Path").endswith(rf"{FOLDER}\resources\bin")
        assert choices(here) == {"wslEngineEnabled": True}
        assert not machine.registry.exists(places.PRODUCT_KEY)
        assert docker(here).app is None
        assert b"Installing 4.86.0" in machine.files.read(rf"{SHARED}\install-log-admin.txt")

    run(tell)


def test_up_to_4_47_docker_has_a_key_of_its_own():
    """Release notes 4.48."""
    here = bare()
    put(here, "4.47.0")

    async def tell():
        assert await install(here) == 0
        assert here.machine.registry.get(places.PRODUCT_KEY, "AppPath") == FOLDER

    run(tell)


def test_an_installation_for_one_user_needs_no_administrator_and_has_no_service():
    """Permission page; ids 63288483293, 70089377438: not on the laptop's PATH."""
    here = bare()
    put(here)

    async def tell():
        assert await install(here, "--user", token=here.token) == 0
        machine = here.machine
        assert versions(here) == [("user", "4.86.0")]
        assert machine.registry.exists(rf"HKU\{here.person.sid}\{places.UNINSTALL}\Docker Desktop")
        assert machine.files.exists(rf"{OWN_FOLDER}\Docker Desktop.exe")
        assert not machine.services.exists(places.SERVICE)
        assert machine.groups.get("docker-users") is None
        assert "Docker" not in machine.registry.get(ENVIRONMENT_KEY, "Path")
        assert machine.environment(here.token)["Path"].endswith(rf"{OWN_FOLDER}\resources\bin")
        assert not machine.files.exists(SHARED)

    run(tell)


def test_over_ssh_user_means_whoever_connects():
    here = bare()
    put(here)

    async def tell():
        assert await install(here, "--user") == 0
        assert [one.account.name for one in places.installations(here.machine)] == ["fleet-admin"]

    run(tell)


@pytest.mark.parametrize(
    ("there", "new", "code"),
    [("4.86.0", "4.86.0", 3), ("4.87.0", "4.86.0", 3), ("4.80.0", "4.86.0", 0)],
)
def test_the_same_or_a_newer_version_is_left_alone_with_3(there, new, code):
    """winget-pkgs #157214, #389278."""
    here = bare()
    docker(here).install(there)
    put(here, new)

    async def tell():
        assert await install(here) == code
        assert versions(here) == [("all_users", max(there, new))]

    run(tell)


def test_without_an_administrator_elevation_is_refused():
    """winget-pkgs #93495: -5."""
    here = bare()
    put(here)

    async def tell():
        assert await install(here, token=here.token) == -5
        assert versions(here) == []
        log = r"C:\Users\alice\AppData\Local\Docker\install-log.txt"
        assert b"elevation" in here.machine.files.read(log)

    run(tell)


@pytest.mark.parametrize(
    ("version", "owned", "code", "source"),
    [
        ("4.56.0", False, 0, "the check came with 4.57"),
        ("4.57.0", False, -5, "desktop-feedback #26"),
        ("4.58.0", False, 1, "desktop-feedback #149; which code was not found"),
        ("4.86.0", True, 0, "desktop-feedback #335"),
    ],
)
def test_a_shared_folder_of_a_plain_user_is_refused(version, owned, code, source):
    here = bare()
    here.machine.files.make(SHARED).owner = ADMINISTRATORS if owned else here.person.sid
    put(here, version)

    async def tell():
        assert await install(here) == code, source

    run(tell)


def test_the_server_service_must_run():
    """docker/for-win #5150, #9456."""
    here = bare()
    here.machine.registry.set(here.machine.services.key("LanmanServer"), "Start", "DWord", 4)
    put(here)

    async def tell():
        assert await install(here) == 1
        assert b"Server service" in here.machine.files.read(rf"{SHARED}\install-log-admin.txt")

    run(tell)


def test_windows_server_is_not_supported():
    """Install page."""
    here = bare()
    here.machine.registry.set(windows.NT_KEY, "InstallationType", "String", "Server")
    put(here)

    async def tell():
        assert await install(here) == 1

    run(tell)


@pytest.mark.parametrize(
    ("backend", "features"),
    [
        ("wsl-2", ("VirtualMachinePlatform", "Microsoft-Windows-Subsystem-Linux")),
        ("hyper-v", HYPERV),
        ("windows", HYPERV),
    ],
)
def test_it_turns_on_what_its_engine_needs_for_the_next_boot(backend, features):
    """docker/for-win #13288 (EnableFeaturesAction); install page."""
    here = bare()
    for name in here.machine.features.table:
        here.machine.features.set_state(name, "Disabled")
    here.machine.settle()
    put(here)

    async def tell():
        assert await install(here, f"--backend={backend}") == 0
        found = {name for name, one in here.machine.features.table.items() if one.state == "Enable Pending"}
        assert found == {name.lower() for name in features}
        service = here.machine.services
        assert service.start_type(places.SERVICE) == (3 if backend == "wsl-2" else 2)
        assert service.running(places.SERVICE) == (backend != "wsl-2")

    run(tell)


def test_without_the_modules_installer_no_feature_can_be_turned_on():
    """docker/for-win #13288."""
    here = bare()
    here.machine.registry.set(here.machine.services.key("TrustedInstaller"), "Start", "DWord", 4)
    put(here)

    async def tell():
        assert await install(here, "--backend=hyper-v") == 1

    run(tell)


def test_an_installer_for_arm_does_not_start_on_another_processor():
    here = bare()
    put(here, architecture="arm64")
    with pytest.raises(StartError) as raised:
        run(lambda: install(here))
    assert raised.value.code == 216


def test_a_file_that_is_cut_off_is_no_program():
    here = bare()
    here.put(INSTALLER, package.make("4.86.0")[:-9])
    with pytest.raises(StartError) as raised:
        run(lambda: install(here))
    assert raised.value.code == 193


@pytest.mark.parametrize(
    ("version", "words", "waits"), [("4.74.0", (), True), ("4.74.0", ("--user",), False), ("4.76.0", (), False)]
)
def test_quiet_asked_for_the_mode_until_4_76(version, words, waits):
    """Release notes 4.76."""
    here = bare()
    put(here, version)

    async def tell():
        try:
            assert await asyncio.wait_for(install(here, *words), 1.5) == 0
            assert not waits
        except TimeoutError:
            assert waits

    run(tell)


def test_an_organisation_goes_into_the_registry_and_its_settings_into_a_file():
    """Release notes 4.31; install page: single quotes inside double ones."""
    here = bare()
    put(here)

    async def tell():
        words = ("--allowed-org=acme", "--admin-settings={'configurationFileVersion': 2}")
        assert await install(here, *words) == 0
        assert here.machine.registry.values(places.POLICY_KEY) == {"allowedOrgs": ("MultiString", ["acme"])}
        assert json.loads(here.machine.files.read(rf"{SHARED}\admin-settings.json")) == {"configurationFileVersion": 2}

    run(tell)


def test_the_licence_is_accepted_for_whoever_runs_the_installer_only():
    """id 57912404978: LicenseTermsVersion is kept per user."""
    here = bare()
    put(here)

    async def tell():
        assert await install(here, "--accept-license") == 0
        assert not here.machine.files.exists(STORE)
        app = await started(here)
        assert (app.status, app.problem) == ("starting", "Docker Subscription Service Agreement")

    run(tell)
    here = bare()
    put(here)

    async def own():
        assert await install(here, "--user", "--accept-license", token=here.token) == 0
        assert (await started(here)).status == "running"

    run(own)


def test_success_with_nothing_there_is_possible():
    """Release notes 4.83, 4.86: false success."""
    here = bare()
    docker(here).happens.installer_does_nothing = True
    put(here)

    async def tell():
        assert await install(here) == 0
        assert versions(here) == []
        assert await install(here) == 0
        assert versions(here) == [("all_users", "4.86.0")]

    run(tell)


def test_another_installation_is_told_by_1618():
    here = bare()
    docker(here).happens.installer_exit = 1618
    put(here)

    async def tell():
        assert await install(here) == 1618
        assert await install(here) == 0

    run(tell)


def test_one_that_is_killed_leaves_half():
    here = bare().slow()
    put(here)

    async def tell():
        work = asyncio.ensure_future(install(here))
        while not here.machine.files.exists(rf"{FOLDER}\DockerCli.exe"):
            await here.machine.sleep(1)
        found = [one for one in here.machine.processes if one.exe.endswith("installer.exe")]
        here.machine.processes.kill(found[0])
        with pytest.raises(asyncio.CancelledError):
            await work
        assert versions(here) == []
        assert not here.machine.files.exists(rf"{FOLDER}\Docker Desktop.exe")

    run(tell)
