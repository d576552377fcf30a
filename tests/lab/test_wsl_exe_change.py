"""wsl.exe --unregister, --set-default, --set-version, --manage, --export, --terminate, --shutdown (LxssUserSession.cpp)."""

import asyncio
import io
import tarfile

import pytest
from wsl_laptop import FILES, OK, Laptop, archive, code, laptop, text

from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.start import COMPLAINT
from pyinfra_wsl.lab.wsl import distro_disk

ALICE = r"C:\Users\alice"


def ready(package: str = "2.6.1.0", **options):
    here = laptop(package=package)
    here.register("D", folder=rf"{ALICE}\D", **options)
    return here


def test_unregister_deletes_disk_key_and_links_and_a_second_time_fails():
    here = laptop()
    here.put(r"C:\d.tar", archive())
    here.wsl("--import", "D", rf"{ALICE}\D", r"C:\d.tar")
    link = here.lxss("D")["ShortcutPath"]
    assert text(here.wsl("--unregister", "d")) == OK
    assert not any(here.machine.files.exists(path) for path in (rf"{ALICE}\D", link))
    assert "DefaultDistribution" not in here.lxss()
    assert code(here.wsl("--unregister", "D")) == "Wsl/Service/WSL_E_DISTRO_NOT_FOUND"


def test_unregister_leaves_other_files_of_the_folder():
    here = ready()
    here.put(rf"{ALICE}\D\notes.txt", b"keep")
    assert here.wsl("--unregister", "D").code == 0
    assert here.machine.files.exists(rf"{ALICE}\D\notes.txt")
    assert not here.machine.files.exists(rf"{ALICE}\D\ext4.vhdx")


def test_unregistering_the_default_makes_another_one_the_default():
    here = ready()
    other = here.register("other")
    here.wsl("--unregister", "D")
    assert here.lxss()["DefaultDistribution"] == other.guid


def test_unregistering_removes_the_key_even_if_the_disk_is_in_use_elsewhere():
    here = ready()
    here.machine.files.stat(rf"{ALICE}\D\ext4.vhdx").open_by = "backup.exe"
    assert here.wsl("--unregister", "D").code == 0
    assert here.lxss("D") == {}
    assert here.machine.files.exists(rf"{ALICE}\D\ext4.vhdx")


@pytest.mark.parametrize("word", ["--set-default", "--setdefault", "-s"])
def test_set_default_is_idempotent(word):
    here = ready()
    other = here.register("other")
    for _ in range(2):
        assert text(here.wsl(word, "OTHER")) == OK
    assert here.lxss()["DefaultDistribution"] == other.guid


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ('--terminate "D"', "Wsl/Service/WSL_E_DISTRO_NOT_FOUND"),
        ('--set-default "D"', "Wsl/Service/WSL_E_DISTRO_NOT_FOUND"),
        ("--set-version D 3", "Wsl/ERROR_VERSION_PARSE_ERROR"),
        ("--set-version D", "Wsl/ERROR_VERSION_PARSE_ERROR"),
        ("--set-version D 2", "Wsl/Service/WSL_E_VM_MODE_INVALID_STATE"),
        ("--set-default-version 3", "Wsl/ERROR_VERSION_PARSE_ERROR"),
        ("--manage", ""),
        ("--manage D", ""),
        (r"--manage D --move C:\x --resize 1GB", ""),
        (r"--manage absent", "Wsl/Service/WSL_E_DISTRO_NOT_FOUND"),
        ("--manage D --resize 8gb", "Wsl/E_INVALIDARG"),
        ("--manage D --set-sparse true", "Wsl/Service/E_INVALIDARG"),
        ("--manage D --set-sparse", "Wsl/E_INVALIDARG"),
        ("--terminate", ""),
        ("--nonsense", ""),
        ("--export D", ""),
        (r"--export D C:\x.tar --format tar.gz --vhd", ""),
        (r"--export D C:\Users\alice\x.zip --format zip", "Wsl/E_INVALIDARG"),
    ],
)
def test_refusals_print_their_code_or_a_bare_text(line, error):
    outcome = ready().run_line(line)
    assert code(outcome) == error
    assert outcome.stdout


def test_quotes_are_stripped_only_where_commandlinetoargvw_reads():
    here = ready()
    assert here.run_line('--manage "D" --set-sparse false').code == 0
    assert here.run_line("--terminate D").code == 0


def test_conversion_changes_the_flag_and_keeps_the_files():
    here = ready()
    assert text(here.wsl("--set-version", "D", "1")) == OK
    assert here.lxss("D")["Flags"] == 7
    assert not here.machine.files.exists(rf"{ALICE}\D\ext4.vhdx")
    assert here.wsl("-d", "D", "-e", "cat", "/etc/passwd").stdout == FILES["etc/passwd"]
    assert text(here.wsl("--set-version", "D", "2x")).endswith(OK)
    assert here.lxss("D")["Flags"] == 15
    assert here.wsl("-d", "D", "-e", "cat", "/etc/passwd").stdout == FILES["etc/passwd"]


@pytest.mark.parametrize("to", ["1", "2"])
def test_conversion_needs_the_wsl1_driver_both_ways(to):
    here = laptop(features=("VirtualMachinePlatform",))
    here.register("D", version=3 - int(to))
    assert code(here.wsl("--set-version", "D", to)) == "Wsl/Service/WSL_E_WSL1_NOT_SUPPORTED"


def test_policy_forbids_the_way_to_wsl1():
    here = ready()
    here.machine.registry.set(r"HKLM\SOFTWARE\Policies\WSL", "AllowWSL1", "DWord", 0)
    assert code(here.wsl("--set-version", "D", "1")) == "Wsl/Service/WSL_E_WSL1_DISABLED"
    assert here.lxss("D")["Flags"] == 15


def test_a_conversion_shows_and_blocks_other_changes():
    here = ready().slow()

    async def tell():
        convert = asyncio.create_task(here.call("--set-version", "D", "1"))
        await here.machine.sleep(5)
        assert "Converting" in text(await here.call("-l", "-v"))
        assert (await here.call("--list", "--quiet")).stdout == b""
        assert (await here.call("--list", "--all", "--quiet")).stdout == b"D\r\n"
        assert code(await here.call("--unregister", "D")).endswith("0x8000000d")
        assert (await convert).code == 0

    here.story(tell)


def test_move_needs_a_stopped_distribution_and_a_stopped_vm():
    here = ready()

    async def tell():
        await here.call("-d", "D", "-e", "true")
        move = ("--manage", "D", "--move", rf"{ALICE}\elsewhere\deep")
        assert code(await here.call(*move)) == "Wsl/Service/MoveDistro/WSL_E_DISTRO_NOT_STOPPED"
        await here.call("--terminate", "D")
        assert code(await here.call(*move)) == "Wsl/Service/MoveDistro/ERROR_SHARING_VIOLATION"
        await here.call("--shutdown")
        assert text(await here.call(*move)) == OK
        assert code(await here.call(*move)) == "Wsl/Service/MoveDistro/ERROR_FILE_EXISTS"
        assert (await here.call("-d", "D", "-e", "id", "-un")).stdout == b"root\n"

    here.story(tell)
    assert here.lxss("D")["BasePath"] == rf"{ALICE}\elsewhere\deep"


def test_only_disks_move():
    here = ready(version=1)
    assert code(here.wsl("--manage", "D", "--move", rf"{ALICE}\x")) == "Wsl/Service/MoveDistro/0x80004001"


def test_default_user_is_asked_of_the_guest_and_the_instance_stopped():
    here = ready()

    async def tell():
        await here.call("-d", "D", "-e", "true")
        assert text(await here.call("--manage", "D", "--set-default-user", "dev")) == OK
        assert (await here.call("--list", "--running", "--quiet")).stdout == b""
        assert (await here.call("-d", "D", "-e", "id", "-un")).stdout == b"dev\n"
        assert text(await here.call("--manage", "D", "--set-default-user", "dev")) == OK
        assert (await here.call("--list", "--running", "--quiet")).stdout == b"D\r\n"

    here.story(tell)
    assert here.lxss("D")["DefaultUid"] == 1000


def test_an_unknown_default_user_ends_with_ids_exit_code_and_text():
    outcome = ready().wsl("--manage", "D", "--set-default-user", "nobody")
    assert (outcome.code, outcome.stdout) == (1, b"")
    assert b"no such user" in outcome.stderr


def test_a_default_user_cannot_be_set_where_nothing_starts_and_no_text_says_why():
    here = laptop(features=())
    here.register("D")
    outcome = here.wsl("--manage", "D", "--set-default-user", "dev")
    assert (outcome.code, outcome.stdout) == (-1, b"")


@pytest.mark.parametrize(("words", "mode"), [([], "r:"), (["--format", "tar.gz"], "r:gz"), (["--format", "tar.xz"], "r:xz")])
def test_export_writes_a_real_archive(words, mode):
    here = ready()
    assert text(here.wsl("--export", "D", rf"{ALICE}\d.tar", *words)) == OK
    with tarfile.open(fileobj=io.BytesIO(here.machine.files.read(rf"{ALICE}\d.tar")), mode=mode) as tar:
        assert tar.extractfile("etc/passwd").read() == FILES["etc/passwd"]


def test_export_to_standard_output_prints_nothing_else():
    outcome = ready().wsl("--export", "D", "-")
    with tarfile.open(fileobj=io.BytesIO(outcome.stdout), mode="r:") as tar:
        assert "etc/passwd" in tar.getnames()


def test_a_mistyped_name_destroys_the_file_that_was_there():
    here = ready()
    here.put(rf"{ALICE}\backup.tar", b"the only backup")
    assert code(here.wsl("--export", "E", rf"{ALICE}\backup.tar")) == "Wsl/Service/WSL_E_DISTRO_NOT_FOUND"
    assert not here.machine.files.exists(rf"{ALICE}\backup.tar")


def test_the_target_of_an_export_is_emptied_at_once():
    here = ready().slow()
    here.put(rf"{ALICE}\backup.tar", b"the only backup")

    async def tell():
        export = asyncio.create_task(here.call("--export", "D", rf"{ALICE}\backup.tar"))
        await here.machine.sleep(4)
        assert here.machine.files.read(rf"{ALICE}\backup.tar") == b""
        assert "Exporting" in text(await here.call("-l", "-v"))
        assert (await export).code == 0

    here.story(tell)


@pytest.mark.parametrize(("package", "error"), [("2.6.1.0", ""), ("2.9.4.0", "Wsl/Service/WSL_E_EXPORT_FAILED")])
def test_export_of_a_disk_needs_its_suffix_and_the_disk_to_be_detached(package, error):
    here = ready(package=package)

    async def tell():
        assert code(await here.call("--export", "D", rf"{ALICE}\d.vhd", "--vhd")) == error
        await here.call("-d", "D", "-e", "true")
        assert code(await here.call("--export", "D", rf"{ALICE}\d.vhdx", "--vhd")) == "Wsl/Service/ERROR_SHARING_VIOLATION"
        await here.call("--shutdown")
        assert (await here.call("--export", "D", rf"{ALICE}\d.vhdx", "--format", "vhd")).code == 0

    here.story(tell)
    assert distro_disk.unpack(here.machine.files.read(rf"{ALICE}\d.vhdx")).read("/etc/passwd") == FILES["etc/passwd"]


def test_an_export_stops_the_distribution_and_holds_what_was_written_in_it():
    here = ready()

    async def tell():
        await here.call("-d", "D", "-e", "tee", "/etc/mark", stdin=b"mark")
        assert (await here.call("--export", "D", rf"{ALICE}\d.tar")).code == 0
        assert (await here.call("--list", "--running", "--quiet")).stdout == b""

    here.story(tell)
    with tarfile.open(fileobj=io.BytesIO(here.machine.files.read(rf"{ALICE}\d.tar"))) as tar:
        assert tar.extractfile("etc/mark").read() == b"mark"


def test_shutdown_stops_the_callers_vm_only_and_prints_nothing():
    here = ready()
    other = Laptop(here.machine, windows.add_person(here.machine, "bo"))
    here.machine.log_on(other.person)
    other.register("B")

    async def tell():
        await here.call("-d", "D", "-e", "true")
        await other.call("-d", "B", "-e", "true")
        outcome = await here.call("--shutdown")
        assert (outcome.code, outcome.stdout) == (0, b"")
        assert (await here.call("--list", "--running", "--quiet")).stdout == b""
        assert (await other.call("--list", "--running", "--quiet")).stdout == b"B\r\n"

    here.story(tell)


def test_resize_needs_a_detached_disk():
    here = ready()

    async def tell():
        await here.call("-d", "D", "-e", "true")
        assert code(await here.call("--manage", "D", "--resize", "64GB")) == "Wsl/Service/WSL_E_DISTRO_NOT_STOPPED"
        await here.call("--shutdown")
        assert (await here.call("--manage", "D", "-r", "64GB")).code == COMPLAINT

    here.story(tell)
