"""An agent over WinRM, on a laptop of the lab: what it carries, what breaks it, and what is told then."""

import base64
import hashlib
import time

import gevent
import pytest
from winrm_lab import name_of, refused

from pyinfra_wsl.agent.channel import AgentError
from pyinfra_wsl.connectors.upload import PIECE
from pyinfra_wsl.connectors.winrm import runspace, transport, wire
from pyinfra_wsl.connectors.winrm.runspace import Left, Runspace
from pyinfra_wsl.core import call
from pyinfra_wsl.core.failure import LostError
from pyinfra_wsl.core.output import Output

WAYS = pytest.mark.parametrize("scheme", ["https", "http"])


@pytest.fixture(scope="module")
def laptop(over_winrm):
    """Return a laptop on which nothing is set."""
    return over_winrm


# --- what it carries --------------------------------------------------------------------------------------------------


@WAYS
def test_an_agent_answers_and_nothing_is_left_of_it(laptop, scheme):
    channel = laptop.channel(scheme)
    assert (channel.hello.user, name_of(channel), name_of(channel)) == ("fleet-admin", "LT-1", "LT-1")
    assert len(laptop.shells) == 1
    channel.close()
    assert laptop.shells == []


def test_over_http_everything_is_sealed(laptop):
    before = laptop.winrm.counts.copy()
    channel = laptop.channel("http", auth="ntlm")
    name_of(channel)
    channel.close()
    assert laptop.do(lambda: laptop.winrm.settings.allow_unencrypted) is False, "the laptop refuses what is not"
    assert laptop.winrm.counts != before


def test_live_output_comes_while_the_program_runs(laptop):
    heard = []
    channel = laptop.channel()
    command = call.run("cmd.exe", "/c", "echo one", live=True)
    answer = channel.ask([command], listener=heard.append)[0]
    channel.close()
    assert b"one" in b"".join(piece for piece in heard if piece)
    assert b"one" in Output.of(answer).stdout


def test_what_is_long_goes_in_pieces_that_the_laptop_takes_and_comes_back(laptop):
    data = bytes(range(256)) * 8192  # 2 MiB in one request, more than any message may hold
    channel = laptop.channel()
    written, state = channel.ask([call.file_write(r"C:\long", data), call.file_state(r"C:\long", digest=True)])
    read = channel.ask([call.file_read(r"C:\long", 0, 2**21)])[0]
    channel.close()
    assert written.ok
    assert state.sha256 == hashlib.sha256(data).hexdigest()
    assert base64.b64decode(read.value["data"]) == data


def test_a_laptop_that_takes_only_short_messages_gets_them_shorter(own):
    laptop = own(quotas={"MaxEnvelopeSizekb": 200})
    channel = laptop.channel()
    assert channel.ask([call.file_write(r"C:\long", b"x" * PIECE)])[0].ok
    channel.close()


def test_pieces_are_under_way_before_the_first_is_answered(laptop):
    channel, taken = laptop.channel(), []
    channel.ask([call.file_write(r"C:\part", b"")])
    pieces = (call.file_append(r"C:\part", number * 1000, b"y" * 1000) for number in range(12))
    assert channel.ask_ahead(pieces, lambda: taken.append(1)) is None
    channel.close()
    assert len(taken) == 12
    assert laptop.do(lambda: laptop.machine.files.read(r"C:\part")) == b"y" * 12000


def test_a_pipeline_that_was_sent_enough_is_followed_by_another_in_the_same_session(laptop, monkeypatch):
    """Windows takes 50 MB of one; the lock, which is the session's, is held on."""
    monkeypatch.setattr(wire, "MOST", 60_000)
    channel = laptop.channel()
    channel.ask([call.file_lock(r"C:\lock", "us")])
    commands = laptop.winrm.counts["Command"]
    for _ in range(4):
        assert channel.ask([call.file_write(r"C:\x", b"z" * 20_000)])[0].ok
    assert laptop.winrm.counts["Command"] > commands
    other = laptop.channel()
    assert other.ask([call.file_lock(r"C:\lock", "them")], keep_going=True)[0].kind == "in_use"
    other.close()
    channel.close()


def test_a_request_that_windows_would_not_take_is_not_sent(laptop):
    channel = laptop.channel()
    with pytest.raises(AgentError) as caught:
        channel.ask([call.file_write(r"C:\x", b"z" * wire.LARGEST)])
    channel.close()
    assert isinstance(caught.value.__cause__, LostError)


def test_who_is_slow_to_answer_is_waited_for(laptop):
    channel = laptop.channel()
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        channel._wire.read_line(0.2)
    assert time.monotonic() - begun < 4
    assert name_of(channel) == "LT-1"
    channel.close()


def test_several_administrators_are_there_at_once(laptop):
    one, other = laptop.channel(), laptop.channel("http")
    assert one.hello.process != other.hello.process
    assert (name_of(one), name_of(other)) == ("LT-1", "LT-1")
    one.close()
    assert name_of(other) == "LT-1"
    other.close()


# --- quotas -------------------------------------------------------------------------------------------------------------


def test_the_quota_of_sessions_is_named_with_the_command_that_shows_it(own):
    laptop = own(quotas={"MaxShellsPerUser": 1})
    first = laptop.channel()
    told = refused(laptop)
    first.close()
    assert "its quota MaxShellsPerUser" in told.failure.cause
    assert "winrm get winrm/config/winrs" in told.failure.remedy
    laptop.channel().close()


def test_the_quota_of_users_is_named(own):
    laptop = own(quotas={"MaxConcurrentUsers": 0})
    assert "MaxConcurrentUsers" in refused(laptop).failure.cause


def test_a_thousand_requests_are_one_pipeline(own):
    """Each pipeline counts until it is ended, and the 1,001st is refused."""
    laptop = own(quotas={"MaxConcurrentCommandsPerShell": 2})
    channel = laptop.channel()
    for _ in range(5):
        assert name_of(channel) == "LT-1"
    channel.close()


# --- what breaks --------------------------------------------------------------------------------------------------------


@WAYS
def test_a_connection_that_was_idle_for_minutes_is_begun_anew_unseen(laptop, scheme, monkeypatch):
    channel = laptop.channel(scheme)
    name_of(channel)
    monkeypatch.setattr(transport, "_IDLE", 0.0)
    assert name_of(channel) == "LT-1"
    monkeypatch.undo()
    channel.close()
    assert laptop.shells == []


def test_keys_that_a_closed_connection_made_worthless_are_begun_anew_unseen(own):
    """Where the clock does not say it: the machine that connects has slept."""
    laptop = own(pace=0.001)  # two minutes take 0.12 s
    channel = laptop.channel("http")
    for _ in range(2):
        time.sleep(0.3)
        assert name_of(channel) == "LT-1"
    channel.close()


def until_it_breaks(channel):
    for _ in range(9):
        name_of(channel)


def happen(own, do, on, number=1, **more):
    return own(happenings=[{"do": do, "action": on, "number": number, **more}])


GONE = {
    "restart-service": "WinRM on|the session on|broke off|no WinRM on",
    "kill-runspace": "the session on",
    "restart-laptop": "broke off|no WinRM|the session on|shuts down",
    "reset": "broke off",
    "cut-body": "broke off",
    "busy": "starts or stops",
    "not-found": "has no WinRM",
    "garbage": "no WinRM",
}


@pytest.mark.parametrize("do", GONE)
def test_what_breaks_a_request_is_told_and_the_next_session_is_new(own, do):
    laptop = happen(own, do, "Send", 2)
    channel = laptop.channel()
    with pytest.raises(AgentError, match=r"Next: |connection broke off"):
        until_it_breaks(channel)
    channel.close()
    deadline = time.monotonic() + 10
    while True:
        try:
            again = laptop.channel()
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert name_of(again) == "LT-1"
    again.close()


@pytest.mark.parametrize("do", ["reset", "cut-body", "restart-service", "kill-runspace"])
def test_an_answer_that_is_lost_is_not_waited_for(own, do):
    laptop = happen(own, do, "Receive", 4)
    channel = laptop.channel()
    begun = time.monotonic()
    with pytest.raises(AgentError, match="Next: "):
        until_it_breaks(channel)
    channel.close()
    assert time.monotonic() - begun < 10


def test_a_session_that_a_broken_connection_left_is_ended_with_the_next(laptop):
    first = Runspace(laptop.options())
    left = Left(str(first.pool.shell.id), first.pool.shell.resource_uri)
    first.http.begin_anew()
    second = Runspace(laptop.options())
    assert len(laptop.shells) == 2
    second.delete(left)
    second.delete(left)  # it is gone, which is as good
    assert len(laptop.shells) == 1
    second.close()
    assert laptop.shells == []


def test_a_session_may_be_idle_only_as_long_as_a_dead_run_may_lock_the_laptop(laptop):
    channel = laptop.channel()
    (shell,) = laptop.shells
    assert shell.idle_timeout == runspace.IDLE == 900
    channel.close()


def test_a_laptop_that_is_gone_is_told_in_time_of_our_own(own, monkeypatch):
    """pypsrp alone waits 294 s."""
    monkeypatch.setattr(transport, "_SLACK", 0.3)
    monkeypatch.setattr(runspace, "_SHORT", 1.0)
    laptop = happen(own, "drop-firewall", "Send", 2, seconds=30.0)
    channel = laptop.channel()
    begun = time.monotonic()
    with pytest.raises(AgentError):
        until_it_breaks(channel)
    channel.close()
    assert time.monotonic() - begun < 15


def test_a_session_that_nobody_asks_is_kept_warm(laptop, monkeypatch):
    """Neither Windows nor its web server takes it for idle while the run is at work on other laptops."""
    monkeypatch.setattr(wire, "_WARM", 0.1)
    channel = laptop.channel()
    before = laptop.winrm.counts["Receive"]
    gevent.sleep(0.5)
    assert laptop.winrm.counts["Receive"] > before
    assert name_of(channel) == "LT-1"
    channel.close()


def test_an_answer_that_goes_on_without_an_end_is_given_up(laptop, monkeypatch):
    first = Runspace(laptop.options())
    with monkeypatch.context() as patch:
        patch.setattr("pypsrp.wsman._TransportHTTP.send", lambda *_arguments, **_more: gevent.sleep(60))
        patch.setattr(transport, "_SLACK", 0.1)
        patch.setattr(first.http, "_connect", 0.1)
        patch.setattr(first.http, "operation", 0.1)
        with pytest.raises(LostError, match="does not answer any more"), first.talk():
            first.http.send(b"")
    second = Runspace(laptop.options())
    second.delete(Left(str(first.pool.shell.id), first.pool.shell.resource_uri))
    second.close()
