"""wsl.exe --list, --status, --version: layouts, languages, encodings, exit codes (src/windows/common/WslClient.cpp)."""

import pytest
from wsl_laptop import code, laptop, text

from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.wsl.registration import INSTALLING, UNINSTALLING


def test_verbose_list_has_the_default_first_and_columns_by_the_longest_name():
    here = laptop()
    here.register("a")
    here.register("Ubuntu-24.04", version=1, default=True)
    assert text(here.wsl("--list", "--verbose")) == (
        "  NAME            STATE           VERSION\r\n"
        "* Ubuntu-24.04    Stopped         1\r\n"
        "  a               Stopped         2\r\n"
    )  # fmt: skip


def test_plain_list_marks_the_default_and_quiet_list_is_bare():
    here = laptop()
    here.register("Ubuntu")
    here.register("b")
    assert "Ubuntu (Default)\r\nb\r\n" in text(here.wsl("-l"))
    assert sorted(text(here.wsl("-l", "-q")).split()) == ["Ubuntu", "b"]


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (["--list"], -1, True),
        (["--list", "--verbose"], -1, True),
        (["--list", "--running"], -1, True),
        (["--list", "--quiet"], 0, False),
        (["--list", "--running", "--quiet"], 0, False),
        (["--list", "-q", "-v"], -1, True),
        (["--list", "-qv"], -1, True),
        (["--list", "--all", "--running"], -1, True),
        (["--list", "--online", "--verbose"], -1, True),
    ],
)
def test_without_distributions_only_the_quiet_lists_succeed(words, exit_code, said):
    outcome = laptop().wsl(*words)
    assert outcome.code == exit_code
    assert bool(outcome.stdout) == said
    assert b"Error code" not in outcome.stdout
    assert outcome.stderr == b""


@pytest.mark.parametrize(("state", "word"), [(INSTALLING, "Installing"), (UNINSTALLING, "Uninstalling")])
def test_half_installed_ones_show_in_verbose_and_all_lists_only(state, word):
    here = laptop()
    here.register("whole")
    here.register("half", state=state)
    assert word in text(here.wsl("--list", "--verbose"))
    assert "half" in text(here.wsl("--list", "--all", "--quiet"))
    assert "half" not in text(here.wsl("--list", "--quiet"))


def test_running_is_known_to_the_service_only_and_not_to_the_registry():
    here = laptop()
    here.register("D")

    async def tell():
        await here.call("-d", "D", "-e", "true")
        assert text(await here.call("--list", "--running", "--quiet")) == "D\r\n"
        assert here.lxss("D")["State"] == 1
        assert "Running" in text(await here.call("-l", "-v"))
        await here.call("--terminate", "D")
        assert (await here.call("--list", "--running")).code == -1

    here.story(tell)


@pytest.mark.parametrize("utf8", ["", "0", "true", "1 "])
def test_output_is_utf16_without_a_mark_unless_wsl_utf8_is_exactly_1(utf8):
    here = laptop()
    here.register("D")
    assert here.wsl("-l", "-q", utf8=utf8).stdout == "D\r\n".encode("utf-16-le")
    assert here.wsl("-l", "-q").stdout == b"D\r\n"


def test_linux_output_stays_bytes_among_utf16():
    here = laptop()
    here.register("D")
    assert here.wsl("-d", "D", "-e", "id", "-u", utf8="").stdout == b"0\n"


@pytest.mark.parametrize(
    ("culture", "header", "code_word"),
    [
        ("de-DE", "Windows Subsystem für Linux-Distributionen:", "Fehlercode: "),
        ("zh-CN", "适用于 Linux 的 Windows 子系统分发:", "错误代码: "),
        ("ja-JP", "Linux 用 Windows サブシステム ディストリビューション:", "エラー コード: "),
        ("de-AT", "Windows Subsystem for Linux Distributions:", "Error code: "),
    ],
)
def test_texts_follow_the_display_language_and_error_names_do_not(culture, header, code_word):
    here = laptop(culture=culture)
    here.register("D")
    assert text(here.wsl("--list")).startswith(header + "\r\n")
    assert f"{code_word}Wsl/Service/WSL_E_DISTRO_NOT_FOUND\r\n" in text(here.wsl("-t", "absent"))


def test_version_has_seven_lines_in_a_fixed_order_and_needs_no_service():
    here = laptop(package="2.6.1.0")
    here.machine.registry.set(r"HKLM\SOFTWARE\Policies\WSL", "AllowWSL", "DWord", 0)
    lines = text(here.wsl("--version")).split("\r\n")
    assert [line.rpartition(": ")[2] for line in lines if line][0::6] == ["2.6.1.0", "10.0.26200.7019"]


@pytest.mark.parametrize(
    ("features", "missing"),
    [
        ((), ["WSL1", "Virtual Machine Platform"]),
        (("VirtualMachinePlatform",), ["WSL1"]),
        (("Microsoft-Windows-Subsystem-Linux",), ["Virtual Machine Platform"]),
    ],
)
def test_status_tells_what_services_are_missing_and_succeeds(features, missing):
    outcome = laptop(features=features).wsl("--status")
    assert outcome.code == 0
    assert [word for word in ("WSL1", "Virtual Machine Platform") if word in text(outcome)] == missing


def test_status_names_the_default_distribution():
    here = laptop()
    assert text(here.wsl("--status")) == "Default Version: 2\r\n"
    here.register("D")
    assert text(here.wsl("--status")) == "Default Distribution: D\r\nDefault Version: 2\r\n"


@pytest.mark.parametrize(
    ("name", "kind", "data", "error"),
    [
        ("Flags", "String", "x", "ERROR_UNSUPPORTED_TYPE"),
        ("BasePath", None, None, "E_UNEXPECTED"),
        ("DistributionName", None, None, "E_UNEXPECTED"),
    ],
)
def test_one_broken_registration_breaks_every_list_and_every_call_by_name(name, kind, data, error):
    here = laptop()
    here.register("good")
    item = here.register("bad")
    if kind:
        here.machine.registry.set(item.key, name, kind, data)
    else:
        here.machine.registry.remove_value(item.key, name)
    assert code(here.wsl("--list")) == f"Wsl/EnumerateDistros/Service/ReadDistroConfig/{error}"
    assert code(here.wsl("--terminate", "good")) == f"Wsl/Service/ReadDistroConfig/{error}"


def test_a_wrong_default_uid_breaks_no_list():
    here = laptop()
    here.machine.registry.set(here.register("D").key, "DefaultUid", "String", "x")
    assert here.wsl("--list", "--quiet").code == 0


def test_help_prints_the_usage_and_ends_with_minus_one():
    outcome = laptop().wsl("--help")
    assert outcome.code == -1
    assert b"Usage: wsl.exe" in outcome.stdout


def test_another_users_distributions_are_invisible():
    here = laptop()
    here.register("D")
    assert here.wsl("-l", "-q", token=windows.administrator_token(here.machine)).stdout == b""
