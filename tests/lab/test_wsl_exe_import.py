"""wsl.exe --import, --import-in-place, --install --from-file (src/windows/service/exe/LxssUserSession.cpp)."""

import pytest
from wsl_laptop import FILES, OK, PACKAGE, archive, code, laptop, text

from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.start import start
from pyinfra_wsl.lab.wsl import distro_archive, distro_disk
from pyinfra_wsl.lab.wsl.registration import INSTALLED, INSTALLING

PLACE = r"C:\Users\alice\distros"
TAR = r"C:\images\d.tar"


def ready(data: bytes | None = None, path: str = TAR, **settings):
    here = laptop(**settings)
    here.put(path, archive() if data is None else data)
    here.machine.files.make(PLACE, here.token)
    return here


@pytest.mark.parametrize("form", ["", "gz", "xz", "bz2"])
def test_an_archive_is_imported_whatever_packs_it(form):
    here = ready(archive(form))
    outcome = here.wsl("--import", "D", rf"{PLACE}\D", TAR)
    assert (outcome.code, text(outcome), outcome.stderr) == (0, OK, b"")
    values = here.lxss("D")
    wanted = {"State": 1, "BasePath": rf"{PLACE}\D", "Version": 2, "Flags": 15, "DefaultUid": 0, "VhdFileName": "ext4.vhdx"}
    assert {name: values[name] for name in wanted} == wanted
    assert (values["Modern"], values["Flavor"], values["OsVersion"]) == (1, "debian", "12")
    assert here.machine.files.exists(values["ShortcutPath"])
    assert here.lxss()["DefaultDistribution"] == values["guid"]
    assert here.wsl("-d", "D", "-e", "cat", "/etc/os-release").stdout == FILES["etc/os-release"]


def test_the_first_distribution_stays_the_default():
    here = ready()
    here.wsl("--import", "A", rf"{PLACE}\A", TAR)
    here.wsl("--import", "B", rf"{PLACE}\B", TAR)
    assert here.lxss()["DefaultDistribution"] == here.lxss("A")["guid"]


def test_distribution_conf_switches_shortcut_and_profile_off():
    conf = b"[shortcut]\nenabled=false\n[windowsterminal]\nenabled=false\n"
    here = ready(archive(**{"etc__wsl-distribution.conf": conf}))
    here.wsl("--import", "D", rf"{PLACE}\D", TAR)
    assert not {"ShortcutPath", "TerminalProfilePath"} & set(here.lxss("D"))


def test_standard_input_is_an_archive_too():
    here = ready()
    assert here.wsl("--import", "D", rf"{PLACE}\D", "-", stdin=archive("gz")).code == 0
    assert here.lxss("D")["State"] == INSTALLED


@pytest.mark.parametrize(
    ("data", "error", "bsdtar"),
    [
        (b"no archive" * 1000, "WSL_E_IMPORT_FAILED", True),
        (archive()[:3000], "WSL_E_IMPORT_FAILED", True),
        (archive()[:1200], "WSL_E_IMPORT_FAILED", True),
        (archive("gz")[:-20], "WSL_E_IMPORT_FAILED", True),
        (archive("xz")[:-60], "WSL_E_IMPORT_FAILED", True),
        (archive(without=tuple(name for name in FILES if not name.startswith("root"))), "WSL_E_NOT_A_LINUX_DISTRO", False),
        (b"", "WSL_E_NOT_A_LINUX_DISTRO", False),
    ],
)
def test_a_bad_archive_leaves_nothing_behind(data, error, bsdtar):
    here = ready(data)
    outcome = here.wsl("--import", "D", rf"{PLACE}\D", TAR)
    assert code(outcome) == f"Wsl/Service/RegisterDistro/{error}"
    assert outcome.stderr.startswith(b"bsdtar: ") == bsdtar
    assert not outcome.stderr or outcome.stderr.endswith(b"\n")
    assert here.lxss("D") == {}
    assert not here.machine.files.exists(rf"{PLACE}\D")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--import"], "Wsl/E_INVALIDARG"),
        (["--import", "D", rf"{PLACE}\D"], "Wsl/E_INVALIDARG"),
        (["--import", "D", rf"{PLACE}\D", TAR, "more"], "Wsl/E_INVALIDARG"),
        (["--import", "D", rf"{PLACE}\D", TAR, "--nonsense"], "Wsl/E_INVALIDARG"),
        (["--import", "D", rf"{PLACE}\D", TAR, "--version", "3"], "Wsl/ERROR_VERSION_PARSE_ERROR"),
        (["--import", "D", rf"{PLACE}\D", r"C:\images\none.tar"], "Wsl/ERROR_FILE_NOT_FOUND"),
        (["--import", "D", rf"{PLACE}\a\b\D", TAR], "Wsl/ERROR_PATH_NOT_FOUND"),
        (["--import", "Name with spaces", rf"{PLACE}\D", TAR], "Wsl/Service/RegisterDistro/E_INVALIDARG"),
        (["--import", "Legacy", rf"{PLACE}\D", TAR], "Wsl/Service/RegisterDistro/E_INVALIDARG"),
        (["--import", "d\u00e9bian", rf"{PLACE}\D", TAR], "Wsl/Service/RegisterDistro/E_INVALIDARG"),
    ],
)
def test_bad_arguments_are_refused(words, error):
    here = ready()
    assert code(here.wsl(*words)) == error
    assert here.lxss("D") == {}
    assert not here.machine.files.exists(rf"{PLACE}\D")


@pytest.mark.parametrize(
    ("name", "folder", "error"),
    [
        ("old", "new", "ERROR_ALREADY_EXISTS"),
        ("OLD", "new", "ERROR_ALREADY_EXISTS"),
        ("new", "old", "ERROR_FILE_EXISTS"),
        ("new", "OLD", "ERROR_FILE_EXISTS"),
        ("new", "left", "ERROR_FILE_EXISTS"),
        ("half", "new", "0x8000000d"),
    ],
)
def test_names_and_places_that_are_taken_are_refused(name, folder, error):
    here = ready()
    here.register("old", folder=rf"{PLACE}\old")
    here.register("half", state=INSTALLING)
    here.put(rf"{PLACE}\left\ext4.vhdx", b"somebody's")
    assert code(here.wsl("--import", name, rf"{PLACE}\{folder}", TAR)) == f"Wsl/Service/RegisterDistro/{error}"
    assert here.machine.files.read(rf"{PLACE}\left\ext4.vhdx") == b"somebody's"


def test_a_half_import_can_be_unregistered_and_made_again():
    here = ready()
    here.register("D", folder=rf"{PLACE}\D", state=INSTALLING)
    assert code(here.wsl("--terminate", "D")).endswith("WSL_E_DISTRO_NOT_FOUND")
    assert here.wsl("--unregister", "D").code == 0
    assert here.wsl("--import", "D", rf"{PLACE}\D", TAR).code == 0


def test_a_full_disk_ends_an_import_and_leaves_nothing():
    here = ready()
    here.machine.files.free_bytes = 1 << 20
    assert code(here.wsl("--import", "D", rf"{PLACE}\D", TAR)).endswith("RegisterDistro/0x80070070")
    assert here.lxss("D") == {}


def test_a_disk_that_fills_up_while_unpacking_is_bsdtars_failure():
    here = ready(archive("gz", opt__big=bytes(5 << 20)))
    here.machine.files.free_bytes = 5 << 20
    outcome = here.wsl("--import", "D", rf"{PLACE}\D", TAR)
    assert code(outcome).endswith("RegisterDistro/WSL_E_IMPORT_FAILED")
    assert b"No space left" in outcome.stderr
    assert here.lxss("D") == {}
    assert not here.machine.files.exists(rf"{PLACE}\D")


def test_an_import_goes_on_in_the_service_when_wsl_exe_is_killed():
    here = ready().slow()

    async def tell():
        running = start(here.machine, here.token, PACKAGE, ["--import", "D", rf"{PLACE}\D", TAR])
        await here.machine.sleep(4)
        assert here.lxss("D")["State"] == INSTALLING
        here.machine.processes.kill(running)
        assert code(await here.call("--unregister", "D")).endswith("0x8000000d")
        assert code(await here.call("--import", "D", rf"{PLACE}\E", TAR)).endswith("0x8000000d")
        await here.machine.sleep(20)
        assert here.lxss("D")["State"] == INSTALLED

    here.story(tell)


def test_the_copy_of_a_disk_is_undone_when_wsl_exe_is_killed():
    here = ready(distro_disk.pack(distro_archive.read(archive())), r"C:\images\d.vhdx").slow()

    async def tell():
        running = start(here.machine, here.token, PACKAGE, ["--import", "D", rf"{PLACE}\D", r"C:\images\d.vhdx", "--vhd"])
        await here.machine.sleep(4)
        assert here.lxss("D")["State"] == INSTALLING
        here.machine.processes.kill(running)
        await here.machine.sleep(20)
        assert here.lxss("D") == {}

    here.story(tell)


def test_a_power_loss_leaves_a_half_import_for_ever():
    here = ready().slow()

    async def tell():
        start(here.machine, here.token, PACKAGE, ["--import", "D", rf"{PLACE}\D", TAR])
        await here.machine.sleep(4)
        await here.machine.reboot()
        here.machine.log_on(here.person)
        await here.machine.sleep(20)
        assert here.lxss("D")["State"] == INSTALLING
        assert here.machine.files.exists(rf"{PLACE}\D\ext4.vhdx")
        assert code(await here.call("--import", "D", rf"{PLACE}\E", TAR)).endswith("0x8000000d")
        assert (await here.call("--unregister", "D")).code == 0

    here.story(tell)


@pytest.mark.parametrize(("package", "name"), [("2.6.3.0", "ext4.vhdx"), ("2.7.0.0", "root.vhdx")])
def test_a_disk_is_copied_unlooked_at_under_its_own_name_since_2_7_0(package, name):
    here = ready(b"whatever this is", r"C:\images\root.vhdx", package=package)
    assert here.wsl("--import", "D", rf"{PLACE}\D", r"C:\images\root.vhdx", "--vhd").code == 0
    values = here.lxss("D")
    assert (values["VhdFileName"], values["State"]) == (name, INSTALLED)
    assert "Modern" not in values
    assert code(here.wsl("-d", "D", "-e", "true")) == "Wsl/Service/CreateInstance/WSL_E_DISK_CORRUPTED"


@pytest.mark.parametrize(("package", "error"), [("2.6.1.0", ""), ("2.9.4.0", "Wsl/Service/RegisterDistro/WSL_E_IMPORT_FAILED")])
def test_disks_and_archives_are_told_apart_by_name(package, error):
    here = ready(b"", r"C:\images\root.vhdx", package=package)
    plain = here.wsl("--import", "D", rf"{PLACE}\D", r"C:\images\root.vhdx")
    assert (plain.code, b"--vhd" in plain.stdout, b"Wsl/" in plain.stdout) == (-1, True, False)
    here.put(TAR, archive())
    assert code(here.wsl("--import", "D", rf"{PLACE}\D", TAR, "--vhd")) == error


@pytest.mark.parametrize(("package", "works"), [("2.6.3.0", False), ("2.7.0.0", True)])
def test_a_disk_of_the_older_format_can_be_imported_since_2_7_0(package, works):
    here = ready(b"whatever this is", r"C:\images\root.vhd", package=package)
    outcome = here.wsl("--import", "D", rf"{PLACE}\D", r"C:\images\root.vhd", "--vhd")
    assert (outcome.code == 0, b".vhdx file extension" in outcome.stdout) == (works, not works)


def test_the_default_version_counts_where_none_is_given():
    here = ready()
    here.wsl("--set-default-version", "1")
    here.wsl("--import", "D", rf"{PLACE}\D", TAR)
    assert here.lxss("D")["Flags"] == 7
    here.put(r"C:\images\d.vhdx", b"")
    assert code(here.wsl("--import", "E", rf"{PLACE}\E", r"C:\images\d.vhdx", "--vhd")).endswith("WSL_E_WSL2_NEEDED")


def test_wsl1_needs_its_driver():
    here = ready(features=("VirtualMachinePlatform",))
    refused = here.wsl("--import", "D", rf"{PLACE}\D", TAR, "--version", "1")
    assert code(refused) == "Wsl/Service/RegisterDistro/WSL_E_WSL1_NOT_SUPPORTED"


def test_in_place_keeps_the_file_and_unregister_deletes_it():
    here = ready(distro_disk.pack(distro_archive.read(archive())), rf"{PLACE}\D\mine.vhdx")
    assert here.wsl("--import-in-place", "D", rf"{PLACE}\D\mine.vhdx").code == 0
    assert here.wsl("-d", "D", "-e", "id", "-un").stdout == b"root\n"
    assert here.wsl("--unregister", "D").code == 0
    assert not here.machine.files.exists(rf"{PLACE}\D\mine.vhdx")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ([rf"{PLACE}\D\d.vhdx", "more"], ""),
        ([rf"{PLACE}\D\none.img"], "Wsl/ERROR_FILE_NOT_FOUND"),
        ([rf"{PLACE}\D\none.vhdx"], "Wsl/ERROR_FILE_NOT_FOUND"),
        ([rf"{PLACE}\D\bad.vhdx"], "Wsl/Service/RegisterDistro/WSL_E_IMPORT_FAILED"),
        ([rf"{PLACE}\D\used.vhdx"], "Wsl/Service/RegisterDistro/MountDisk/HCS/ERROR_SHARING_VIOLATION"),
    ],
)
def test_in_place_refusals_leave_the_file(words, error):
    here = ready(b"nonsense", rf"{PLACE}\D\bad.vhdx")
    here.put(rf"{PLACE}\D\used.vhdx", b"")
    here.machine.files.stat(rf"{PLACE}\D\used.vhdx").open_by = "somebody"
    assert code(here.wsl("--import-in-place", "D", *words)) == error
    assert here.machine.files.exists(rf"{PLACE}\D\bad.vhdx")
    assert here.lxss("D") == {}


def test_a_file_install_takes_the_archives_own_name_and_sets_up_a_first_start():
    here = ready(archive("gz", **{"etc__wsl-distribution.conf": b"[oobe]\ndefaultName = Debian\n"}))
    outcome = here.wsl("--install", "--from-file", TAR, "--no-launch")
    assert (outcome.code, "Debian" in text(outcome)) == (0, True)
    values = here.lxss("Debian")
    assert values["RunOOBE"] == 1
    assert values["BasePath"] == rf"C:\Users\alice\AppData\Local\wsl\{values['guid']}"
    again = here.wsl("--install", "--from-file", TAR, "-n", "--name", "Debian")
    assert code(again) == "Wsl/Service/RegisterDistro/ERROR_ALREADY_EXISTS"


def test_a_file_install_without_any_name_fails_and_leaves_nothing():
    here = ready()
    refused = here.wsl("--install", "--from-file", TAR, "--no-launch")
    assert code(refused) == "Wsl/Service/RegisterDistro/WSL_E_DISTRIBUTION_NAME_NEEDED"
    assert here.wsl("--list", "--quiet").code == 0


def test_an_import_into_a_folder_of_somebody_else_is_denied():
    here = ready()
    windows.add_person(here.machine, "bo")
    assert code(here.wsl("--import", "D", r"C:\Users\bo\D", TAR)) == "Wsl/E_ACCESSDENIED"


def test_a_log_off_in_the_middle_undoes_an_import():
    here = ready().slow()

    async def tell():
        start(here.machine, here.token, PACKAGE, ["--import", "D", rf"{PLACE}\D", TAR])
        await here.machine.sleep(4)
        here.machine.log_off(here.person)
        await here.machine.sleep(20)
        assert here.lxss("D") == {}

    here.story(tell)


def test_the_first_distribution_opens_the_welcome_window_once():
    here = ready()
    here.wsl("--import", "A", rf"{PLACE}\A", TAR)
    here.wsl("--import", "B", rf"{PLACE}\B", TAR)
    assert [item.name for item in here.machine.processes].count("wslsettings.exe") == 1
    assert here.lxss()["OOBEComplete"] == 1


@pytest.mark.parametrize("pack", [lambda: archive("gz"), lambda: distro_archive.write(distro_archive.read(archive()), "tar.gz")])
def test_an_archive_is_the_same_bytes_at_any_time(pack, monkeypatch):
    """A manifest's digest is of the archive that is fetched later."""
    first = pack()
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert pack() == first
