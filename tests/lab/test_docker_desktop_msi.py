"""Docker Desktop's MSI and its site: what the one refuses and restarts, what the other offers; each row with its source."""

import asyncio

import pytest
from docker_laptop import (
    FOLDER,
    MSI,
    admin,
    bare,
    choices,
    docker,
    msiexec,
    put,
    run,
    versions,
)

from pyinfra_wsl.lab.docker_desktop import package, places
from pyinfra_wsl.lab.machine.account import LOCAL_SYSTEM, Token
from pyinfra_wsl.lab.machine.start import COMPLAINT

SHARED = r"C:\ProgramData\DockerDesktop"


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
