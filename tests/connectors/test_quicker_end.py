"""How often Python looks for garbage in a run, and what it still takes apart at its end."""

import subprocess
import sys
from pathlib import Path

import pytest

from pyinfra_wsl import inventory
from pyinfra_wsl.core import garbage

ROOT = Path(__file__).resolve().parent.parent.parent


BEGIN = """
import atexit, gc, gzip, pyinfra
atexit.register(lambda: print(gc.get_freeze_count() > 10_000))  # which comes last
import pyinfra_wsl.connectors.ssh
"""
ENDS = {
    "nothing": ("", ""),
    "a file": ("file = open('one', 'w'); file.write('all of it')\ndef itself(): return file", "all of it"),
    "bytes": ("file = open('one', 'wb'); file.write(b'all of it'); file = [file]; file.append(file)", "all of it"),
    "both ways": ("file = open('one', 'w+b'); file.write(b'all of it')\ndef itself(): return file", "all of it"),
    "closed": ("file = open('one', 'w'); file.write('all of it'); file.close()\ndef itself(): return file", "all of it"),
    "in a generator": ("def each():\n  with open('one', 'w') as one:\n    yield one.write('all of it')\nit = each(); next(it)",
                       "all of it"),
    "another kind": ("class One:\n  def __del__(self): print('told')\none = One(); one.itself = one; del one", ""),
    "another kind of file": ("class One(__import__('io').TextIOWrapper): pass\n"
                             "file = One(open('one', 'wb')); file.write('all of it')\ndef itself(): return file", "all of it"),
}  # fmt: skip


@pytest.mark.parametrize("left", ENDS)
def test_at_the_end_of_a_command_line_files_are_whole_and_only_what_is_known_is_left_as_it_is(tmp_path, left):
    code, written = ENDS[left]
    words = [sys.executable, "-c", f"{BEGIN}pyinfra.is_cli = True\n{code}"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ("told" in done.stdout) == (left == "another kind")
    assert done.stdout.split()[0] == str("another" not in left)
    assert (tmp_path / "one").exists() == bool(written)
    assert not written or (tmp_path / "one").read_text() == written
    assert not done.stderr


def test_at_the_end_of_a_program_all_is_as_it_was(tmp_path):
    code = f"{BEGIN}print(gc.get_threshold()[0])\n{ENDS['another kind'][0]}"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(garbage.NEW), "False", "told"]


def test_a_fleet_file_is_read_without_a_look_after_each_few_machines(monkeypatch):
    found = []
    monkeypatch.setattr("gc.set_threshold", lambda *given: found.append(given))
    monkeypatch.setattr("pyinfra_wsl.fleet.load", lambda _path: found.append("read") or pytest.skip("read"))
    with pytest.raises(pytest.skip.Exception):
        inventory.groups(ROOT / "inventory" / "fleet.yml")
    assert found == [(garbage.NEW, 20, 20), "read"]
