"""A fleet file as pyinfra's inventory: names, addresses, groups, passwords; and the lab's."""

import json
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from pyinfra_wsl import inventory

ROOT = Path(__file__).resolve().parents[2]
FLEET = """\
defaults:
  connection: {user: fleet, port: 2222, key: keys/fleet, known_hosts: ~/known, shell: powershell}
  wsl: {default_version: 2}
groups:
  devs: {reboot: {policy: now}}
  idle: {}
hosts:
  LT-1: {groups: [devs], address: 10.0.0.1}
  LT-2: {connection: {host_keys: accept_new, key: null}, user: 'CORP\\bo'}
  build-01: {os: linux, groups: [devs], connection: {sudo: true}}
"""


@pytest.fixture
def write(tmp_path):
    def write(text):
        (tmp_path / "fleet.yml").write_text(text)
        return tmp_path / "fleet.yml"

    return write


def with_password(source):
    return f"defaults: {{connection: {{user: fleet, password_from: {source}}}}}\nhosts: {{A: , B: }}\n"


def test_windows_goes_by_one_connector_and_linux_by_the_other(write):
    assert [name for name, _ in inventory.hosts(write(FLEET))] == ["@winssh/LT-1", "@winssh/LT-2", "@linssh/build-01"]


def test_a_connection_becomes_the_connectors_data(write, tmp_path):
    first, second, linux = (data for _, data in inventory.hosts(write(FLEET)))
    assert first["ssh_hostname"] == "10.0.0.1"
    assert first["ssh_user"] == "fleet"
    assert first["ssh_port"] == 2222
    assert first["ssh_key"] == str(tmp_path / "keys/fleet")
    assert first["ssh_known_hosts_file"] == str(Path("~/known").expanduser())
    assert first["ssh_strict_host_key_checking"] == "yes"
    assert first["_shell_executable"] == "powershell"
    assert second["ssh_strict_host_key_checking"] == "accept-new"
    assert "ssh_key" not in second
    assert linux["ssh_hostname"] == "build-01"
    assert linux["_sudo"] is True
    assert "_shell_executable" not in linux
    assert "_sudo" not in first
    assert not {"ssh_password", "connection", "address"} & (set(first) | set(second) | set(linux))


def test_what_is_declared_becomes_data_of_the_same_name(write):
    first, second, linux = (data for _, data in inventory.hosts(write(FLEET)))
    assert (first["wsl"], first["reboot"], first["user"], first["os"]) == (
        {"default_version": 2},
        {"policy": "now"},
        "console",
        "windows",
    )
    assert second["user"] == "CORP\\bo"
    assert "wsl" not in linux
    assert "user" not in linux


def test_groups_are_pyinfras_groups_and_all_is_everyone(write):
    found = inventory.groups(write(FLEET))
    assert {group: [name for name, _ in members] for group, members in found.items()} == {
        "all": ["@winssh/LT-1", "@winssh/LT-2", "@linssh/build-01"],
        "devs": ["@winssh/LT-1", "@linssh/build-01"],
        "idle": [],
    }


def test_an_overlay_chooses_machines_and_comes_over_the_file_and_an_override_over_both(write):
    ((name, data),) = inventory.hosts(write(FLEET), {"LT-2": {"ssh_port": 1, "ssh_user": "a"}}, ssh_user="b")
    assert (name, data["ssh_port"], data["ssh_user"]) == ("@winssh/LT-2", 1, "b")


def test_a_password_comes_from_the_environment_and_does_not_show_itself(write, monkeypatch):
    monkeypatch.setenv("FLEET_PW", "hunter2")
    data = [data for _, data in inventory.hosts(write(with_password("{env: FLEET_PW}")))]
    assert [one["ssh_password"] for one in data] == ["hunter2", "hunter2"]
    assert "hunter2" not in repr(data)


def test_a_password_comes_from_a_command_that_is_asked_once(write, tmp_path):
    program = tmp_path / "secret"
    program.write_text(f"#!/bin/sh\necho asked >> {tmp_path}/asked\necho hunter2\necho more\n")
    program.chmod(0o755)
    data = [data for _, data in inventory.hosts(write(with_password(f"{{command: [{program}]}}")))]
    assert [one["ssh_password"] for one in data] == ["hunter2", "hunter2"]
    assert (tmp_path / "asked").read_text() == "asked\n"


def test_a_password_is_prompted_for_once(write, monkeypatch):
    asked = []
    monkeypatch.setattr("click.prompt", lambda text, **_: asked.append(text) or "hunter2")
    data = [data for _, data in inventory.hosts(write(with_password("prompt")))]
    assert [one["ssh_password"] for one in data] == ["hunter2", "hunter2"]
    assert asked == ["Password of fleet"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{env: NO_SUCH_VARIABLE}", "A: connection.password_from: the environment variable NO_SUCH_VARIABLE is not set"),
        (r"{command: [printf, '\377\n']}", "printf prints what is no UTF-8 text; run it by hand to see what"),
        ("{env: NO_TEXT}", "the environment variable NO_TEXT holds what is no UTF-8 text; set it again"),
        ("prompt", "A: connection.password_from: nobody answered the question; run it at a terminal, or write {env: NAME}"),
        ("{command: [no-such-program]}", "no-such-program cannot be started: No such file or directory"),
        ("{command: [sh, -c, 'echo hunter2; exit 3']}", "sh ended with exit code 3 and no password"),
        ("{command: ['true']}", "true ended with exit code 0 and no password"),
    ],
)
def test_a_password_that_cannot_be_had_is_one_line_that_names_the_source(write, monkeypatch, source, message):
    monkeypatch.setenv("NO_TEXT", "\udcff")
    monkeypatch.setattr("click.prompt", lambda *_, **__: (_ for _ in ()).throw(click.Abort))
    with pytest.raises(SystemExit) as caught:
        inventory.hosts(write(with_password(source)))
    assert message in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_wrong_fleet_file_ends_with_its_problems(write):
    with pytest.raises(SystemExit, match=r"fleet\.yml:1: hosts\.A\.wsll: no such key; did you mean wsl\?"):
        inventory.groups(write("hosts: {A: {wsll: {}}}\n"))


def pyinfra(*arguments, folder):
    program = Path(sys.executable).parent / "pyinfra"
    return subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_pyinfra_ends_with_the_problems_of_a_wrong_fleet_file_and_no_traceback(write, tmp_path):
    file = write("hosts: {A: {wsll: {}}, B: {user: a/b}}\n")
    (tmp_path / "inventory.py").write_text(
        f"from pyinfra_wsl import inventory\nglobals().update(inventory.groups({str(file)!r}))\n"
    )
    done = pyinfra("inventory.py", "debug-inventory", folder=tmp_path)
    assert done.returncode == 1
    assert "hosts.A.wsll: no such key; did you mean wsl?" in done.stderr
    assert "hosts.B.user: 'a/b' is not a Windows account" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


@pytest.fixture
def checkout(tmp_path):
    """A copy of inventory/ with a lab beside it, as `lab up` leaves it."""
    shutil.copytree(ROOT / "inventory", tmp_path / "inventory")
    (tmp_path / ".lab").mkdir()

    def lab(**state):
        laptops = {"LT-TWO": {"host": "127.0.0.1", "port": 40001, "scenario": "two_users"}}
        found = {"pid": os.getpid(), "laptops": laptops, "user": "fleet-admin", "key": "/k", "known_hosts": "/h", **state}
        (tmp_path / ".lab" / "lab.json").write_text(json.dumps(found))
        return tmp_path / "inventory" / "lab.py"

    return lab


def test_the_labs_inventory_has_the_laptops_that_the_lab_serves(checkout, monkeypatch):
    monkeypatch.chdir("/")
    found = runpy.run_path(str(checkout()))
    ((name, data),) = found["all"]
    assert name == "@winssh/LT-TWO"
    assert (data["ssh_hostname"], data["ssh_port"], data["ssh_user"], data["ssh_key"]) == (
        "127.0.0.1",
        40001,
        "fleet-admin",
        "/k",
    )
    assert (data["ssh_known_hosts_file"], data["ssh_strict_host_key_checking"], data["user"]) == ("/h", "yes", "CORP\\bo")
    assert [name for name, _ in found["testers"]] == ["@winssh/LT-TWO"]


def test_a_lab_that_has_ended_is_told_with_the_command(checkout):
    with pytest.raises(SystemExit, match=r"The lab is not up\. Start it with: pyinfra-wsl lab up"):
        runpy.run_path(str(checkout(pid=2**22 + 1)))


def test_a_lab_that_never_was_is_told_with_the_command(checkout, tmp_path):
    file = checkout()
    (tmp_path / ".lab" / "lab.json").unlink()
    with pytest.raises(SystemExit, match="pyinfra-wsl lab up"):
        runpy.run_path(str(file))
