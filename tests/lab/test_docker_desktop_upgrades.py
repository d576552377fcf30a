"""Upgrades, changes of scope and removals of Docker Desktop; each row with its source."""

import pytest
from docker_laptop import (
    CHOICES,
    FOLDER,
    HYPERV,
    STORE,
    STUB,
    admin,
    bare,
    choices,
    docker,
    install,
    put,
    ready,
    run,
    started,
    store,
    switch_on,
    versions,
)
from wsl_laptop import text

from pyinfra_wsl.lab.docker_desktop import places
from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.wsl import wsl

SHARED = r"C:\ProgramData\DockerDesktop"


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
        session.hold(await session.start(other))
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


@pytest.mark.parametrize(("administrator", "consents", "code"), [(True, True, 0), (True, False, -5), (False, True, -5)])
def test_at_the_screen_an_administrator_may_consent(administrator, consents, code):
    """Release notes 4.38: the installer asks by itself."""
    here = bare()
    here.person.admin = administrator
    docker(here).consents = consents
    put(here)

    async def tell():
        assert await install(here, token=Token(here.person, False, here.person.session)) == code

    run(tell)
