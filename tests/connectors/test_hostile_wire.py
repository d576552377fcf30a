"""A laptop that never ends: lines without an end, bytes that drip, events that go on; each costs a bounded time."""

import base64
import json
import threading
import time
import tracemalloc

import pytest

from pyinfra_wsl.agent import channel as agent_channel
from pyinfra_wsl.agent.channel import AgentError, AgentSilentError, Channel, TooMuchError
from pyinfra_wsl.connectors.session import Session
from pyinfra_wsl.connectors.wire import SSHWire
from pyinfra_wsl.core import call, heard
from pyinfra_wsl.core.talk import Request
from pyinfra_wsl.core.windows.laptop import Target
from pyinfra_wsl.core.windows.look import MACHINE_SECONDS, PERSON_SECONDS, look
from pyinfra_wsl.edge.laptop import resources

HELLO = {
    "protocol": 1,
    "powershell": "5.1",
    "user": "a",
    "domain": "b",
    "computer": "c",
    "bits": 64,
    "culture": "en-US",
    "process": 7,
}
GREETING = json.dumps({"hello": HELLO}).encode() + b"\n"


class Stream:
    """A channel of paramiko's: gives what a generator yields, and takes what is sent as long as `takes` says."""

    def __init__(self, pieces, takes=10**9):
        self.pieces, self.takes, self.given, self.timeout, self.closed = pieces, takes, 0, None, False

    def settimeout(self, seconds):
        self.timeout = seconds

    def exec_command(self, line):
        pass

    def send(self, data):
        if not self.takes:
            time.sleep(self.timeout)
            raise TimeoutError
        count = min(len(data), self.takes)
        self.takes -= count
        return count

    def recv(self, size):
        piece = next(self.pieces, None)
        if piece is None:
            time.sleep(self.timeout)
            raise TimeoutError
        assert len(piece) <= size
        self.given += len(piece)
        return piece

    def recv_stderr_ready(self):
        return True

    def recv_stderr(self, size):
        return b"\x1b[2Jwords " * (size // 10)

    def close(self):
        self.closed = True


def wire(pieces, **options):
    stream = Stream(pieces, **options)
    return SSHWire(Client(stream)), stream


class Client:
    """A connected client with one channel."""

    def __init__(self, stream):
        self.open_session = lambda timeout: stream  # noqa: ARG005
        self.set_keepalive = lambda seconds: None  # noqa: ARG005

    def get_transport(self):
        return self


def greeted(pieces):
    yield GREETING
    yield from pieces


def endless(piece, pause=0.0, most=10**9):
    given = 0
    while given < most:
        time.sleep(pause)
        given += len(piece)
        yield piece


def seconds_of(work, error):
    begun = time.monotonic()
    with pytest.raises(error):
        work()
    return time.monotonic() - begun


def test_a_line_of_300_mb_costs_less_than_32_and_is_given_up_early():
    bound, stream = wire(greeted(endless(b"a" * 65536, most=300 * 10**6)))
    channel = Channel(bound)
    tracemalloc.start()
    with pytest.raises(TooMuchError, match="more than 16 MiB"):
        channel.ask([call.run("hostname.exe")])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 * 2**20
    assert stream.given < heard.LARGEST + 2**20


def test_the_longest_answer_that_is_taken_costs_what_it_needs():
    data = base64.b64encode(b"a" * (11 * 2**20))
    value = {"exit_code": 0, "timed_out": False, "seconds": 1, "stderr": "", "stdout": data.decode()}
    whole = json.dumps({"id": 1, "results": [{"ok": True, "value": value}]}).encode() + b"\n"
    bound, _ = wire(greeted(whole[start : start + 65536] for start in range(0, len(whole), 65536)))
    (answer,) = Channel(bound).ask([call.run("type.exe")])
    assert len(answer.value["stdout"]) == len(data)


@pytest.mark.parametrize("pause", [0.0, 0.002, 0.05], ids=["at once", "fast", "slowly"])
def test_bytes_that_keep_arriving_put_no_deadline_off(pause):
    bound, _ = wire(greeted(endless(b"a", pause)))
    channel = Channel(bound)
    assert seconds_of(lambda: channel.ask([call.run("hostname.exe")], seconds=0.3), AgentSilentError) < 1


def test_bytes_that_keep_arriving_are_no_greeting(monkeypatch):
    monkeypatch.setattr(agent_channel, "_START", 0.3)
    bound, _ = wire(endless(b" ", 0.002))
    assert seconds_of(lambda: Channel(bound), AgentSilentError) < 1


def test_events_that_keep_arriving_put_no_deadline_off(monkeypatch):
    monkeypatch.setattr(agent_channel, "_MARGIN", 0.1)
    event = json.dumps({"id": 1, "call": 0, "event": "output", "stream": "stdout", "data": "YQ=="}).encode() + b"\n"
    bound, _ = wire(greeted(endless(event, 0.01)))
    channel, told = Channel(bound), []
    calls = [call.run("setup.exe", timeout=0.2, live=True)]
    assert seconds_of(lambda: channel.ask(calls, listener=told.append), AgentSilentError) < 1
    assert len(told) > 3


def test_silence_is_told_and_ends_at_the_deadline(monkeypatch):
    monkeypatch.setattr(agent_channel, "LIVE", 0.1)
    bound, _ = wire(greeted(iter(())))
    channel, told = Channel(bound), []
    assert 0.3 < seconds_of(lambda: channel.ask([call.run("x.exe")], seconds=0.35, listener=told.append), AgentSilentError) < 1
    assert told == [None] * len(told)
    assert len(told) in (3, 4)


def test_who_does_not_take_what_is_sent_is_given_up(monkeypatch):
    monkeypatch.setattr("pyinfra_wsl.connectors.wire._SEND", 0.2)
    monkeypatch.setattr("pyinfra_wsl.connectors.wire._SLOWEST", 10**9)
    bound, _ = wire(iter(()), takes=1000)
    assert seconds_of(lambda: bound.write(b"a" * 10**6), TimeoutError) < 1


def test_last_words_are_not_read_without_end():
    bound, _ = wire(iter([b""]))
    assert len(bound.last_words()) < 200_000
    with pytest.raises(AgentError) as error:
        Channel(bound)
    assert str(error.value).isprintable()


@pytest.mark.parametrize("data", ["a", "%%%", "é"])
def test_live_output_that_is_no_base64_is_no_agents(data):
    event = json.dumps({"id": 1, "event": "output", "data": data}).encode() + b"\n"
    bound, _ = wire(greeted(iter([event])))
    with pytest.raises(AgentError, match="not our agent"):
        Channel(bound).ask([call.run("x.exe", live=True)], listener=lambda _data: None)


@pytest.mark.parametrize("wrong", [{"process": 1e3}, {"protocol": True}, {"culture": None}, {"user": ["a"]}, {"more": 1}])
def test_a_greeting_of_other_types_is_no_agents(wrong):
    bound, _ = wire(iter([json.dumps({"hello": {**HELLO, **wrong}}).encode() + b"\n"]))
    with pytest.raises(AgentError, match="not our agent"):
        Channel(bound)


def test_a_first_look_has_a_bound_of_minutes():
    """However many calls it has, and whatever each of them may take."""
    from support.wire import RUN  # noqa: PLC0415

    request = next(look(resources(), RUN, Target("console", ("Ubuntu",))))
    assert isinstance(request, Request)
    assert request.seconds == MACHINE_SECONDS
    assert MACHINE_SECONDS + PERSON_SECONDS + agent_channel._START <= 600


def test_a_session_gives_up_at_the_bound_of_its_request_though_bytes_arrive():
    streams = []

    def open_channel():
        bound, stream = wire(greeted(endless(b"a", 0.002)))
        streams.append(stream)
        return Channel(bound)

    session = Session(open_channel, lambda: None, "7f3a", "ada", lambda _line: None)
    talk = iter_once(Request([call.run("dism.exe", timeout=9000)], True, "looking", 0.3))
    assert seconds_of(lambda: session.converse(talk), AgentSilentError) < 1
    assert streams[0].closed


def iter_once(request):
    yield request


def test_drips_over_real_ssh_end_with_the_deadline(host, rehearsal, monkeypatch):
    """The lab's own agent, whose answer drips through a real connection."""
    machine = rehearsal.stage.machine("LT-DONE")
    monkeypatch.setattr(machine.faults, "drip", 0.005)
    session = host().connector.session
    session.ask([])
    begun = time.monotonic()
    with pytest.raises(AgentSilentError):
        session.ask([call.file_list(r"C:\Windows\System32")], seconds=0.5)
    assert time.monotonic() - begun < 3
    assert threading.active_count() < 200


def test_an_agent_of_32_bits_is_refused_over_any_wire():
    """As by an sshd of 32 bits: it would hold another lock than everybody else, and find no wsl.exe."""
    bound, _ = wire(iter([json.dumps({"hello": {**HELLO, "bits": 32}}).encode() + b"\n"]))
    with pytest.raises(AgentError, match="PowerShell runs with 32 bits here") as caught:
        Channel(bound)
    assert caught.value.failure.code == "bits"
