"""Calls as they come: streams that are closed or full, files that are none, words in the wrong place."""

import json
import os
import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from stage import BIN
from support import fleet_results

from pyinfra_wsl.cli import files
from pyinfra_wsl.cli.main import Commands, main
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.report import reading

FULL = Path("/dev/full")


def call(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
def test_output_that_cannot_be_written_is_one_line():
    with FULL.open("w") as full:
        done = subprocess.run(
            [BIN / "pyinfra-wsl", "schema", "fleet"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("Error: what is to be written: No space left on device. Next: ")


def test_a_closed_standard_input_is_an_empty_one():
    done = subprocess.run(["sh", "-c", f"'{BIN}/pyinfra-wsl' explain - <&-"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (3, "")


@pytest.mark.parametrize("module", ["spnego", "psrpcore", "cryptography", "asyncssh"])
def test_each_module_of_an_extra_is_named_where_it_is_missing(monkeypatch, module):
    def missing(_name):
        raise ModuleNotFoundError(f"No module named '{module}'", name=module)

    monkeypatch.setattr("pyinfra_wsl.cli.main.import_module", missing)
    done = call("lab", "up")
    assert done.exit_code == 1
    assert f"'lab' needs {module}. Next: pip install 'pyinfra-wsl[lab]'" in done.output


def test_a_failure_of_any_command_is_one_line_also_of_one_below_another():
    group = Commands("wsl")
    below = click.Group("below")
    group.add_command(below)

    @below.command("fails")
    def _fails():
        raise StepError("there is no \x1b[1mtrust", "make one")

    done = CliRunner().invoke(group, ["below", "fails"])
    assert (done.exit_code, done.stderr.count("\n"), "make one" in done.stderr) == (1, 1, True)
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize(
    "words", [("report", "--heard", "{}"), ("collect", ".", "--fleet", "{}"), ("bundle", "{}", "--key", "key", "--out", "public")]
)
def test_what_is_wrong_with_a_fleet_file_is_told_by_whoever_reads_it(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fleet.yml").write_text("hosts: {LT-1: {wslconfig: {wsl2: {memoy: 8GB}}}}")
    done = call(*(one.format("fleet.yml") for one in words))
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: fleet.yml:1: hosts.LT-1.wslconfig.wsl2.memoy")


def test_of_a_file_that_cannot_be_written_whole_nothing_is_left(tmp_path):
    with pytest.raises(UnicodeEncodeError):  # fails in the middle, as a full disk does
        files.new(tmp_path / "fleet.yml", "a" * 100_000 + "\ud800")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_touched(tmp_path):
    (tmp_path / "fleet.yml").write_text("theirs")
    with pytest.raises(FileExistsError):
        files.new(tmp_path / "fleet.yml", "ours")
    assert (tmp_path / "fleet.yml").read_text() == "theirs"


def test_a_pipe_or_device_among_results_is_named_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "device.json").symlink_to("/dev/zero")
    for name in ("pipe.json", "device.json"):
        with pytest.raises(ValueError, match="it is no file"):
            reading._read(tmp_path / name)


def test_where_no_host_could_be_looked_at_adopt_says_why_of_each(tmp_path):
    (tmp_path / "off.py").write_text("hosts = [('@winssh/LT-1', {'ssh_hostname': '127.0.0.1', 'ssh_port': 1})]\n")
    words = [BIN / "pyinfra-wsl", "adopt", "--inventory", "off.py", "-o", "adopted.yml"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "LT-1: no SSH server on 127.0.0.1:1" in said
    assert "no host could be looked at, so" in said
    assert "/proof/" not in said
    assert not (tmp_path / "adopted.yml").exists()


def test_an_option_in_the_place_of_verifys_inventory_is_told():
    done = call("verify", "-q", "inventory/laptops.py")
    assert done.exit_code == 2
    assert "INVENTORY comes first, and -q after it" in done.output


def test_of_a_laptop_that_is_not_reached_verify_shows_no_traceback(tmp_path):
    data = (
        "{'ssh_hostname': '127.0.0.1', 'ssh_port': 1, 'os': 'windows', 'wslconfig': {'wsl2': {'memory': '8GB', 'processors': 4}}}"
    )
    (tmp_path / "off.py").write_text(f"hosts = [('@winssh/LT-1', {data})]\n")
    done = subprocess.run(
        [BIN / "pyinfra-wsl", "verify", tmp_path / "off.py", "-q"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 1
    assert "LT-1 could not be looked at: no SSH server on 127.0.0.1:1" in done.stdout
    assert "Traceback" not in done.stdout
    assert "paramiko" not in done.stdout
    assert len(done.stdout.splitlines()) < 25


@pytest.mark.parametrize("number", ["-2143878910", "-2143878910 (0x80370102)"])
def test_a_signed_number_is_no_option_of_explain(number):
    done = call("explain", *number.split())
    assert done.exit_code == 0
    assert "HCS_E_HYPERV_NOT_INSTALLED" in done.output


def test_an_option_that_explain_does_not_have_is_still_told():
    assert call("explain", "--jsn", "0x80370102").exit_code == 2


def test_a_file_that_is_not_there_is_said_by_explain():
    done = call("explain", "no-such-install.log")
    assert done.exit_code == 3
    assert "no-such-install.log was taken for a text, since there is no file of that name" in done.output


@pytest.mark.parametrize("said", ["FALSCH", "Nein", "Faux", "Disabled", "falso"])
def test_a_device_that_is_disabled_in_another_language_is_left_out(tmp_path, said):
    (tmp_path / "d.csv").write_text(f"Name,Enabled,OperatingSystem\nLT-1,WAHR,Windows 11\nLT-2,{said},Windows 11\n")
    done = call("import", tmp_path / "d.csv")
    assert done.exit_code == 0
    assert "left out: 1 disabled" in done.output
    assert "LT-2" not in done.output


def test_whether_a_device_is_enabled_is_not_guessed(tmp_path):
    (tmp_path / "d.csv").write_text("Name,Enabled,OperatingSystem\nLT-1,perhaps,Windows 11\n")
    done = call("import", tmp_path / "d.csv")
    assert done.exit_code == 1
    assert "Enabled: 'perhaps' is neither true nor false; write one, or --map enabled=" in done.output


def test_a_fleet_file_in_the_place_of_an_inventory_is_told(tmp_path):
    (tmp_path / "fleet.yml").write_text("hosts: {LT-1: }\n")
    done = call("drift", tmp_path / "fleet.yml")
    assert done.exit_code == 1
    assert "is a fleet file, and no inventory. Next: name the inventory that reads it" in done.output


def test_a_group_that_nobody_has_declared_is_told_with_what_to_write(tmp_path):
    (tmp_path / "fleet.yml").write_text("hosts: {LT-1: {groups: [developers]}}\n")
    done = call("validate", tmp_path / "fleet.yml")
    assert "no such group 'developers'; no group is declared yet: write it below groups:, or leave it out here" in done.output


@pytest.mark.parametrize(
    "words", [["report", "--since", ""], ["report", "--since", " "], ["drift", "off.py", "--results", __file__]]
)
def test_an_option_without_a_right_value_is_wrong_usage(words):
    assert call(*words).exit_code == 2


def test_a_report_of_a_folder_says_how_to_have_it_again(tmp_path):
    run = tmp_path / "their results" / "2026-11-21T10-00-00-7f3a"
    run.mkdir(parents=True)
    document = fleet_results.document("LT-1", {"id": "7f3a", "ended": "2026-11-21T10:00:00+00:00", "holder": "ada@control"})
    (run / "LT-1.json").write_text(json.dumps(document))
    assert f"again: pyinfra-wsl report '{run.parent}'" in call("report", run.parent).output


def test_a_page_that_cannot_be_written_leaves_the_older_one(tmp_path, monkeypatch):
    (page := tmp_path / "fleet.html").write_bytes(b"older")

    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pyinfra_wsl.cli.files.os.fdopen", full)
        with pytest.raises(OSError, match="No space"):
            files.replace(page, b"newer")
    assert [one.name for one in tmp_path.iterdir()] == ["fleet.html"]
    assert page.read_bytes() == b"older"


def test_a_page_takes_the_place_of_the_older_one_with_its_rights(tmp_path):
    (page := tmp_path / "fleet.html").write_bytes(b"older")
    page.chmod(0o640)
    (tmp_path / "link.html").symlink_to(page)
    files.replace(tmp_path / "link.html", b"newer")
    assert (page.read_bytes(), page.stat().st_mode & 0o777) == (b"newer", 0o640)
    assert (tmp_path / "link.html").is_symlink()


def test_a_connection_that_is_refused_or_lost_in_a_test_is_one_line(tmp_path):
    refused = "raise AgentRefusedError('policy forbids it')"
    (tmp_path / "test_lost.py").write_text(
        f"from pyinfra_wsl.agent.channel import AgentRefusedError\n\n\ndef test_it():\n    {refused}\n"
    )
    words = ["-p", "pyinfra_wsl.testing.plugin", "-p", "no:cacheprovider", "-c", os.devnull, "-q", tmp_path]
    done = subprocess.run([BIN / "python", "-m", "pytest", *words], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert "could not be looked at: policy forbids it" in done.stdout
    assert "raise AgentRefusedError" not in done.stdout
