"""A run that was killed leaves a session that locks its laptop; the next run from the same machine ends it at once."""

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pyinfra_wsl.connectors.winrm import remembered
from pyinfra_wsl.connectors.winrm.remembered import Left, Remembered
from pyinfra_wsl.core import call

HERE = Path(__file__).parent
LOCK = r"C:\Program Files\pyinfra-wsl\lock"
RESOURCE = "http://schemas.microsoft.com/powershell/Microsoft.PowerShell"
ONE, OTHER = (Left(f"0000000{number}-1111-2222-3333-444444444444", RESOURCE) for number in (1, 2))
KEY = "ada lt-1:5986"
CHILD = """
import sys, time
from types import SimpleNamespace
from pathlib import Path
from reached import load
from pyinfra_wsl.core import call
host = load(SimpleNamespace(folder=Path(sys.argv[1])))["LT-DONE"]
host.connect(raise_exceptions=True)
host.connector.session.lock()
print("locked", flush=True)
time.sleep(60)
"""


@pytest.fixture
def place(tmp_path):
    return tmp_path / "state" / "sessions"


def process(place):
    """Return what another process remembers."""
    return Remembered(lambda: place)


def die(one):
    """Let go of the file as the system does for a process that is gone; nothing of it is taken away."""
    one._file.close()


def test_what_a_process_has_open_is_nobody_elses_while_it_lives(place):
    alive = process(place)
    alive.opened(KEY, ONE)
    assert process(place).dead(KEY) == []
    assert alive.dead(KEY) == []
    alive.closed(ONE)
    assert list(place.iterdir()) == []


def test_what_a_dead_one_has_left_is_taken_over_once_and_by_whose_it_is(place):
    first = process(place)
    first.opened(KEY, ONE)
    first.opened("ada lt-2:5986", OTHER)
    die(first)
    second, third = process(place), process(place)
    assert second.dead(KEY) == [ONE]
    assert second.dead("bo lt-1:5986") == []
    assert third.dead(KEY) == []
    second.closed(ONE)
    assert second.dead(KEY) == []
    die(second)
    assert process(place).dead("ada lt-2:5986") == [OTHER]


def test_what_was_closed_is_not_left(place):
    first = process(place)
    first.opened(KEY, ONE)
    first.opened(KEY, OTHER)
    first.closed(ONE)
    die(first)
    assert process(place).dead(KEY) == [OTHER]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"open": 1}', "[" * 100_000, '{"open": "x", "resource": "y"}', json.dumps({"open": ONE.identity}),
     json.dumps({"open": ONE.identity, "resource": "http://elsewhere.example/"}), '{"closed": "never"}', "\x00\xff"],
)  # fmt: skip
def test_a_file_that_is_none_of_ours_tells_nothing_and_goes(place, text):
    place.mkdir(parents=True)
    (place / f"{remembered.machine()}-odd.jsonl").write_text(text)
    assert process(place).dead("") == []
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(b"\xff\xfe\x80"),
        Path.mkdir,
        os.mkfifo,
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to("nowhere"),
    ],
)
def test_whatever_lies_there_hides_no_other_file_and_lets_nobody_wait(place, make):
    first = process(place)
    first.opened(KEY, ONE)
    die(first)
    make(place / f"{remembered.machine()}-.jsonl")  # before the other
    assert process(place).dead(KEY) == [ONE]


def test_what_another_machine_has_written_into_the_same_home_is_left_alone(place):
    """Over a share without its locks the run may well be alive, and work in that session."""
    there = Remembered(lambda: place, lambda: "anothermachine")
    there.opened(KEY, ONE)
    die(there)
    assert process(place).dead(KEY) == []
    (path,) = place.iterdir()
    assert Remembered(lambda: place, lambda: "anothermachine").dead(KEY) == [ONE]
    assert not path.exists()


def test_where_no_lock_is_to_be_had_nothing_is_written(place, monkeypatch):
    """Else whoever gets one later, as where a lock daemon comes back, takes a run that works for a dead one."""

    def refuse(_file, _how):
        raise OSError(errno.ENOLCK, "No locks available")

    with monkeypatch.context() as patched:
        patched.setattr(remembered.fcntl, "flock", refuse)
        alive = process(place)
        alive.opened(KEY, ONE)
        alive.opened(KEY, OTHER)
        assert list(place.iterdir()) == []
    assert process(place).dead(KEY) == []


def test_a_line_that_was_cut_takes_no_other_with_it(place):
    first = process(place)
    first.opened(KEY, ONE)
    os.write(first._file.fileno(), b'\n{"open": "0000')  # the disk was full
    first.opened(KEY, OTHER)
    die(first)
    assert process(place).dead(KEY) == [ONE, OTHER]


def test_a_full_disk_is_no_word_at_the_end_either():
    code = """
from pathlib import Path
from pyinfra_wsl.connectors.winrm import remembered
one = remembered.Remembered(lambda: Path("/dev"))
one._file = open("/dev/full", "wb", buffering=0)
one._note({"closed": "x"})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""


def test_what_is_older_than_any_session_goes_unread(place):
    first = process(place)
    first.opened(KEY, ONE)
    die(first)
    (path,) = place.iterdir()
    os.utime(path, (0, 0))
    assert process(place).dead(KEY) == []
    assert not path.exists()


def test_only_its_owner_may_read_it(place):
    process(place).opened(KEY, ONE)
    (path,) = place.iterdir()
    assert (path.stat().st_mode & 0o777, place.stat().st_mode & 0o777) == (0o600, 0o700)


def homeless():
    raise RuntimeError("Could not determine home directory.")


@pytest.mark.parametrize("where", [homeless, lambda: Path("/dev/null/below"), lambda: Path("/proc/none")])
def test_who_cannot_write_remembers_nothing_and_goes_on(where):
    one = Remembered(where)
    one.opened(KEY, ONE)
    assert one.dead(KEY) == []
    one.closed(ONE)


def test_where_it_is_is_as_others_have_it(monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", "/var/state")
    assert remembered.folder() == Path("/var/state/pyinfra-wsl/sessions")
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/ada")
    assert remembered.folder() == Path("/home/ada/.local/state/pyinfra-wsl/sessions")


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    way = {"transport": "psrp", "user": "fleet-admin"}
    return make_stage(lambda fleet: fleet["defaults"].update(connection=way), winrm={}, LT_DONE="converged")


def test_a_run_that_was_killed_locks_nobody_out(host, rehearsal, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    environment = os.environ | {"PYTHONPATH": f"{HERE}:{HERE.parent}"}
    child = subprocess.Popen([sys.executable, "-c", CHILD, rehearsal.folder], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert child.stdout.readline() == "locked\n"
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    service = rehearsal.stage.laptop("LT-DONE").winrm.service
    assert len(rehearsal.stage.do(lambda: dict(service.shells))) == 1
    monkeypatch.setattr("pyinfra_wsl.connectors.psrp.REMEMBERED", Remembered())
    one = host()
    one.connector.session.lock()
    assert one.connector.session.ask([call.run("hostname.exe")])[0].ok
    assert len(rehearsal.stage.do(lambda: dict(service.shells))) == 1
    one.connector.disconnect()
    assert rehearsal.stage.do(lambda: dict(service.shells)) == {}
    assert list((tmp_path / "pyinfra-wsl" / "sessions").iterdir()) == []
