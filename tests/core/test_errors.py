"""What WSL's errors mean, in any language."""

import pytest
from support.wire import ran

from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.windows import errors
from pyinfra_wsl.known import table


def output(answer):
    return Output.of(answer)


GERMAN = "Die Verteilung wurde nicht gefunden.\r\nFehlercode: Wsl/Service/WSL_E_DISTRO_NOT_FOUND\r\n"
CHINESE = "请启用虚拟机平台。\r\n错误代码: Wsl/Service/CreateInstance/CreateVm/HCS/HCS_E_HYPERV_NOT_INSTALLED\r\n"


@pytest.mark.parametrize(
    ("stdout", "code"),
    [
        (GERMAN.encode(), "WSL_E_DISTRO_NOT_FOUND"),
        (GERMAN.encode("utf-16-le"), "WSL_E_DISTRO_NOT_FOUND"),
        (CHINESE.encode(), "HCS_E_HYPERV_NOT_INSTALLED"),
        (CHINESE.encode("utf-16-le"), "HCS_E_HYPERV_NOT_INSTALLED"),
        (CHINESE.encode("gbk"), "HCS_E_HYPERV_NOT_INSTALLED"),
    ],
)
def test_the_name_is_found_in_every_language_and_encoding(stdout, code):
    cause, remedy, found = errors.explain(output(ran(-1, stdout)), "zh-CN")
    assert found == code
    assert (cause, remedy) == (table.of(code, "Wsl/").cause, table.of(code, "Wsl/").remedy)


def test_the_last_of_several_names_counts():
    text = "Wsl/Service/E_FAIL\nlater\nError code: Wsl/InstallDistro/ERROR_DISK_FULL\n"
    assert errors.explain(output(ran(-1, text)))[2] == "ERROR_DISK_FULL"


def test_a_name_on_standard_error_is_found_too():
    assert errors.explain(output(ran(-1, "", "Error code: Wsl/E_ACCESSDENIED")))[2] == "E_ACCESSDENIED"


def test_a_number_is_the_error_it_means():
    assert errors.explain(output(ran(-1, "Error code: Wsl/Service/0x80370102")))[2] == "HCS_E_HYPERV_NOT_INSTALLED"


def test_an_unknown_error_is_told_in_wsls_own_words():
    cause, remedy, code = errors.explain(output(ran(-1, "Something new.\r\nError code: Wsl/Service/WSL_E_NEW\r\n")))
    assert cause == "Something new. Error code: Wsl/Service/WSL_E_NEW"
    assert code == "WSL_E_NEW"
    assert remedy.startswith("run ")


def test_an_unknown_number_keeps_its_number():
    assert errors.explain(output(ran(-1, "Error code: Wsl/0x8BADF00D")))[2] == "0x8BADF00D"


def test_a_path_of_linux_is_no_error_name():
    assert errors.code_of("cat: /mnt/c/Wsl/Ubuntu/etc: no such file") == ""


def test_silence_is_told_with_the_exit_code():
    cause, _, code = errors.explain(output(ran(-1)))
    assert cause == "it ended with exit code -1 and said nothing"
    assert code == ""


def test_what_did_not_end_is_told_as_that():
    assert errors.explain(output(ran(None, GERMAN, timed_out=True)))[2] == "timeout"


@pytest.mark.parametrize(
    ("printed", "name"), [("0x8000000d", "E_ILLEGAL_STATE_CHANGE"), ("0x80070070", "ERROR_DISK_FULL"), ("0xdead", "0xdead")]
)
def test_a_number_is_the_error_whose_name_an_older_release_does_not_know(printed, name):
    assert errors.code_of(f"Fehlercode: Wsl/Service/RegisterDistro/{printed}\r\n") == name


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ("Error: 0x80072ee7\nThe server name or address could not be resolved", "WININET_E_NAME_NOT_RESOLVED"),
        ("first 0x80070070, then 0x80072EE7.", "WININET_E_NAME_NOT_RESOLVED"),
        ("Wsl/Service/0x8BADF00D after 0x80072ee7", "0x8BADF00D"),  # what WSL says of itself counts
        ("0x8BADF00D", ""),
        ("0x80004005", ""),  # it says no more than that it failed
        (r"C:\logs\0x80072ee7\x", ""),
        ("a0x80072ee7 0x80072ee70", ""),
    ],
)
def test_a_number_that_stands_alone_counts_where_it_is_known(printed, code):
    assert errors.explain(output(ran(-1, printed)))[2] == code
