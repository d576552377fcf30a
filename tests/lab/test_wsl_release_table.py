"""What a release does not know, write or do, by the table of releases; and what it is made of."""

import asyncio
import re

import pytest
from wsl_laptop import OK, archive, code, laptop, text

from pyinfra_wsl.lab.exe.wsl_client import COMMANDS, NAMED, STARTERS, UNSIMULATED
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.wsl import distro_archive, distro_disk, releases
from pyinfra_wsl.lab.wsl import package as wsl_package
from pyinfra_wsl.lab.wsl.texts import numbers

ALICE, SYSTEM = r"C:\Users\alice", r"C:\Windows\System32\wsl.exe"
ALL = ("2.0.9.0", "2.3.26.0", "2.4.4.0", "2.5.9.0", "2.6.1.0", "2.7.0.0", "2.9.4.0", "2.9.5.0")


def lines():
    """A command line with each word of the table that some release does not know; one of wsl.exe alone where it has no more."""
    for word, row in releases._tables()["words"].items():
        if word.split()[0] not in UNSIMULATED and len(word.split()) < 3 and row["since"]:
            yield pytest.param(word.split(), row["since"], id=word)


@pytest.mark.parametrize(("words", "since"), list(lines()))
def test_a_word_is_refused_until_the_release_that_knows_it(words, since):
    for package in ALL:
        told = text(laptop(package=package).wsl(*words))
        assert (f"Invalid command line argument: {words[-1]}" in told) is (numbers(since) > numbers(package)), (package, told)


@pytest.mark.parametrize(
    "words", [["--import", "--vhd"], ["--export", "--format"], ["--shutdown", "--force"], ["--distribution-id"]]
)
def test_the_inbox_program_does_not_know_what_the_package_brought(words):
    outcome = laptop(package="", build=19045).wsl(*words, exe=SYSTEM)
    assert outcome.code == -1
    assert f"Invalid command line argument: {words[-1]}" in outcome.stdout.decode("utf-16-le")


@pytest.mark.parametrize(("package", "error"), [("2.3.26.0", "Wsl/E_INVALIDARG"), ("2.4.4.0", "")])
def test_an_option_that_a_release_does_not_know_leaves_all_as_it_was(package, error):
    here = laptop(package=package)
    here.register("D")
    outcome = here.wsl("--export", "D", rf"{ALICE}\d.tar.gz", "--format", "tar.gz")
    assert (code(outcome) if error else outcome.code) == (error or 0)
    assert here.machine.files.exists(rf"{ALICE}\d.tar.gz") is not bool(error)


def test_every_word_of_the_lab_has_a_row_and_each_row_a_source():
    first = {*COMMANDS, *NAMED, *STARTERS, *UNSIMULATED}
    assert all(isinstance(releases.knows((2, 6, 1), word), bool) for word in first)
    for table in ("words", "values", "behaviour"):
        assert [key for key, row in releases._tables()[table].items() if not row["source"]] == []
        assert all(re.fullmatch(r"(\d+\.\d+\.\d+)?", row["since"]) for row in releases._tables()[table].values())
    with pytest.raises(LookupError, match="--frobnicate"):
        releases.knows((2, 6, 1), "--manage", "--frobnicate")


NEW = {"Modern", "Flavor", "OsVersion", "RunOOBE", "ShortcutPath", "TerminalProfilePath"}


@pytest.mark.parametrize("package", ALL)
def test_an_import_writes_the_values_of_its_release(package):
    here = laptop(package=package)
    here.put(r"C:\d.tar", archive())
    assert text(here.wsl("--import", "D", rf"{ALICE}\D", r"C:\d.tar")) == OK
    told = set(here.lxss("D")) & NEW
    assert told == (NEW if numbers(package) >= (2, 4, 4) else set())
    assert here.wsl("-d", "D", "-e", "true").code == 0
    assert set(here.lxss("D")) & NEW == told


@pytest.mark.parametrize(
    ("package", "error"), [("2.5.9.0", "Wsl/Service/UnregisterDistro/ERROR_UNHANDLED_EXCEPTION"), ("2.5.10.0", "")]
)
def test_unregistering_what_lost_its_folder_does_all_and_says_otherwise(package, error):
    here = laptop(package=package)
    here.machine.files.remove(here.register("D").folder, tree=True)
    outcome = here.wsl("--unregister", "D")
    assert (code(outcome) if error else outcome.code) == (error or 0)
    assert here.lxss("D") == {}


@pytest.mark.parametrize(("package", "disk"), [("2.6.3.0", "ext4.vhdx"), ("2.7.0.0", "work.vhdx")])
def test_a_moved_disk_keeps_its_name_since_a_release(package, disk):
    here = laptop(package=package)
    here.put(rf"{ALICE}\work.vhdx", distro_disk.pack(distro_archive.read(archive())))
    assert here.wsl("--import-in-place", "W", rf"{ALICE}\work.vhdx").code == 0
    here.wsl("--shutdown")
    assert text(here.wsl("--manage", "W", "--move", rf"{ALICE}\W")) == OK
    assert (here.lxss("W")["VhdFileName"], here.machine.files.exists(rf"{ALICE}\W\{disk}")) == (disk, True)
    assert here.wsl("-d", "W", "-e", "true").code == 0


@pytest.mark.parametrize(("package", "error"), [("2.9.4.0", "ERROR_SHARING_VIOLATION"), ("2.9.5.0", "E_ILLEGAL_STATE_CHANGE")])
def test_what_is_being_exported_is_not_moved(package, error):
    here = laptop(package=package).slow()
    here.register("D")

    async def tell():
        export = asyncio.create_task(here.call("--export", "D", rf"{ALICE}\d.tar"))
        await here.machine.sleep(4)
        assert code(await here.call("--manage", "D", "--move", rf"{ALICE}\D")) == f"Wsl/Service/MoveDistro/{error}"
        assert (await export).code == 0

    here.story(tell)


@pytest.mark.parametrize(("package", "works"), [("2.6.3.0", True), ("2.7.0.0", False)])
def test_a_disk_was_exported_under_any_name_for_one(package, works):
    here = laptop(package=package)
    item = here.register("D")
    here.machine.files.move(item.disk, rf"{item.folder}\d.vhd", here.token)
    item.set("VhdFileName", "d.vhd")
    outcome = here.wsl("--export", "D", rf"{ALICE}\d.vhdx", "--vhd")
    assert (outcome.code == 0) is works
    assert works or "must have the .vhd file extension" in text(outcome)


@pytest.mark.parametrize(
    ("package", "code_"), [("2.6.3.0", -1), ("2.7.1.0", -1), ("2.7.2.0", 3010), ("2.8.0.0", -1), ("2.9.4.0", 3010)]
)
def test_a_restart_after_an_uninstallation_was_a_failure(package, code_):
    here = laptop(package=package)
    here.machine.faults.installer_exit = 3010
    wsl_package.install(here.machine, package)
    token = windows.administrator_token(here.machine)
    assert here.wsl("--uninstall", token=token).code == code_


@pytest.mark.parametrize(
    ("package", "kernel", "wslg"),
    [
        ("2.3.26.0", "6.6.87.2-1", "1.0.66"),  # not known: those of the first with public source
        ("2.6.1.0", "6.6.87.2-1", "1.0.66"),
        ("2.6.3.0", "6.6.87.2-1", "1.0.71"),
        ("2.7.11.0", "6.18.33.2-2", "1.0.73.2"),
        ("2.9.4.0", "6.18.35.2-1", "1.0.79"),
    ],
)
def test_a_release_tells_what_it_is_made_of(package, kernel, wslg):
    here = laptop(package=package)
    here.register("D")
    told = [line.rpartition(": ")[2] for line in text(here.wsl("--version")).split("\r\n") if line]
    assert told[:3] == [package, kernel, wslg]
    assert text(here.wsl("-d", "D", "-e", "uname", "-r")) == f"{kernel.partition('-')[0]}-microsoft-standard-WSL2\n"


@pytest.mark.parametrize(("package", "context"), [("2.3.26.0", "MountVhd"), ("2.6.1.0", "MountDisk")])
def test_a_missing_disk_is_told_in_the_context_of_the_release(package, context):
    here = laptop(package=package)
    here.machine.files.remove(here.register("D").folder, tree=True)
    assert code(here.wsl("-d", "D", "-e", "true")) == f"Wsl/Service/CreateInstance/{context}/HCS/ERROR_PATH_NOT_FOUND"


def test_what_an_old_release_has_from_the_store_is_no_guess():
    here = laptop(package="2.3.26.0")
    assert here.wsl("--install", "Debian", "--no-launch").code == 251
    assert here.machine.complaints
