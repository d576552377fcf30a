"""``pyinfra-wsl``: what a person types, and what they read."""

import json
import os
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec

import pytest
import yaml
from click.testing import CliRunner

from pyinfra_wsl.cli.main import _LATER, _SAID, main

FLEET = """\
defaults: {wsl: {default_version: 2}, hypervisor: {launch: auto}}
hosts:
  LT-1: {}
  LT-2: {wsl: null}
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments, text=FLEET):
        (tmp_path / "fleet.yml").write_text(text)
        return CliRunner().invoke(main, arguments)

    return run


def test_a_right_fleet_file_is_counted(run):
    done = run("validate", "fleet.yml")
    assert (done.exit_code, done.output) == (0, "2 hosts, no errors\n")


def test_one_machine_is_spoken_of_alone(run):
    done = run("validate", "fleet.yml", "--host", "LT-1")
    assert (done.exit_code, done.output) == (0, "LT-1 (windows): hypervisor, wsl\n1 host, no errors\n")


def test_a_wrong_fleet_file_is_told_in_lines_with_exit_code_1(run):
    done = run("validate", "fleet.yml", text="hosts:\n  A: {wsll: {}}\n  B: {user: a/b}\n")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "fleet.yml:2: hosts.A.wsll: no such key; did you mean wsl?",
        "fleet.yml:3: hosts.B.user: 'a/b' is not a Windows account; write console, DOMAIN\\NAME, .\\NAME, NAME@DOMAIN or NAME",
        "fleet.yml: 2 errors",
    ]


@pytest.mark.parametrize("option", ["--host", "--show"])
def test_an_unknown_machine_is_told_with_the_nearest(run, option):
    done = run("validate", "fleet.yml", option, "LT1")
    assert done.exit_code == 1
    assert "no such host 'LT1'; did you mean LT-1?" in done.stderr


def test_a_missing_file_is_one_line(run):
    done = run("validate", "nowhere.yml")
    assert done.exit_code == 1
    assert done.stderr.startswith("nowhere.yml: No such file or directory; give the path of a fleet file\n")


def test_what_a_machine_gets_is_shown_after_inheritance(run):
    expected = {"LT-2": {"hypervisor": {"launch": "auto"}, "os": "windows"}}
    assert yaml.safe_load(run("validate", "fleet.yml", "--show", "LT-2").stdout) == expected
    assert json.loads(run("validate", "fleet.yml", "--show", "LT-2", "--json").stdout) == expected


def test_help_teaches_with_examples(run):
    assert "pyinfra-wsl validate inventory/fleet.yml --show LT-0001" in run("--help").output
    assert "Examples:" in run("validate", "--help").output


def test_the_version_is_the_packages(run):
    assert run("--version").output.startswith("pyinfra-wsl, version ")


def test_without_the_labs_extra_the_lab_says_how_to_get_it(run, monkeypatch):
    for name in [one for one in sys.modules if one.startswith(("pyinfra_wsl.cli.lab", "pyinfra_wsl.lab"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "asyncssh", None)
    done = run("lab", "up")
    assert done.exit_code == 1
    assert "pip install 'pyinfra-wsl[lab]'" in done.output
    assert run("validate", "fleet.yml").exit_code == 0
    assert "lab" in run("--help").output


def test_the_lab_is_there(run):
    done = run("lab", "--help")
    assert done.exit_code == 0
    assert "up" in done.output


def test_the_list_of_commands_says_what_each_says_of_itself_and_loads_none(run):
    listed = run("--help").output
    for name, (module, command) in _LATER.items():
        own = getattr(import_module(module), command)
        assert _SAID[name] == own.help.partition("\n\n")[0].replace("\n", " "), name
        assert _SAID[name][:30] in listed
    program = "import sys; from pyinfra_wsl.cli.main import main; main(['--help'], standalone_mode=False); print(*sys.modules)"
    modules = (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        .stdout.splitlines()[-1]
        .split()
    )
    assert not {"asyncssh", "pyinfra", "pyinfra_wsl.cli.lab", "pyinfra_wsl.cli.report"} & set(modules)


def test_without_its_extra_verify_says_how_to_get_it(run, monkeypatch):
    monkeypatch.delitem(sys.modules, "pyinfra_wsl.cli.verify", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "testinfra" else find_spec(name))
    done = run("verify", "inventory.py", "-k", "x")
    assert done.exit_code == 1
    assert done.output == "Error: 'verify' needs testinfra. Next: pip install 'pyinfra-wsl[verify]'\n"
    monkeypatch.delitem(sys.modules, "pyinfra_wsl.cli.verify", raising=False)


@pytest.mark.parametrize("of", ["click", "yaml"])
def test_who_ends_it_while_it_is_loaded_is_shown_no_traceback(tmp_path, of):
    (tmp_path / f"{of}.py").write_text("raise KeyboardInterrupt\n")
    surroundings = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "pyinfra_wsl", "--help"], capture_output=True, text=True, env=surroundings, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
