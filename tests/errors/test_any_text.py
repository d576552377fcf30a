"""Whatever is pasted: an answer, within bounds, and no error of ours."""

import json
import time

import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pyinfra_wsl.cli.main import main
from pyinfra_wsl.errors import explain
from pyinfra_wsl.errors.mojibake import decode

PIECES = st.sampled_from(
    ["0x80370102", "Wsl/", "E_FAIL", "\0", "\x1b[31m", "\x1b]8;;", "�", "wsl: ", "'", "“", "{}", "<S>", "_x000D_", "\\u0041",
     "\\uZZZZ", ".wslconfig:1", "/etc/wsl.conf:99999999999999", "错误", "ошибка", "\ud800", "\u202e", "exit code ", "-" * 30,
     "9" * 40, "\r\n", "\x85", "Ã©", "docker.sock", " ", "> ", "+ ~~~"]
)  # fmt: skip
ANY = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=40).map("".join))


@given(ANY)
@hypothesis_settings(max_examples=150, deadline=None)
@example("\ufffd" * 50)
@example("\x1b[" * 50)
@example("wsl: " * 50)
def test_any_text_has_an_answer(text):
    answer = explain(text)
    assert len(answer.findings) <= 5
    written = json.dumps(answer.json())
    assert len(written) < 20_000
    assert answer.known == any(one.area != "unknown" for one in answer.findings)


@given(st.one_of(st.binary(max_size=400), ANY.map(lambda text: text.encode("utf-16", "surrogatepass"))))
@hypothesis_settings(max_examples=100, deadline=None)
def test_any_bytes_are_a_text(data):
    explain(decode(data))


@pytest.mark.parametrize(
    "text",
    ["\0" * 10**6, "é" * 10**6, "Wsl/" * 10**6, "docker " * 10**6, "'" * 10**6, "a" * 10**6, "\n" * 10**6, "\x1b[" * 10**6,
     "0x80370102 " * 10**5, "错" * 10**6, "wsl: /etc/wsl.conf:1 " * 10**5, "> " * 10**6, "<a " * 10**6, "a b " * 10**6],
    ids=lambda text: repr(text[:8]),
)  # fmt: skip
def test_a_huge_text_is_answered_within_seconds(text):
    begin = time.process_time()
    explain(text)
    assert time.process_time() - begin < 20


def call(*words, data=b""):
    return CliRunner().invoke(main, ["explain", *words], input=data)


def test_the_command_takes_text_file_and_pipe(tmp_path):
    file = tmp_path / "error.log"
    file.write_bytes("Fehlercode: Wsl/Service/WSL_E_DISK_CORRUPTED".encode("utf-16"))
    for done in (
        call(str(file)),
        call("-", data=file.read_bytes()),
        call("Wsl/Service/WSL_E_DISK_CORRUPTED"),
        call(data=b"0x8004032f"),
    ):
        assert done.exit_code == 0
        assert "WSL_E_DISK_CORRUPTED" in done.output
        assert "e2fsck" in done.output


def test_its_exit_code_tells_whether_the_cause_is_known():
    assert call("0x80370102").exit_code == 0
    assert call("0x8badf00d").exit_code == 3
    assert call("-", data=b"").exit_code == 3
    assert call("--nonsense").exit_code == 2


def test_people_get_name_number_cause_next_step_and_what_repairs_it():
    said = call("-", data=b"Wsl/Service/ERROR_ALREADY_EXISTS\nWsl/Service/HCS_E_HYPERV_NOT_INSTALLED").output.splitlines()
    assert said[0] == "HCS_E_HYPERV_NOT_INSTALLED (0x80370102): hypervisor"
    assert [line.split(":")[0].strip() for line in said[1:5]] == ["cause", "next", "repaired by", "beside it"]
    assert said[4].endswith("ERROR_ALREADY_EXISTS (0x800700b7)")
    assert said[6:8] == ["also:", "ERROR_ALREADY_EXISTS (0x800700b7): wsl_distro"]
    assert call("hello").output.startswith("not known: ")


def test_it_answers_programs_in_json():
    answer = json.loads(call("--json", "0x80370102").output)
    (finding,) = answer["findings"]
    assert answer["known"] is True
    assert finding["name"] == "HCS_E_HYPERV_NOT_INSTALLED"
    assert finding["repairable"] is True
    assert "hypervisor.launch" in finding["repaired_by"]
    assert json.loads(call("--json", "-", data=b"\xff\x00\xfe").output)["findings"] == []


def test_a_terminal_gets_no_orders_and_short_lines():
    key = "\x1b]0;x\x07wsl2.\u202e" + "a" * 50
    said = call("-", data=f"wsl: Unknown key '{key}' in C:\\Users\\a\\.wslconfig:1\nNO_PUBKEY {'A' * 4000}".encode()).output
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert max(map(len, said.splitlines())) < 700


def test_a_folder_is_no_file(tmp_path):
    assert call(str(tmp_path)).exit_code == 3
    assert call("a\0b").exit_code == 3
    assert call("x" * 5000).exit_code == 3
