"""Docker Desktop's installers: what they refuse, leave, upgrade and remove. The source of each row stands in it."""

import asyncio
import json

import pytest
from docker_laptop import (
    CHOICES,
    FOLDER,
    HYPERV,
    INSTALLER,
    MSI,
    OWN_FOLDER,
    STORE,
    STUB,
    admin,
    bare,
    choices,
    docker,
    install,
    msiexec,
    put,
    ready,
    started,
    store,
    switch_on,
    versions,
)
from wsl_laptop import text

from pyinfra_wsl.lab.docker_desktop import package, places
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import ADMINISTRATORS, LOCAL_SYSTEM, SYSTEM, Token
from pyinfra_wsl.lab.machine.machine import ENVIRONMENT_KEY
from pyinfra_wsl.lab.machine.start import COMPLAINT, StartError
from pyinfra_wsl.lab.wsl import wsl

SHARED = r"C:\ProgramData\DockerDesktop"


def run(tell):
    asyncio.run(asyncio.wait_for(tell(), 30))


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


def test_choices_stick_over_upgrades_and_removal():
    """winget-pkgs #420243: flags are kept; ids 57089582330, 56701408249: a second --backend is ignored."""
    here = bare()
    switch_on(here, *HYPERV)

    async def tell():
        put(here, "4.80.0")
        assert await install(here, "--no-windows-containers", r"--wsl-default-data-root=D:\wsl") == 0
        put(here, "4.86.0")
        assert await install(here, "--backend=hyper-v") == 0
        kept = {"noWindowsContainers": True, "wslDefaultDataRoot": r"D:\wsl", "wslEngineEnabled": True}
        assert choices(here) == kept
        assert (await here.call("uninstall", "--quiet", exe=STUB, token=admin(here))).code == 0
        assert choices(here) == kept
        assert await install(here) == 0
        assert choices(here) == kept

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


@pytest.mark.parametrize("there", ["", "4.80.0"])
def test_one_that_is_ended_in_the_middle_leaves_half_and_the_next_one_mends_it(there):
    here = bare()
    if there:
        docker(here).install(there)
    docker(here).happens.installer_dies = True
    put(here)

    async def tell():
        assert await install(here) == 1
        assert here.machine.files.exists(rf"{FOLDER}\DockerCli.exe")
        assert versions(here) == ([("all_users", there)] if there else [])
        assert await install(here) == 0
        assert versions(here) == [("all_users", "4.86.0")]

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


def test_a_disk_that_fills_up_in_an_upgrade_loses_no_settings():
    here = ready("4.80.0", IntegratedWslDistros=["D"])
    before = here.machine.files.read(STORE)
    here.machine.faults.fill_disk_during = "installer.exe install"
    put(here)

    async def tell():
        assert await install(here) == 1
        assert versions(here) == [("all_users", "4.80.0")]
        assert here.machine.files.read(STORE) == before
        here.machine.files.free_bytes = 100 << 30
        assert await install(here) == 0
        assert versions(here) == [("all_users", "4.86.0")]

    run(tell)


@pytest.mark.parametrize(("version", "shuts_down"), [("4.79.0", True), ("4.80.0", False), ("4.86.0", False)])
def test_an_upgrade_ends_the_app_and_before_4_80_all_of_wsl(version, shuts_down):
    """Release notes 4.80."""
    here = ready("4.70.0", IntegratedWslDistros=["D"])
    here.register("D")
    other = here.register("other")
    put(here, version)

    async def tell():
        await started(here)
        session = wsl.session(here.machine, here.person)
        session.hold((await session.start(other))[0])
        if version == "4.79.0":
            docker(here).happens.upgrade_unregisters = True
        assert await install(here) == 0
        assert docker(here).app is None
        names = text(await here.call("--list", "--quiet")).split()
        assert (set(names) >= {"D", "other", "docker-desktop"}) == (not shuts_down)
        assert ("other" in text(await here.call("--list", "--running", "--quiet")).split()) == (not shuts_down)

    run(tell)


@pytest.mark.parametrize(("version", "pending"), [("4.66.0", True), ("4.67.0", False)])
def test_before_4_67_an_upgrade_turns_hyper_v_on(version, pending):
    """Release notes 4.67."""
    here = bare()
    docker(here).install("4.65.0")
    put(here, version)

    async def tell():
        assert await install(here) == 0
        assert (here.machine.features.state("Microsoft-Hyper-V-All") == "Enable Pending") == pending

    run(tell)


def test_an_upgrade_over_4_75_turns_the_default_distribution_off():
    """Release notes 4.75; that it hits those who have it is one blog's word."""
    here = ready("4.74.0", EnableIntegrationWithDefaultWslDistro=True, IntegratedWslDistros=["D"])
    put(here, "4.76.0")

    async def tell():
        assert await install(here) == 0
        assert store(here)["EnableIntegrationWithDefaultWslDistro"] is True
        await started(here)
        assert store(here).get("EnableIntegrationWithDefaultWslDistro", False) is False
        assert store(here)["IntegratedWslDistros"] == ["D"]

    run(tell)


def test_an_upgrade_may_reset_the_integration():
    """docker/for-win #13904."""
    here = ready("4.80.0", IntegratedWslDistros=["D"])
    docker(here).happens.upgrade_forgets_integration = True
    put(here)

    async def tell():
        assert await install(here) == 0
        await started(here)
        assert "IntegratedWslDistros" not in store(here)

    run(tell)


@pytest.mark.parametrize(
    ("there", "version", "code", "after"),
    [
        ("all_users", "4.82.0", 1, [("all_users", "4.70.0")]),
        ("all_users", "4.83.0", 0, [("user", "4.83.0")]),
        ("user", "4.86.0", 1, [("user", "4.70.0")]),
    ],
)
def test_a_change_of_scope(there, version, code, after):
    """Install page: uninstall first; release notes 4.83: --user converts in place and keeps data."""
    here = bare()
    docker(here).install("4.70.0", account=here.person if there == "user" else None)
    docker(here).write_settings(here.person, IntegratedWslDistros=["D"])
    put(here, version)

    async def tell():
        words = ("--user",) if there == "all_users" else ()
        token = Token(here.person, True, here.person.session) if words else None
        assert await install(here, *words, token=token) == code
        assert versions(here) == after
        assert store(here)["IntegratedWslDistros"] == ["D"]

    run(tell)


@pytest.mark.parametrize("keep", [False, True])
def test_a_removal_takes_data_unless_told_otherwise(keep):
    """uninstall.md, faq.md: -keep-data; what is left over is listed there."""
    here = ready(IntegratedWslDistros=["D"])
    here.register("D")

    async def tell():
        app = await started(here)
        app.engine.content.images.append("alpine")
        words = ("-keep-data",) if keep else ()
        token = Token(here.person, True, here.person.session)
        here.person.admin = True
        assert (await here.call("uninstall", "--quiet", *words, exe=STUB, token=token)).code == 0
        assert (versions(here), docker(here).app) == ([], None)
        assert not here.machine.services.exists(places.SERVICE)
        assert not here.machine.files.exists(FOLDER)
        assert ("docker-desktop" in text(await here.call("--list", "--quiet")).split()) == keep
        assert here.machine.files.exists(STORE) == keep
        assert here.machine.files.exists(CHOICES)
        docker(here).install()
        docker(here).write_settings(here.person)
        assert ((await started(here)).engine.content.images == ["alpine"]) == keep

    run(tell)


def test_the_copy_in_the_program_folder_only_removes():
    """id 57089582330: Missing package flag."""
    here = ready()

    async def tell():
        outcome = await here.call("install", "--quiet", exe=STUB, token=admin(here))
        assert (outcome.code, b"Missing package flag" in outcome.stderr) == (1, True)

    run(tell)


def test_an_administrator_who_removes_it_leaves_the_users_distributions():
    here = ready()

    async def tell():
        await started(here)
        assert (await here.call("uninstall", "--quiet", exe=STUB, token=admin(here))).code == 0
        assert "docker-desktop" in text(await here.call("--list", "--quiet")).split()

    run(tell)


# --- MSI ---


@pytest.mark.parametrize(
    ("there", "version", "words", "code", "source"),
    [
        ((), "4.86.0", (), 0, "MSI page"),
        (("4.60.0", "msi"), "4.86.0", (), 1603, "release notes 4.66: 4.56 to 4.65 cannot be updated"),
        (("4.66.0", "msi"), "4.86.0", (), 0, "release notes 4.66"),
        (("4.60.0", "exe"), "4.86.0", (), 0, "MSI page: REMOVEEXISTINGINSTALL"),
        (("4.60.0", "exe"), "4.86.0", ("REMOVEEXISTINGINSTALL=0",), 1603, "MSI page"),
        (("4.55.0", "exe"), "4.60.1", (), 1603, "faq.md; REMOVEEXISTINGINSTALL came with 4.61"),
        (("4.86.0", "msi"), "4.80.0", (), 1638, "Windows Installer: another version is there"),
    ],
)
def test_what_the_msi_takes_and_refuses(there, version, words, code, source):
    here = bare()

    async def tell():
        if there[1:] == ("exe",):
            docker(here).install(there[0])
        elif there:
            put(here, there[0], kind="msi")
            assert await msiexec(here, "/norestart") == 0
        put(here, version, kind="msi")
        assert await msiexec(here, "/norestart", *words) == code, source
        assert versions(here) == [("all_users", version if code == 0 else there[0])]
        assert here.machine.complaints == []

    run(tell)


def test_the_msi_is_registered_by_its_product_code_and_removed_by_it():
    """Windows Installer; MSI page: the same MSI, or the product code."""
    here = bare()
    put(here, kind="msi")

    async def tell():
        assert await msiexec(here, "/norestart", "ENGINE=wsl", "ALWAYSRUNSERVICE=1") == 0
        (found,) = places.installations(here.machine)
        assert found.msi
        assert found.folder == FOLDER
        assert here.machine.services.start_type(places.SERVICE) == 2
        code = found.key.rpartition("\\")[2]
        assert (await here.call("/x", code, "/qn", "/norestart", exe="msiexec.exe", token=admin(here))).code == 0
        assert versions(here) == []
        assert await msiexec(here, "/norestart") == 0
        assert (await here.call("/x", MSI, "/qn", "/norestart", exe="msiexec.exe", token=admin(here))).code == 0
        assert versions(here) == []

    run(tell)


def test_without_norestart_the_laptop_restarts():
    """MSI page: reboots by default, unprompted when silent."""
    here = bare()
    put(here, kind="msi")

    async def tell():
        before = here.machine.boot_count
        assert await msiexec(here) == 1641
        while here.machine.boot_count == before:
            await asyncio.sleep(0.05)
        assert versions(here) == [("all_users", "4.86.0")]

    run(tell)


def test_a_restart_that_features_need_is_told_by_3010():
    here = bare()
    put(here, kind="msi")

    async def tell():
        assert await msiexec(here, "/norestart", "ENGINE=hyperv") == 3010
        assert choices(here)["wslEngineEnabled"] is False

    run(tell)


def test_the_msi_names_whom_it_is_blocked_by():
    """Release notes 4.84."""
    here = bare()
    docker(here).install("4.80.0", account=here.person)
    put(here, kind="msi")

    async def tell():
        log = r"C:\Users\Public\log.txt"
        assert await msiexec(here, "/norestart", "/l*v", log) == 1603
        assert r"CORP\alice" in here.machine.files.read(log).decode("utf-16")

    run(tell)


def test_run_as_system_the_group_stays_empty():
    """faq.md: Intune and SCCM."""
    here = bare()
    put(here, kind="msi")

    async def tell():
        assert await msiexec(here, "/norestart", token=Token(LOCAL_SYSTEM)) == 0
        assert here.machine.groups.get("docker-users").members == []

    run(tell)


@pytest.mark.parametrize(
    ("words", "code"), [(("ENGINE=wsl-2",), COMPLAINT), (("NOSUCH=1",), COMPLAINT), (("ADMINSETTINGS={}",), COMPLAINT)]
)
def test_a_property_that_is_not_documented_is_loud(words, code):
    here = bare()
    put(here, kind="msi")

    async def tell():
        assert await msiexec(here, "/norestart", *words) == code

    run(tell)


def test_docker_offers_builds_with_their_checksums():
    """Install page; checksums.txt beside each build."""
    here = bare()
    addresses = package.publish(here.machine, "4.80.0", "4.86.0")
    assert addresses["4.86.0"].endswith("/amd64/236216/Docker%20Desktop%20Installer.exe")
    assert package.read(here.machine.internet[addresses["4.80.0"]]).version == "4.80.0"
    newest = here.machine.internet[f"{package.SITE}/amd64/checksums.txt"].decode()
    assert newest == here.machine.internet[f"{package.SITE}/amd64/236216/checksums.txt"].decode()
