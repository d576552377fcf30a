"""What was done though its answer never came is not done twice over WinRM; and a laptop that sleeps in the middle."""

import time

import pytest
from winrm_lab import name_of

from pyinfra_wsl.agent.channel import AgentError
from pyinfra_wsl.connectors.winrm import runspace, transport
from pyinfra_wsl.connectors.winrm.faults import BrokenError
from pyinfra_wsl.connectors.winrm.runspace import Runspace
from pyinfra_wsl.core import call

LOCK, LOG = r"C:\lock", r"C:\log"


def happen(own, do, on, number=1, **more):
    return own(happenings=[{"do": do, "action": on, "number": number, **more}])


def appended(channel, at, text):
    """Ask for what can be done once only: a second time the file is longer than is said."""
    return channel.ask([call.file_append(LOG, at, text)], keep_going=True)[0]


def asked_for(channel, times):
    for number in range(times):
        appended(channel, number, b"x")


def test_what_was_sent_and_taken_too_late_to_be_told_is_not_sent_again(own):
    laptop = happen(own, "timed-out", "Send", 3, seconds=0.0)
    channel = laptop.channel()
    channel.ask([call.file_write(LOG, b"")])
    for number in range(4):
        assert appended(channel, number, b"x").ok
    assert laptop.do(lambda: laptop.machine.files.read(LOG)) == b"xxxx"
    channel.close()
    assert laptop.shells == []


def test_the_next_piece_waits_while_the_laptop_is_at_work_on_the_last(own):
    laptop = happen(own, "timed-out", "Send", 3, seconds=0.4)
    channel = laptop.channel()
    data = b"y" * 400_000  # several pieces
    written = channel.ask([call.file_write(LOG, data)])[0]
    assert written.ok
    assert name_of(channel) == "LT-1"
    assert laptop.do(lambda: laptop.machine.files.read(LOG)) == data
    channel.close()


def test_who_is_busy_without_a_piece_of_ours_is_told_so(own):
    laptop = own()
    channel = laptop.channel()
    (shell,) = laptop.shells
    (command,) = shell.commands.values()
    command.sending = True
    with pytest.raises(AgentError, match="is still at work on what it was sent before"):
        name_of(channel)
    channel.close()


def test_a_session_that_was_made_too_late_to_be_told_is_not_left_there(own):
    laptop = happen(own, "timed-out", "Create")
    with pytest.raises(BrokenError, match="did not do it in its time"):
        Runspace(laptop.options())
    assert laptop.shells == []


def test_an_answer_that_is_lost_is_not_asked_for_by_doing_it_again(own):
    laptop = happen(own, "reset", "Send", 3)
    channel = laptop.channel()
    channel.ask([call.file_write(LOG, b"")])
    with pytest.raises(AgentError):
        asked_for(channel, 3)
    assert laptop.do(lambda: laptop.machine.files.read(LOG)) in (b"x", b"")
    channel.close()


def test_after_twenty_minutes_of_sleep_the_lock_is_free_and_the_next_session_is_new(own, monkeypatch):
    monkeypatch.setattr(transport, "_SLACK", 0.3)
    monkeypatch.setattr(runspace, "_SHORT", 1.0)
    laptop = own()
    first = Runspace(laptop.options())
    channel = laptop.over(first)
    channel.ask([call.file_lock(LOCK, "us")])
    laptop.do(lambda: laptop.machine.background(laptop.winrm.vanish(3.0)) and None)
    begun = time.monotonic()
    with pytest.raises(AgentError, match=r"broke off|answer|Next: "):
        name_of(channel)
    channel.close()
    assert time.monotonic() - begun < 15
    for one in laptop.shells:  # 20 minutes are more than it may be idle
        laptop.do(lambda one=one: setattr(one, "touched", one.touched - 1200))
    again = woken(laptop)
    assert again.ask([call.file_lock(LOCK, "them")])[0].ok
    again.close()
    assert laptop.shells == []


def woken(laptop):
    """Wait until the laptop answers again."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return laptop.channel()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
