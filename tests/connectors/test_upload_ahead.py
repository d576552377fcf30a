"""Several pieces of an upload under way: bounded, in order, and what an error in the middle means."""

import hashlib
import io
import json
import socket
import tracemalloc

import pytest

from pyinfra_wsl.agent import channel
from pyinfra_wsl.agent.channel import AgentError, Channel
from pyinfra_wsl.connectors import transfer, upload
from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import CallError
from pyinfra_wsl.core.talk import Upload

PATH = r"C:\Users\Public\ahead.bin"
LARGE = bytes(range(256)) * (32 << 10)  # 8 MiB
HELLO = {
    "protocol": 1,
    "powershell": "5.1",
    "user": "u",
    "domain": "D",
    "computer": "C",
    "bits": 64,
    "culture": "en-US",
    "process": 4,
}


class Wire:
    """A laptop that answers only when it is listened to, as `answer` says; it knows how much was under way at most."""

    def __init__(self, answer=lambda number: {"ok": True, "value": {"size": number}}):
        self.answer, self.lines, self.heard, self.most = answer, [json.dumps({"hello": HELLO}).encode()], [], 0

    def write(self, data):
        if data.startswith(b"{"):
            request = json.loads(data)
            self.heard.append(request)
            self.lines.append(json.dumps({"id": request["id"], "results": [self.answer(len(self.heard))]}).encode())
            self.most = max(self.most, len(self.lines))

    def read_line(self, _timeout):
        return self.lines.pop(0) if self.lines else b""

    def last_words(self):
        return ""


def pieces(count):
    return (call.file_append(PATH, number, b"x") for number in range(count))


def refused_from(first, kind="disk_full"):
    def answer(number):
        error = {"ok": False, "error": {"kind": kind if number == first else "changed", "message": f"number {number}"}}
        return error if number >= first else {"ok": True, "value": {"size": number}}

    return answer


def test_several_pieces_are_under_way_and_never_more_than_are_allowed():
    wire, taken = Wire(), []
    assert Channel(wire).ask_ahead(pieces(50), lambda: taken.append(1)) is None
    assert (len(wire.heard), len(taken)) == (50, 50)
    assert 1 < wire.most <= channel._AHEAD
    assert [one["calls"][0]["offset"] for one in wire.heard] == list(range(50))


def test_the_first_error_counts_and_nothing_more_is_sent():
    wire, taken = Wire(refused_from(7)), []
    agent = Channel(wire)
    failed = agent.ask_ahead(pieces(50), lambda: taken.append(1))
    assert (failed.kind, failed.message, len(taken)) == ("disk_full", "number 7", 6)
    assert len(wire.heard) < 7 + channel._AHEAD
    assert not agent.waiting
    wire.answer = lambda _number: {"ok": True, "value": {"exists": False}}
    assert agent.ask([call.file_state(PATH)])[0].ok  # whose answer is no other's


def test_an_error_in_the_last_pieces_is_not_lost():
    assert Channel(Wire(refused_from(49))).ask_ahead(pieces(50), lambda: None).kind == "disk_full"


def test_what_is_under_way_is_heard_where_the_file_cannot_be_read_any_further():
    def broken():
        yield from pieces(5)
        raise OSError(5, "Input/output error")

    wire = Wire()
    agent = Channel(wire)
    with pytest.raises(OSError, match="Input/output"):
        agent.ask_ahead(broken(), lambda: None)
    assert (agent.waiting, wire.lines) == (False, [])


@pytest.mark.parametrize("count", [1, 3, 9])
def test_an_answer_to_another_request_is_none(count):
    wire = Wire()
    agent = Channel(wire)
    agent._last = 0
    wire.lines += [json.dumps({"id": 99, "results": [{"ok": True, "value": {"size": 1}}]}).encode()]
    with pytest.raises(AgentError):
        agent.ask_ahead(pieces(count), lambda: None)
    assert agent.waiting == (count > 1)


@pytest.mark.parametrize("data", [b"", b"\x00\xff", b"any bytes" * 99])
@pytest.mark.parametrize("path", [PATH, 'C:\\a"" b\\ü.bin', '"data": ""'])
def test_a_piece_travels_as_json_would_write_it(data, path):
    one = call.file_append(path, 3, data)
    line = call.request([one], keep_going=False, number=7)
    assert json.loads(line) == {"id": 7, "calls": [json.loads(one.text)], "keep_going": False}
    assert line.isascii()
    assert b"\n" not in line


class Source(io.BytesIO):
    """A file object that tells how much of it was read at once."""

    most = 0

    def read(self, size=-1):
        data = super().read(size)
        self.most = max(self.most, len(data))
        return data


@pytest.fixture
def _clean(machine, rehearsal):
    def remove():
        for path in (PATH, f"{PATH}.part"):
            if machine.files.exists(path):
                machine.files.remove(path)

    rehearsal.stage.do(remove)
    yield
    rehearsal.stage.do(remove)


@pytest.mark.usefixtures("_clean")
def test_a_put_holds_a_piece_of_a_file_and_never_all(session, machine, tmp_path):
    source = Source(LARGE)
    transfer.put(session, source, PATH)
    assert source.most <= 2 << 20
    assert machine.files.read(PATH) == LARGE
    there = tmp_path / "there.bin"
    there.write_bytes(LARGE[::-1])
    with there.open("rb") as file:
        transfer.put(session, file, PATH)
    assert machine.files.read(PATH) == LARGE[::-1]
    with there.open("rb") as file:
        file.seek(5 << 20)  # what is put is what is still to be read
        transfer.put(session, file, PATH)
    assert machine.files.read(PATH) == LARGE[::-1][5 << 20 :]


@pytest.mark.usefixtures("_clean")
def test_an_error_in_the_middle_keeps_what_arrived_and_the_next_upload_goes_on(session, machine, tmp_path):
    (tmp_path / "source.bin").write_bytes(LARGE)
    asked = Upload(str(tmp_path / "source.bin"), PATH, hashlib.sha256(LARGE).hexdigest())
    free = machine.files.free_bytes
    machine.files.free_bytes = 3 << 20
    try:
        with pytest.raises(CallError, match="disk_full"):
            upload.upload(session, asked, lambda _line: None)
    finally:
        machine.files.free_bytes = free
    assert not machine.files.exists(PATH)
    kept = machine.files.read(f"{PATH}.part")
    assert kept == LARGE[: len(kept)]
    assert len(kept) > 2 << 20
    before = session.requests
    upload.upload(session, asked, lambda _line: None)
    assert machine.files.read(PATH) == LARGE
    assert session.requests - before == 4 + (len(LARGE) - len(kept)) // upload.PIECE


@pytest.mark.usefixtures("_clean")
def test_a_piece_of_a_large_file_costs_the_laptop_no_more_than_the_piece(session, machine, rehearsal):
    rehearsal.stage.do(machine.files.write, PATH, b"")
    rehearsal.stage.do(machine.files.append, PATH, bytes(64 << 20))
    session.ask([call.file_read(PATH, 0, upload.PIECE)])
    tracemalloc.start()
    try:
        session.ask([call.file_read(PATH, 1 << 20, upload.PIECE)])
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 16 << 20


def test_packets_go_out_at_once_and_are_encrypted_in_one_step(host):
    transport = host().connector.client.get_transport()
    assert transport.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert transport.remote_cipher == "aes128-gcm@openssh.com"
