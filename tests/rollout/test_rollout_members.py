"""The hosts of an inventory, handed over by a process that read it; whoever asked for them stays as it was."""

import json
import os
import pty
import re
import subprocess
import sys
import time

import pytest

from pyinfra_wsl.rollout import members, wire
from pyinfra_wsl.testing import inventory as inventories

INVENTORY = """
from pathlib import Path
from pyinfra_wsl import inventory
globals().update(inventory.groups(Path(__file__).parent / "fleet.yml"))
"""
FLEET = """
groups:
  it: {site: Bonn, wslconfig: {wsl2: {memory: 8GB}}}
hosts:
  LT-1: {groups: [it], connection: {user: ada, port: 2222}}
  LT-2: {connection: {transport: psrp}}
  srv-1: {os: linux}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk.py").write_text(INVENTORY)
    (tmp_path / "fleet.yml").write_text(FLEET.replace("site: Bonn, ", ""))
    return tmp_path


def test_they_are_as_pyinfra_has_them(folder):
    found = members.load("desk.py").members
    text = "import json; from pyinfra_wsl.testing import inventory; from pyinfra_wsl.rollout import wire\n"
    text += "print(json.dumps([[x.name, wire.pack(x.data.dict()), list(x.groups)] for x in inventory.load('desk.py').values()]))"
    theirs = json.loads(subprocess.run([sys.executable, "-c", text], capture_output=True, check=True, cwd=folder).stdout)
    assert [one.connector for one in found] == ["winssh", "psrp", "linssh"]
    assert [[one.name, wire.pack(one.data), list(one.groups)] for one in found] == theirs
    assert {one.everybody for one in found} == {("all", "desk")}
    assert found[0].groups == ("it", "desk")


@pytest.mark.usefixtures("folder")
def test_an_inventory_that_is_no_file_is_read_as_pyinfra_does():
    assert [(one.name, one.connector) for one in members.load("a.example,@winssh/LT-9").members] == [
        ("a.example", "ssh"), ("LT-9", "winssh"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("plain", "verify"),
    [('["a.example"]', False), ('[("@winssh/LT-9", {"wslconfig": {"wsl2": {"memory": "8GB"}}})]', True)],
)
def test_where_nothing_of_ours_is_declared_nothing_is_waited_for_that_cannot_be_looked_up(folder, plain, verify):
    """Each try would end as "could not be verified", for a week, and there is no fleet file to say otherwise."""
    (folder / "plain.py").write_text(f"hosts = {plain}")
    (ring,) = members.load("plain.py").declared.rings
    assert ring.gate.verify is verify


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise ValueError('no')", "odd.py: ValueError: no"),
        ("import sys; sys.exit('not today')", "not today"),
        ("import os; os._exit(7)", "odd.py: the process that read it ended with exit code 7"),
        ("print('loud'); all = [('a', {'x': {'y': object()}})]", "a: the host data x.y holds a object, which cannot be given"),
        ("all = ['@nothing/x']", "odd.py: NoConnectorError: "),
    ],
)
def test_what_is_wrong_is_said_as_elsewhere(folder, text, said):
    (folder / "odd.py").write_text(text)
    with pytest.raises(inventories.InventoryError, match=re.escape(said)) as raised:
        members.load("odd.py")
    assert "Traceback" not in str(raised.value)


def test_a_fleet_file_with_problems_says_them(folder):
    (folder / "fleet.yml").write_text("hosts:\n  LT-1: {wslconfig: {wsl2: {memory: much}}}\n")
    with pytest.raises(inventories.InventoryError, match=r"fleet\.yml"):
        members.load("desk.py")


@pytest.mark.usefixtures("folder")
def test_who_is_not_there_is_said_so():
    with pytest.raises(FileNotFoundError, match=r"nix\.py: no such inventory"):
        members.load("nix.py")


def test_whoever_asks_stays_without_greenlets(folder):
    text = "import sys; from pyinfra_wsl.rollout import members, local; print(len(members.load('desk.py').members))\n"
    text += "assert not {'gevent', 'pyinfra', 'paramiko'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", text], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout.strip(), done.stderr, done.returncode) == ("3", "", 0)


def test_a_process_of_greenlets_may_ask_too(folder):
    text = "import pyinfra_cli; from pyinfra_wsl.rollout import members; print(len(members.load('desk.py').members))"
    done = subprocess.run([sys.executable, "-c", text], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout.strip(), done.stderr, done.returncode) == ("3", "", 0)


ASKS = """
import sys
from pyinfra_wsl.rollout import members
found = members.load("desk.py")
print("had", {one.data.get("ssh_password").reveal() for one in found.members[:2]}, flush=True)
"""


def test_a_password_is_asked_for_once_at_the_terminal(folder):
    (folder / "fleet.yml").write_text("defaults: {connection: {user: ada, password_from: prompt}}\nhosts: {LT-1: {}, LT-2: {}}\n")
    number, terminal = pty.fork()
    if not number:
        os.chdir(folder)
        os.execv(sys.executable, [sys.executable, "-c", ASKS])  # noqa: S606
    said, answered, until = b"", False, time.monotonic() + 60
    while time.monotonic() < until:  # to its end: what is printed comes in pieces
        try:
            said += os.read(terminal, 4096)
        except OSError:
            break
        if b"Password of ada" in said and not answered:
            answered = True
            time.sleep(0.2)  # getpass throws away what was typed before
            os.write(terminal, b"wh1sper\n")
    os.waitpid(number, 0)
    os.close(terminal)
    assert said.count(b"Password of ada") == 1
    assert said.count(b"wh1sper") == 1
    assert b"had {'wh1sper'}" in said
