"""An agent over WinRM, on a laptop of the lab: what it carries, what breaks it, and what is told then."""

import base64
import hashlib
import time

import gevent
import pytest
from cryptography.hazmat.primitives import serialization
from winrm_lab import AUTHORITY, USER, lab

from pyinfra_wsl.agent.channel import AgentError, AgentRefusedError
from pyinfra_wsl.connectors.upload import PIECE
from pyinfra_wsl.connectors.winrm import runspace, transport, wire
from pyinfra_wsl.connectors.winrm.faults import BrokenError
from pyinfra_wsl.connectors.winrm.runspace import Left, Runspace
from pyinfra_wsl.core import call
from pyinfra_wsl.core.failure import LostError
from pyinfra_wsl.core.output import Output

WAYS = pytest.mark.parametrize("scheme", ["https", "http"])
HOSTNAME = call.run("hostname.exe")


@pytest.fixture(scope="module")
def laptop(tmp_path_factory):
    """Return a laptop on which nothing is set."""
    with lab(tmp_path_factory.mktemp("winrm")) as made:
        yield made


@pytest.fixture
def own(tmp_path):
    """Return a function that makes a laptop with settings."""
    made = []

    def make(**told):
        block = lab(tmp_path, **told)
        made.append(block)
        return block.__enter__()

    yield make
    for block in made:
        block.__exit__(None, None, None)


def name_of(channel):
    return Output.of(channel.ask([HOSTNAME])[0]).text().strip()


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


# --- who is let in ------------------------------------------------------------------------------------------------------


def refused(laptop, *arguments, **more):
    with pytest.raises(BrokenError) as caught:
        Runspace(laptop.options(*arguments, **more))
    return caught.value.told


@WAYS
def test_a_wrong_password_is_refused_and_not_shown(laptop, scheme):
    told = refused(laptop, scheme, password="staple-9")
    assert told.stage == "logon"
    assert f"127.0.0.1:{laptop.winrm.ports[scheme]} refuses user fleet-admin. Next: check the password" in told.failure.said
    assert "staple-9" not in told.failure.said


def test_basic_is_refused_where_it_is_off(laptop):
    assert refused(laptop, auth="basic").stage == "logon"


def test_basic_works_where_somebody_turned_it_on(own):
    laptop = own(schemes=["Negotiate", "Basic"])
    channel = laptop.channel(auth="basic")
    assert name_of(channel) == "LT-1"
    channel.close()


def client(tmp_path, passphrase=None, name=USER):
    """Write a client's certificate and its key, encrypted where there is a passphrase; return the options that name them."""
    pair = AUTHORITY.for_person(name)
    secret = serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    key = pair.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret)
    (tmp_path / "client.pem").write_bytes(pair.certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "client.key").write_bytes(key)
    files = {"certificate": str(tmp_path / "client.pem"), "certificate_key": str(tmp_path / "client.key")}
    return {"auth": "certificate", "user": None, "password": passphrase, **files}


@pytest.mark.parametrize("passphrase", [None, "staple-9"])
def test_a_clients_certificate_logs_on_where_the_laptop_maps_it(own, tmp_path, passphrase):
    channel = own(schemes=["Negotiate", "Certificate"]).channel(**client(tmp_path, passphrase))
    assert (channel.hello.user, name_of(channel)) == ("fleet-admin", "LT-1")
    channel.close()


def test_a_clients_certificate_that_nobody_maps_is_refused(own, tmp_path):
    told = refused(own(schemes=["Negotiate", "Certificate"]), **client(tmp_path, name="nobody"))
    assert told.stage == "logon"


def test_a_clients_key_with_another_passphrase_is_this_machines_fault(own, tmp_path):
    told = refused(own(schemes=["Negotiate", "Certificate"]), **client(tmp_path, "staple-9") | {"password": "other"})
    assert told.stage == "key"
    assert "password_from says where the key's password comes from" in told.failure.remedy
    assert "staple-9" not in told.failure.said


def test_ntlm_that_is_off_is_refused(own):
    assert refused(own(ntlm=False), "http", auth="ntlm").stage == "logon"


CERTIFICATES = {
    "expired": "expired (from ", "not-yet-valid": "is not valid yet", "foreign": "is foreign", "other-name": "for another name",
}  # fmt: skip


@pytest.mark.parametrize("certificate", CERTIFICATES)
def test_a_certificate_that_is_not_to_be_trusted_is_told_apart(own, certificate):
    told = refused(own(certificate=certificate))
    assert told.stage == "known host"
    assert CERTIFICATES[certificate] in told.failure.cause


def test_an_administrator_without_rights_over_the_network_is_told_so(own):
    told = refused(own(remote_uac=True))
    assert told.stage == "logon"
    assert "access is denied" in told.failure.cause
    assert "docs/connect.md" in told.failure.remedy


def test_an_endpoint_that_is_not_there_is_told_so(laptop):
    assert "has no endpoint PowerShell.7" in refused(laptop, configuration="PowerShell.7").failure.cause


def test_a_strict_laptop_sees_that_the_logon_belongs_to_this_connection(own):
    laptop = own(cbt="strict")
    channel = laptop.channel(auth="ntlm")
    assert name_of(channel) == "LT-1"
    channel.close()


def test_a_session_without_the_whole_language_is_refused(own):
    with pytest.raises(AgentRefusedError, match="PowerShell runs in NoLanguage mode"):
        own(language_mode="NoLanguage").channel()


def test_a_session_that_policy_holds_to_a_part_of_the_language_is_refused(laptop):
    laptop.do(lambda: setattr(laptop.machine.faults, "constrained_language", True))
    try:
        with pytest.raises(AgentRefusedError, match="PowerShell runs in ConstrainedLanguage mode"):
            laptop.channel()
    finally:
        laptop.do(lambda: setattr(laptop.machine.faults, "constrained_language", False))


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
