"""The smaller programs: reg, curl, robocopy, sc, tasklist, taskkill, whoami, where, ping."""

import pytest
from bed import Bed, error, text

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
def bed():
    bed = Bed()
    bed.machine.internet[URL] = b"0123456789"
    return bed


def test_reg_shows_keys_and_values_as_they_are(bed):
    bed.run("reg.exe", "add", r"HKLM\SOFTWARE\X\Y", "/v", "n", "/t", "REG_DWORD", "/d", "26", "/f")
    bed.run("reg.exe", "add", r"HKLM\SOFTWARE\X", "/v", "s", "/d", "a b", "/f")
    assert text(bed.run("reg.exe", "query", r"HKLM\SOFTWARE\X")) == (
        "\nHKEY_LOCAL_MACHINE\\SOFTWARE\\X\n    s    REG_SZ    a b\n\nHKEY_LOCAL_MACHINE\\SOFTWARE\\X\\Y\n"
    )
    assert "    n    REG_DWORD    0x1a\n" in text(bed.run("reg.exe", "query", r"HKLM\SOFTWARE\X", "/s"))
    assert text(bed.run("reg.exe", "query", r"HKLM\SOFTWARE\X\Y", "/v", "N")) == (
        "\nHKEY_LOCAL_MACHINE\\SOFTWARE\\X\\Y\n    n    REG_DWORD    0x1a\n\n"
    )


def test_reg_and_the_agent_see_one_registry(bed):
    bed.run("reg.exe", "add", r"HKCU\Software\X", "/v", "m", "/t", "REG_MULTI_SZ", "/d", "a\\0b", "/f", token=bed.user)
    assert bed.machine.registry.get(rf"HKU\{bed.alice.sid}\Software\X", "m") == ["a", "b"]


def test_reg_says_what_is_missing_or_denied(bed):
    for words in (
        ("query", r"HKLM\SOFTWARE\None"),
        ("query", r"HKLM\SOFTWARE", "/v", "none"),
        ("delete", r"HKLM\SOFTWARE\None", "/f"),
    ):
        assert bed.run("reg.exe", *words).code == 1
    assert bed.run("reg.exe", "add", r"HKLM\SOFTWARE\X", "/f", token=bed.user).code == 1


def test_reg_deletes_a_value_and_a_key(bed):
    bed.run("reg.exe", "add", r"HKLM\SOFTWARE\X", "/v", "a", "/d", "1", "/f")
    assert bed.run("reg.exe", "delete", r"HKLM\SOFTWARE\X", "/v", "a", "/f").code == 0
    assert bed.run("reg.exe", "delete", r"HKLM\SOFTWARE\X", "/f").code == 0
    assert not bed.machine.registry.exists(r"HKLM\SOFTWARE\X")


def test_curl_fetches_and_goes_on_in_the_middle(bed):
    bed.machine.files.write(PART, b"01234")
    assert bed.run("curl.exe", *CURL, URL).code == 0
    assert bed.machine.files.read(PART) == b"0123456789"


@pytest.mark.parametrize(("address", "code"), [("https://nowhere.example.org/x", 6), ("https://images.example.org/none", 22)])
def test_curl_tells_why_it_failed(bed, address, code):
    outcome = bed.run("curl.exe", *CURL, address)
    assert outcome.code == code
    assert f"({code})" in error(outcome)
    assert not bed.machine.files.exists(PART)


def test_curl_on_a_full_disk_keeps_what_fitted(bed):
    bed.machine.files.free_bytes = 4
    assert bed.run("curl.exe", *CURL, URL).code == 23
    assert bed.machine.files.read(PART) == b"0123"


def test_curl_takes_too_long(bed):
    bed.machine.internet[URL] = bytes(100 << 20)
    assert bed.run("curl.exe", "--max-time", "1", "--output", PART, URL).code == 28


def test_robocopy_counts_from_one(bed):
    bed.machine.files.mount("\\\\server\\images")
    bed.machine.files.write("\\\\server\\images\\a.msi", b"x")
    options = ("/Z", "/R:2", "/W:5", "/NP", "/NJH", "/NJS")
    assert bed.run("robocopy.exe", "\\\\server\\images", r"C:\t", "a.msi", *options).code == 1
    assert bed.machine.files.read(r"C:\t\a.msi") == b"x"
    assert bed.run("robocopy.exe", "\\\\server\\none", r"C:\t", "a.msi", *options).code == 16


def test_sc_knows_services_that_are_there(bed):
    assert "2   AUTO_START" in text(bed.run("sc.exe", "qc", "sshd"))
    assert bed.run("sc.exe", "query", "vmcompute").code == 1060


def test_processes_are_listed_and_killed(bed):
    listed = text(bed.run("tasklist.exe", "/fi", "IMAGENAME eq explorer.exe", "/fo", "csv", "/nh"))
    assert listed.startswith('"explorer.exe",')
    process = listed.split('"')[3]
    assert bed.run("taskkill.exe", "/F", "/PID", "99999").code == 128
    assert bed.run("taskkill.exe", "/F", "/PID", process).code == 0
    assert "INFO: No tasks" in text(bed.run("tasklist.exe", "/fi", "IMAGENAME eq explorer.exe"))


def test_a_user_kills_only_his_own(bed):
    other = bed.machine.processes.add(r"C:\Windows\System32\cmd.exe", bed.admin)
    assert bed.run("taskkill.exe", "/F", "/PID", str(other.pid), token=bed.user).code == 1
    assert bed.machine.processes.get(other.pid)


def test_whoami_and_where(bed):
    assert text(bed.run("whoami.exe")) == "lt-bed\\fleet-admin\n"
    assert f'"corp\\alice","{bed.alice.sid}"' in text(bed.run("whoami.exe", "/user", "/fo", "csv", token=bed.user))
    assert text(bed.run("where.exe", "cmd")) == "C:\\Windows\\System32\\cmd.exe\n"
    assert bed.run("where.exe", "nothing").code == 1


def test_ping_passes_time_and_timeout_refuses(bed):
    assert text(bed.run("ping.exe", "-n", "3", "127.0.0.1")).count("Reply") == 3
    assert bed.run("timeout.exe", "/t", "5").code == 1
