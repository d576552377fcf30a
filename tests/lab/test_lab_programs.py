"""The smaller programs: reg, curl, robocopy, sc, tasklist, taskkill, whoami, where, ping."""

import asyncio

import pytest
from lab_laptop import LabLaptop, error, text

from pyinfra_wsl.lab.machine import start

URL = "https://images.example.org/ubuntu.tar.gz"
PART = r"C:\Users\fleet-admin\ubuntu.part"
CURL = (
    "--fail",
    "--location",
    "--silent",
    "--show-error",
    "--proto",
    "=https",
    "--retry",
    "3",
    "--continue-at",
    "-",
    "--output",
    PART,
)


@pytest.fixture
def laptop():
    laptop = LabLaptop()
    laptop.machine.internet[URL] = b"0123456789"
    return laptop


def test_reg_shows_keys_and_values_as_they_are(laptop):
    laptop.run("reg.exe", "add", r"HKLM\SOFTWARE\X\Y", "/v", "n", "/t", "REG_DWORD", "/d", "26", "/f")
    laptop.run("reg.exe", "add", r"HKLM\SOFTWARE\X", "/v", "s", "/d", "a b", "/f")
    assert text(laptop.run("reg.exe", "query", r"HKLM\SOFTWARE\X")) == (
        "\nHKEY_LOCAL_MACHINE\\SOFTWARE\\X\n    s    REG_SZ    a b\n\nHKEY_LOCAL_MACHINE\\SOFTWARE\\X\\Y\n"
    )
    assert "    n    REG_DWORD    0x1a\n" in text(laptop.run("reg.exe", "query", r"HKLM\SOFTWARE\X", "/s"))
    assert text(laptop.run("reg.exe", "query", r"HKLM\SOFTWARE\X\Y", "/v", "N")) == (
        "\nHKEY_LOCAL_MACHINE\\SOFTWARE\\X\\Y\n    n    REG_DWORD    0x1a\n\n"
    )


def test_reg_and_the_agent_see_one_registry(laptop):
    laptop.run("reg.exe", "add", r"HKCU\Software\X", "/v", "m", "/t", "REG_MULTI_SZ", "/d", "a\\0b", "/f", token=laptop.user)
    assert laptop.machine.registry.get(rf"HKU\{laptop.alice.sid}\Software\X", "m") == ["a", "b"]


def test_reg_says_what_is_missing_or_denied(laptop):
    for words in (
        ("query", r"HKLM\SOFTWARE\None"),
        ("query", r"HKLM\SOFTWARE", "/v", "none"),
        ("delete", r"HKLM\SOFTWARE\None", "/f"),
    ):
        assert laptop.run("reg.exe", *words).code == 1
    assert laptop.run("reg.exe", "add", r"HKLM\SOFTWARE\X", "/f", token=laptop.user).code == 1


def test_reg_deletes_a_value_and_a_key(laptop):
    laptop.run("reg.exe", "add", r"HKLM\SOFTWARE\X", "/v", "a", "/d", "1", "/f")
    assert laptop.run("reg.exe", "delete", r"HKLM\SOFTWARE\X", "/v", "a", "/f").code == 0
    assert laptop.run("reg.exe", "delete", r"HKLM\SOFTWARE\X", "/f").code == 0
    assert not laptop.machine.registry.exists(r"HKLM\SOFTWARE\X")


def test_curl_fetches_and_goes_on_in_the_middle(laptop):
    laptop.machine.files.write(PART, b"01234")
    assert laptop.run("curl.exe", *CURL, URL).code == 0
    assert laptop.machine.files.read(PART) == b"0123456789"


@pytest.mark.parametrize(("address", "code"), [("https://nowhere.example.org/x", 6), ("https://images.example.org/none", 22)])
def test_curl_tells_why_it_failed(laptop, address, code):
    outcome = laptop.run("curl.exe", *CURL, address)
    assert outcome.code == code
    assert f"({code})" in error(outcome)
    assert not laptop.machine.files.exists(PART)


def test_curl_on_a_full_disk_keeps_what_fitted(laptop):
    laptop.machine.files.free_bytes = 4
    assert laptop.run("curl.exe", *CURL, URL).code == 23
    assert laptop.machine.files.read(PART) == b"0123"


def test_curl_takes_too_long(laptop):
    laptop.machine.internet[URL] = bytes(100 << 20)
    assert laptop.run("curl.exe", "--max-time", "1", "--output", PART, URL).code == 28


def test_robocopy_counts_from_one(laptop):
    laptop.machine.files.mount("\\\\server\\images")
    laptop.machine.files.write("\\\\server\\images\\a.msi", b"x")
    options = ("/Z", "/R:2", "/W:5", "/NP", "/NJH", "/NJS")
    assert laptop.run("robocopy.exe", "\\\\server\\images", r"C:\t", "a.msi", *options).code == 1
    assert laptop.machine.files.read(r"C:\t\a.msi") == b"x"
    assert laptop.run("robocopy.exe", "\\\\server\\none", r"C:\t", "a.msi", *options).code == 16


def test_sc_knows_services_that_are_there(laptop):
    assert "2   AUTO_START" in text(laptop.run("sc.exe", "qc", "sshd"))
    assert laptop.run("sc.exe", "query", "vmcompute").code == 1060


def test_processes_are_listed_and_killed(laptop):
    listed = text(laptop.run("tasklist.exe", "/fi", "IMAGENAME eq explorer.exe", "/fo", "csv", "/nh"))
    assert listed.startswith('"explorer.exe",')
    process = listed.split('"')[3]
    assert laptop.run("taskkill.exe", "/F", "/PID", "99999").code == 128
    assert laptop.run("taskkill.exe", "/F", "/PID", process).code == 0
    assert "INFO: No tasks" in text(laptop.run("tasklist.exe", "/fi", "IMAGENAME eq explorer.exe"))


@pytest.mark.parametrize(("who", "found"), [("CORP\\alice", True), ("alice", True), ("CORP\\bo", False)])
def test_each_filter_of_tasklist_must_fit(laptop, who, found):
    said = text(laptop.run("tasklist.exe", "/fi", "IMAGENAME eq explorer.exe", "/fi", f"USERNAME eq {who}"))
    assert ("explorer.exe" in said) is found


def test_a_user_kills_only_their_own(laptop):
    other = laptop.machine.processes.add(r"C:\Windows\System32\cmd.exe", laptop.admin)
    assert laptop.run("taskkill.exe", "/F", "/PID", str(other.pid), token=laptop.user).code == 1
    assert laptop.machine.processes.get(other.pid)


def test_whoami_and_where(laptop):
    assert text(laptop.run("whoami.exe")) == "lt-lab\\fleet-admin\n"
    assert f'"corp\\alice","{laptop.alice.sid}"' in text(laptop.run("whoami.exe", "/user", "/fo", "csv", token=laptop.user))
    assert text(laptop.run("where.exe", "cmd")) == "C:\\Windows\\System32\\cmd.exe\n"
    assert laptop.run("where.exe", "nothing").code == 1


def test_ping_passes_time_and_timeout_refuses(laptop):
    assert text(laptop.run("ping.exe", "-n", "3", "127.0.0.1")).count("Reply") == 3
    assert laptop.run("timeout.exe", "/t", "5").code == 1


def test_a_program_of_which_nobody_hears_any_more_ends_all_the_same(laptop):
    async def gone(_data):
        raise BrokenPipeError

    async def call():
        return await start.start(laptop.machine, laptop.user, "whoami.exe", stdout=gone, stderr=gone).task

    assert asyncio.run(call()) == start.COMPLAINT
