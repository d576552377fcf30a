"""The agent as a process of this machine: its lines, its last words, and its end, however it comes."""

import sys
import time

import pytest

from pyinfra_wsl.agent.channel import Channel, TooMuchError
from pyinfra_wsl.connectors import winlocal
from pyinfra_wsl.connectors.winlocal import LocalWire
from pyinfra_wsl.core import heard


def wire(code):
    return LocalWire([sys.executable, "-S", "-c", code])


def test_lines_go_both_ways_whole():
    one = wire("import sys\nfor line in sys.stdin: print(line.strip()[::-1], flush=True)")
    one.write(b"abc\ndef\n")
    assert [one.read_line(10), one.read_line(10)] == [b"cba", b"fed"]
    one.write(b"x" * 3_000_000 + b"\n")
    assert len(one.read_line(20)) == 3_000_000
    one.close()
    assert one.read_line(10) == b""


def test_who_is_silent_is_not_waited_for_longer_than_told():
    one = wire("import time; time.sleep(60)")
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        one.read_line(0.1)
    assert time.monotonic() - begun < 5
    one._process.kill()


def test_what_it_said_last_is_kept():
    one = wire("import sys; sys.stderr.write('policy forbids it'); sys.exit(3)")
    assert one.read_line(10) == b""
    deadline = time.monotonic() + 5
    while not one.last_words() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "policy forbids it" in one.last_words()
    with pytest.raises(BrokenPipeError):
        one.write(b"x" * 6_000_000)
    one.close()


def test_a_line_without_an_end_is_given_up(monkeypatch):
    monkeypatch.setattr(heard, "LARGEST", 100_000)
    one = wire("import sys\nwhile True: sys.stdout.write('x' * 65536)")
    with pytest.raises(TooMuchError):
        one.read_line(10)
    one._process.kill()
    one.close()


def test_one_that_does_not_end_is_killed(monkeypatch):
    monkeypatch.setattr(winlocal, "_FAREWELL", 0.2)
    one = wire("import time\nwhile True: time.sleep(60)")
    begun = time.monotonic()
    one.close()
    assert one._process.poll() is not None
    assert time.monotonic() - begun < 10


def test_what_is_no_agent_is_said_so():
    with pytest.raises(OSError, match="not our agent"):
        Channel(wire("import sys; print('Loading personal profiles', flush=True); sys.stdin.read()"))


def test_powershell_is_started_by_its_path(monkeypatch):
    monkeypatch.setenv("SYSTEMROOT", r"D:\Windows")
    words = winlocal.command()
    assert words[0] == r"D:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"
    assert words[1:3] == ["-NoLogo", "-NoProfile"]
    assert words[-2] == "-EncodedCommand"
