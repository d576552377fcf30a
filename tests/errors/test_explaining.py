"""Kinds of texts, each with texts of its own: codes in all spellings, languages, wrong code pages, frames, several errors."""

import json
from pathlib import Path

import pytest

from pyinfra_wsl.errors import catalogue, explain
from pyinfra_wsl.errors.mojibake import decode
from pyinfra_wsl.errors.normalise import paste

TEXTS = json.loads((Path(catalogue.__file__).parent / "data" / "wsl-texts.json").read_text("utf-8"))["texts"]
WINDOWS = json.loads((Path(catalogue.__file__).parent / "data" / "windows-texts.json").read_text("utf-8"))["texts"]


def first(text):
    answer = explain(text)
    return (answer.findings[0].name, answer.findings[0].area) if answer.known else None


@pytest.mark.parametrize(
    "spelled", ["0xc0370102", "0x80370102", "0X80370102", "80370102", "-2143878910", "2151088386", "0xffffffff80370102"]
)
def test_a_number_is_known_in_each_spelling(spelled):
    assert first(f"Error: {spelled}") == ("HCS_E_HYPERV_NOT_INSTALLED", "hypervisor")


@pytest.mark.parametrize(
    "text",
    ["msiexec ended with exit code 1618", "Fehlercode: 1618", "код ошибки 1618", "错误代码：1618", "0x652", "returned 1618."],
)
def test_a_small_number_counts_after_a_word_for_error(text):
    assert first(text) == ("ERROR_INSTALL_ALREADY_RUNNING", "wsl_package")


@pytest.mark.parametrize(
    "text", ["1618 files copied", "port 1618", "code1618x", "line 2", "exit code 2.5", "10:1618", "version 1603"]
)
def test_a_number_without_one_is_no_error(text):
    assert explain(text).findings == ()


def test_the_surroundings_tell_two_causes_of_one_name_apart():
    disk = first("Error code: Wsl/Service/CreateInstance/MountDisk/HCS/ERROR_PATH_NOT_FOUND")
    archive = first("wsl --import a b c.tar\nError code: Wsl/Service/RegisterDistro/ERROR_PATH_NOT_FOUND")
    assert disk == ("ERROR_PATH_NOT_FOUND", "disk")
    assert archive == ("ERROR_PATH_NOT_FOUND", "wsl_distro")


def test_an_existing_distribution_that_does_not_start_has_no_wrong_archive():
    assert first("Wsl/Service/CreateInstance/0x80040326") == ("WSL_E_NOT_A_LINUX_DISTRO", "wsl_package")
    assert first("Wsl/Service/RegisterDistro/0x80040326") == ("WSL_E_NOT_A_LINUX_DISTRO", "wsl_distro")


@pytest.mark.parametrize("locale", sorted({locale for told in TEXTS.values() for locale in told}))
@pytest.mark.parametrize(
    ("message", "area"),
    [("MessageDiskCorrupted", "disk"), ("MessageWSL1Disabled", "policy"), ("MessageVmSwitchNotSet", "wslconfig")],
)
def test_wsls_own_message_is_known_in_each_of_its_languages(message, area, locale):
    for wording in TEXTS[message].get(locale, []):
        assert explain(wording).findings[0].area == area, wording


@pytest.mark.parametrize("locale", sorted(TEXTS["MessageFailedToAttachDisk"]))
def test_what_wsl_fills_in_does_not_hide_its_message(locale):
    wording = TEXTS["MessageFailedToAttachDisk"][locale][0].replace("{}", r"D:\Linux disks\ext4.vhdx", 1).replace("{}", "#!?", 1)
    assert explain(wording).findings[0].area == "disk", wording


@pytest.mark.parametrize("text", WINDOWS["ERROR_CANT_ACCESS_FILE"])
def test_windows_text_without_a_code_is_known(text):
    assert first(f"PS> wsl\n{text}") == ("ERROR_CANT_ACCESS_FILE", "wsl_package")


@pytest.mark.parametrize("name", ["ERROR_FILE_NOT_FOUND", "E_ACCESSDENIED", "E_FAIL", "E_UNEXPECTED"])
def test_windows_text_that_stands_in_errors_of_anything_tells_no_cause(name):
    for text in WINDOWS[name]:
        assert not explain(text).known, text


GARBLED = [
    ("L’opération n’a pas pu être démarrée car une fonctionnalité requise n’est pas installée.", "utf-8", "cp1252"),
    ("Der Vorgang konnte nicht gestartet werden, da ein erforderliches Feature nicht installiert ist. Prüfen!", "utf-8", "cp850"),
    ("Не удалось запустить операцию, поскольку необходимая функция не установлена.", "cp866", "cp1251"),
    ("Не удалось запустить операцию, поскольку необходимая функция не установлена.", "cp1251", "cp1252"),
    ("Не удалось запустить операцию, поскольку необходимая функция не установлена.", "utf-8", "latin-1"),
    ("由于未安装所需的功能，无法启动该操作。", "gbk", "cp1252"),
    ("由于未安装所需的功能，无法启动该操作。", "utf-8", "latin-1"),
    ("必要な機能がインストールされていないため、操作を開始できませんでした。", "cp932", "latin-1"),
    ("필요한 기능이 설치되지 않았기 때문에 작업을 시작할 수 없습니다.", "cp949", "latin-1"),
    ("No se pudo iniciar la operación porque una característica necesaria no está instalada.", "cp1252", "cp850"),
    ("Nie można uruchomić operacji, ponieważ wymagana funkcja nie jest zainstalowana.", "cp852", "cp1250"),
    ("Gerekli bir özellik yüklü olmadığından işlem başlatılamadı.", "cp857", "cp1252"),
]


@pytest.mark.parametrize(("text", "written", "read"), GARBLED)
def test_a_wrong_code_page_is_read_again(text, written, read):
    garbled = text.encode(written).decode(read, "replace")
    assert garbled != text
    assert first(garbled) == ("HCS_E_SERVICE_NOT_AVAILABLE", "windows_feature")


def test_letters_that_are_lost_are_no_hindrance_where_enough_are_left():
    assert first("L?op?ration n?a pas pu ?tre d?marr?e car une fonctionnalit? requise n?est pas install?e.") == (
        "HCS_E_SERVICE_NOT_AVAILABLE",
        "windows_feature",
    )


def test_utf_16_is_read_as_bytes_as_text_and_as_what_utf_8_left_of_it():
    text = "Error code: Wsl/Service/WSL_E_DISK_CORRUPTED\r\n"
    for one in (decode(text.encode("utf-16")), decode(text.encode("utf-16-le")), "\0".join(text), " ".join(text)):
        assert first(one) == ("WSL_E_DISK_CORRUPTED", "disk"), repr(one)
    lost = WINDOWS["WSAEOPNOTSUPP"][2].encode("utf-16-le").decode("utf-8", "replace")
    assert first(f"exit code: -1\nstdout: {lost}") == ("WSAEOPNOTSUPP", "network")


def test_bytes_that_are_no_utf_8_are_read_in_a_code_page():
    assert first(decode("Zugriff verweigert für 0x80370114".encode("cp1252"))) == (
        "HCS_E_SERVICE_NOT_AVAILABLE",
        "windows_feature",
    )


FRAMED = [
    "\x1b[31;1mwsl: \x1b[0mWsl/Service/\x1b[1mWSL_E_DISK_CORRUPTED\x1b[0m",
    "wsl : The distribution failed to start because its virtual\r\nAt line:1 char:1\r\n+ wsl\r\n+ ~~~\r\n disk is corrupted.",
    "     | The distribution failed to start because its\n     | virtual disk is corrupted.",
    '#< CLIXML\n<Objs Version="1.1"><S S="Error">The distribution failed to start because its_x000D__x000A_</S>'
    '<S S="Error">virtual disk is corrupted.</S></Objs>',
    '{"msg": "The distribution failed to start because its\\r\\nvirtual disk is corrupted.", "rc": -1}',
    "> The distribution failed to start because\n> its virtual disk is corrupted.",
    "running engine: exit status 0xffffffff (stderr: The distribution failed to start because its virtual disk is corru\npted.)",
]


@pytest.mark.parametrize("text", FRAMED)
def test_frames_and_broken_lines_are_taken_off(text):
    assert explain(text).findings[0].area == "disk"


WARNINGS = [
    (r"wsl: Unknown key 'wsl2.processor' in C:\Users\a b\.wslconfig:3", "wslconfig", "wsl2.processors"),
    (r"wsl: Unknown key 'boot.systemd' in C:\Users\a\.wslconfig:3", "wslconfig", "/etc/wsl.conf"),
    (r"wsl: Unknown key 'wsl2.autoMemoryReclaim' in C:\Users\a\.wslconfig:9", "wslconfig", "[experimental]"),
    ("wsl: Unbekannter Schlüssel „experimental.networkingMode“ in /etc/wsl.conf:1", "wsl_conf", ".wslconfig"),
    (r"wsl: Unknown key 'swap' in C:\Users\a\.wslconfig:1", "wslconfig", "[wsl2]"),
    (r"wsl: Unknown key 'wsl2.nonsense' in C:\Users\a\.wslconfig:1", "wslconfig", "remove"),
    (r"wsl: Invalid boolean value 'yes please' for key 'wsl2.dhcp' in C:\Users\a\.wslconfig:2", "wslconfig", "true or false"),
    (
        r"wsl: Invalid memory string '8 gig' for .wslconfig entry 'wsl2.memory' in C:\Users\a\.wslconfig:2",
        "wslconfig",
        "8GB",
    ),
    (r"wsl: Invalid escaped character: 'U' in C:\Users\a\.wslconfig:2", "wslconfig", "double each backslash"),
    (r"wsl: Expected ']' in C:\Users\a\.wslconfig:4", "wslconfig", "[section]"),
]


@pytest.mark.parametrize(("text", "area", "words"), WARNINGS)
def test_a_line_of_settings_is_explained(text, area, words):
    finding = explain(text).findings[0]
    assert finding.area == area
    assert words in finding.remedy
    assert finding.repaired_by


@pytest.mark.parametrize("locale", sorted(TEXTS["MessageConfigUnknownKey"]))
def test_an_unknown_key_is_found_in_each_language(locale):
    for wording in TEXTS["MessageConfigUnknownKey"][locale]:
        text = wording
        for word in ("wsl2.memroy", r"C:\Users\a\.wslconfig", "12"):
            text = text.replace("{}", word, 1)
        finding = explain(f"wsl: {text}").findings[0]
        assert (finding.name, finding.area) == ("wsl2.memroy", "wslconfig"), text
        assert "wsl2.memory" in finding.remedy


def test_each_of_several_lines_is_explained():
    text = "\n".join(
        rf"wsl: Unknown key 'wsl2.{name}' in C:\Users\a\.wslconfig:{line}" for line, name in enumerate(("memroy", "swp"))
    )
    assert [one.name for one in explain(text).findings] == ["wsl2.memroy", "wsl2.swp"]


SEVERAL = [
    ("Error code: Wsl/Service/RegisterDistro/E_FAIL\nbsdtar: Error opening archive: Truncated tar archive", "archive-damaged"),
    ("wsl update failed: exit code: 4294967295: Update failed (exit code: 1619).\nWsl/CallMsi/Install/0x80070653", "0x80070653"),
    ("WslRegisterDistribution failed with error: 0x80370102\nPlease enable the Virtual Machine Platform", "0x80370102"),
    ("docker.service: Failed with result 'exit-code'.\nfailed to start daemon: Iptables not found", "iptables-missing"),
    ("UNREACHABLE! => Failed to connect to the host via ssh: x@y: Permission denied (publickey).", "ssh-refused-key"),
]


@pytest.mark.parametrize(("text", "cause"), SEVERAL)
def test_of_several_errors_the_cause_comes_first(text, cause):
    finding = explain(text).findings[0]
    assert cause in f"{finding.name} {' '.join(finding.codes)}"


NOT_KNOWN = [
    "", "   \n", "hello", "Wsl/Service/CreateInstance/E_FAIL", "Error: 0xffffffff", "exit status 1", "0x8badf00d", "0xc0000005",
    "The operation completed successfully.", "Installer failed with exit code: -5", "Segmentation fault (core dumped)",
    "System.InvalidOperationException: Failed to deploy distro docker-desktop: exit code: -1 stdout: stderr:",
    "Traceback (most recent call last):\n  File x\nKeyError: 'a'", "error: cannot find symbol", "npm ERR! code ENOENT",
]  # fmt: skip


@pytest.mark.parametrize("text", NOT_KNOWN)
def test_what_is_not_known_is_not_guessed(text):
    answer = explain(text)
    assert not answer.known
    assert all(one.area == "unknown" and not one.repaired_by for one in answer.findings)


def test_a_code_that_is_not_known_is_named():
    answer = explain("Error: 0x8badf00d\nWsl/Service/E_FAIL")
    assert answer.not_known == ("0x8badf00d", "E_FAIL (0x80004005)")


def test_a_name_at_the_end_of_a_line_is_not_joined_with_the_next():
    answer = explain("Error code: Wsl/Service/ERROR_ALREADY_EXISTS\nWSL2 did not start: Wsl/Service/HCS_E_NEW_NAME")
    assert answer.findings[0].codes == ("ERROR_ALREADY_EXISTS (0x800700b7)", "HCS_E_NEW_NAME")


def test_a_name_that_a_console_has_broken_is_put_together():
    assert first("Error code: Wsl/Service/CreateVm/HCS/HCS_E_HYPERV_NOT_INST\nALLED") == (
        "HCS_E_HYPERV_NOT_INSTALLED",
        "hypervisor",
    )


def test_a_long_text_is_looked_at_where_causes_stand():
    filler = "2026-01-01 nothing of note happened here\n" * 20_000
    assert first(f"{filler}Error code: Wsl/Service/WSL_E_DISK_CORRUPTED\n") == ("WSL_E_DISK_CORRUPTED", "disk")
    assert len(paste(filler).lines) < 100_000


@pytest.mark.parametrize("locale", sorted(TEXTS["MessageSettingOverriddenByPolicy"]))
def test_a_setting_that_a_policy_takes_back_is_told_with_the_policy(locale):
    for wording in TEXTS["MessageSettingOverriddenByPolicy"][locale]:
        (found, *_others) = explain(wording.replace("{}", "wsl2.nestedVirtualization")).findings
        assert (found.area, found.repaired_by) == ("policy", ("wsl_policy.AllowNestedVirtualization",))
        assert found.cause.endswith(": wsl2.nestedVirtualization")


@pytest.mark.parametrize(
    ("key", "remedy"),
    [("wsl2.localhostForwarding", "true or false"), ("wsl2.processors", "whole number"), ("wsl2.memory", "8GB"),
     ("wsl2.networkingMode", "one of the words")],
)  # fmt: skip
def test_what_a_key_takes_is_told_also_where_the_sentence_is_in_words_that_are_not_known(key, remedy):
    (found,) = explain(f"wsl: 'vero' blah blah '{key}' blah C:\\Users\\ada\\.wslconfig:3").findings
    assert (found.name, found.area) == (key, "wslconfig")
    assert remedy in found.remedy


@pytest.mark.parametrize("message", ["MessageWsl1NotSupported", "MessageEnableVirtualization"])
@pytest.mark.parametrize("locale", ["ja-JP", "zh-CN", "zh-TW", "ko-KR", "ru-RU"])
def test_utf_16_that_was_read_as_utf_8_is_known_however_many_of_its_letters_are_ascii(message, locale):
    for wording in TEXTS[message][locale]:
        letters = wording.replace("{}", "Ubuntu")
        asked, lost = explain(letters), explain(letters.encode("utf-16-le").decode("utf-8", "replace"))
        assert lost.known
        assert lost.findings[0].area == asked.findings[0].area


@pytest.mark.parametrize("code", ["0xc0000135", "0xC0000005", "-1073741515", "STATUS_DLL_NOT_FOUND", "3221225781"])
def test_the_number_with_which_windows_ends_any_program_is_no_error_of_wsl_alone(code):
    assert not explain(f"错误 {code}：应用程序无法正常启动").known
    assert not explain(f"error {code}").known


def test_beside_wsl_it_is():
    assert first("wsl.exe: exit code 3221225781") == ("STATUS_DLL_NOT_FOUND", "wsl_package")
