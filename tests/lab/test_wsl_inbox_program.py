"""What lies in System32: what hands over to the package, Windows 10's own WSL, or a stub (from knowledge of Windows)."""

import pytest
from wsl_laptop import archive, laptop

SYSTEM = r"C:\Windows\System32\wsl.exe"


def wide(outcome):
    return outcome.stdout.decode("utf-16-le")


def test_with_the_package_system32_hands_over():
    here = laptop()
    assert here.wsl("--version", exe=SYSTEM).stdout.startswith(b"WSL version: 2.6.1.0\r\n")


@pytest.mark.parametrize("words", [["--status"], ["--list"], ["--version"], ["-d", "D", "-e", "true"]])
def test_the_stub_only_says_that_wsl_is_not_installed(words):
    here = laptop(package="", features=())
    outcome = here.wsl(*words, exe=SYSTEM)
    assert outcome.code == 50
    assert "--install" in wide(outcome)


def test_the_inbox_program_works_with_fewer_words_and_always_in_utf16():
    here = laptop(package="", build=19045)
    here.put(r"C:\d.tar", archive())
    assert here.wsl("--import", "D", r"C:\Users\alice\D", r"C:\d.tar", exe=SYSTEM).code == 0
    assert wide(here.wsl("--list", "--verbose", exe=SYSTEM)).splitlines()[1].split() == ["*", "D", "Stopped", "2"]
    assert here.wsl("-d", "D", "-e", "id", "-u", exe=SYSTEM).stdout == b"0\n"
    assert here.wsl("--unregister", "D", exe=SYSTEM).code == 0


@pytest.mark.parametrize("words", [["--version"], ["--manage", "D"], ["--import-in-place", "D", r"C:\x.vhdx"], ["--help"]])
def test_the_inbox_program_answers_newer_words_with_its_usage(words):
    outcome = laptop(package="", build=19045).wsl(*words, exe=SYSTEM)
    assert outcome.code == -1
    assert "Usage: wsl.exe" in wide(outcome)


def test_failures_of_the_inbox_program_have_no_name():
    outcome = laptop(package="", build=19045).wsl("--terminate", "absent", exe=SYSTEM)
    assert outcome.code == -1
    assert "WSL_E" not in wide(outcome)


def test_without_package_file_there_is_no_program_there():
    here = laptop(package="")
    with pytest.raises(Exception, match="error 2 "):
        here.wsl("--version")
