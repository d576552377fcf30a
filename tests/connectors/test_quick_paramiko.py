"""What stands in for functions of paramiko does what they do, to the byte."""

import importlib.util
import io
import random
import socket
import subprocess
import sys
import threading
import time

import paramiko
import pytest
from paramiko import buffered_pipe, common, message, packet, util
from paramiko.message import Message
from paramiko.packet import Packetizer

from pyinfra_wsl.connectors import quick_paramiko, ssh
from pyinfra_wsl.connectors.quick_paramiko import Packets

OWN_KEY = paramiko.ECDSAKey.generate()
CHANCE = random.Random(4253)  # noqa: S311 - the same each time


def fresh(module):
    """Return a module as paramiko has it, beside the one in which ours are."""
    spec = importlib.util.spec_from_file_location(f"paramikos_{module.__name__}", module.__file__)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


THEIRS = fresh(message).Message
THEIR_UTIL = fresh(util)


def outcome(call, *arguments):
    """Return what a call returns or raises."""
    try:
        return call(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is compared
        return type(error), str(error)


def test_ours_are_in_place():
    assert ssh.quick_paramiko is quick_paramiko  # which has put them in place
    assert Message.add_string is quick_paramiko.add_string
    assert Message.get_string is Message.get_binary is quick_paramiko.get_string
    assert util.deflate_long is quick_paramiko.deflate_long


def test_a_key_is_still_a_text_of_a_message():
    class Key:
        def asbytes(self):
            return b"key"

    for one in (b"", b"ab", "", "ä\u20ac\U0001f600", "a" * 300, Key(), bytearray(b"xy"), memoryview(b"xyz"), 7, None, "\ud800"):
        made = [
            outcome(lambda kind, one=one: kind().add_byte(b"\x07").add_string(one).asbytes(), kind) for kind in (THEIRS, Message)
        ]
        assert made[0] == made[1], one


PARTS = [
    b"", b"\0", b"\0\0\0", b"\0\0\0\0", b"\0\0\0\3abc", b"\0\0\0\3abcd", b"\0\0\0\5abc", b"\0\x0f\xff\xffabc", b"\0\x10\0\0abc",
    b"\xff\xff\xff\xffabc", b"\1", b"\0\0\0\2\xff\xfe", "ä,b".encode().join([b"\0\0\0\4", b"rest"]), b"\0\0\0\0" * 3,
]  # fmt: skip


@pytest.mark.parametrize("data", PARTS, ids=repr)
@pytest.mark.parametrize("name", ["get_string", "get_binary", "get_text", "get_list"])
def test_what_is_read_from_a_message_is_the_same_also_where_it_is_cut(data, name):
    both = THEIRS(data), Message(data)
    for _ in range(3):
        theirs, ours = (outcome(getattr(one, name)) for one in both)
        assert ours == theirs
        assert type(ours) is type(theirs)
        assert both[1].get_remainder() == both[0].get_remainder()
        assert both[1].get_so_far() == both[0].get_so_far()


def test_a_numbers_bytes_are_the_same():
    numbers = [sign * (2**bits + more) for bits in (0, 1, 7, 8, 15, 16, 31, 32, 63, 64, 255, 256, 2048) for more in (-1, 0, 1)
               for sign in (1, -1)]  # fmt: skip
    numbers += [CHANCE.getrandbits(CHANCE.randrange(1, 600)) for _ in range(2000)]
    for number in numbers:
        for padded in (True, False):
            assert util.deflate_long(number, padded) == THEIR_UTIL.deflate_long(number, padded), (number, padded)
        assert util.deflate_long(number) == THEIR_UTIL.deflate_long(number)


@pytest.mark.parametrize("positive", [False, True, 1])
def test_bytes_are_the_same_number(positive):
    for length in range(40):
        for first in (b"", b"\0", b"\x7f", b"\x80", b"\xff", b"\xff\xff"):
            data = first + CHANCE.randbytes(length)
            assert util.inflate_long(data, positive) == THEIR_UTIL.inflate_long(data, positive), data


def test_a_number_of_a_megabyte_holds_nobody_up():
    begun = time.process_time()
    assert Message(Message().add_string(b"\x01" * 2**20).asbytes()).get_mpint() > 0
    assert time.process_time() - begun < 1


def test_a_logger_is_the_same_and_has_its_filter_once():
    first = quick_paramiko._logger("paramiko.test")
    assert util.get_logger("paramiko.test") is util.get_logger("paramiko.test") is first
    assert len(first.filters) == 1


def test_a_byte_is_the_number_that_it_is():
    assert [packet.byte_ord(one) for one in bytes(range(256))] == [common.byte_ord(one) for one in bytes(range(256))]


def test_a_host_among_the_known_ones_is_found_as_by_paramiko():
    keys = paramiko.HostKeys()
    assert keys.lookup("one") is quick_paramiko._lookup(keys, "one") is None
    assert keys.get("one") is None
    assert not keys.check("one", OWN_KEY)
    keys.add("one", OWN_KEY.get_name(), OWN_KEY)
    assert dict(keys.lookup("one")) == dict(quick_paramiko._lookup(keys, "one")) == {OWN_KEY.get_name(): OWN_KEY}
    assert keys.lookup("two") is None
    assert keys.check("one", OWN_KEY)


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "::1", "0:0:0::1", "::ffff:127.0.0.1", "10.1.2.3", "127.1", "localhost", "a\0b", "ä" * 70]
)
def test_an_address_is_what_it_would_be_looked_up_as(name):
    def found(way):
        return outcome(lambda: list(way(paramiko.SSHClient(), name, 2222)))

    assert found(quick_paramiko.addresses) == found(quick_paramiko._addresses)


@pytest.mark.parametrize("port", [0, 65535, 65536, 70000, -1, 2**40, "22", "x", None, 22.0, True])
@pytest.mark.parametrize("name", ["127.0.0.1", "::1", None])
def test_a_port_that_is_none_is_read_as_ever_and_ends_no_run(name, port):
    def found(way):
        return outcome(lambda: list(way(paramiko.SSHClient(), name, port)))

    assert found(quick_paramiko.addresses) == found(quick_paramiko._addresses)


def test_only_a_name_is_looked_up(monkeypatch):
    asked = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *words: asked.append(words[0]) or [])
    for name in ("127.0.0.1", "::1", "host"):
        list(quick_paramiko.addresses(paramiko.SSHClient(), name, 22))
    assert asked == ["host"]


def test_a_buffer_waits_and_wakes():
    pipe = buffered_pipe.BufferedPipe()
    with pytest.raises(RuntimeError):
        pipe._cv.notify_all()  # nobody has locked it
    assert not pipe._cv._is_owned()
    with pipe._lock:
        assert pipe._cv._is_owned()
    with pytest.raises(buffered_pipe.PipeTimeout):
        pipe.read(1, 0.01)
    feeder = threading.Timer(0.02, pipe.feed, [b"abc"])
    feeder.start()
    assert pipe.read(10, 5) == b"abc"
    threading.Timer(0.02, pipe.close).start()
    assert pipe.read(10, 5) == b""


class Pieces:
    """A socket that hands out what there is as it came, and no more than is asked for."""

    def __init__(self, *pieces, end=b""):
        self._pieces, self._end, self.asked = list(pieces), end, []

    def recv(self, most):
        self.asked.append(most)
        if not self._pieces:
            if self._end == b"":
                return b""
            raise self._end
        found, self._pieces[0] = self._pieces[0][:most], self._pieces[0][most:]
        if not self._pieces[0]:
            del self._pieces[0]
        return found

    def send(self, data):
        return len(data)

    def close(self):
        pass


def test_it_is_read_ahead_and_every_byte_is_handed_out_once_and_in_its_order():
    data = CHANCE.randbytes(150_000)
    for _ in range(20):
        cuts = sorted(CHANCE.sample(range(1, len(data)), CHANCE.randrange(0, 40)))
        pieces = [data[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        both = Packetizer(Pieces(*pieces)), Packets(Pieces(*pieces))
        left = len(data)
        while left:
            size = min(left, CHANCE.choice([0, 1, 16, 500, 33_000, 70_000]))
            theirs, ours = (one.read_all(size) for one in both)
            assert ours == theirs
            left -= size
        for one in both:
            with pytest.raises(EOFError):
                one.read_all(1)


def test_what_follows_the_first_line_is_not_lost():
    both = (kind(Pieces(b"SSH-2.0-a\r\n" + b"x" * 30, b"yz")) for kind in (Packetizer, Packets))
    for one in both:
        assert one.readline(1) == "SSH-2.0-a"
        assert (one.read_all(10), one.read_all(21), one.read_all(1)) == (b"x" * 10, b"x" * 20 + b"y", b"z")


def test_a_size_that_cannot_be_takes_nothing():
    packets = Packets(Pieces(b"abcdef"))
    assert packets.read_all(2) == b"ab"
    assert packets.read_all(-3) == b""
    assert packets.read_all(4) == b"cdef"


def test_no_more_is_taken_at_once_than_a_piece_whatever_a_packet_says_of_its_size():
    endless = Pieces(*[b"x" * 65536] * 3)
    with pytest.raises(EOFError):
        Packets(endless).read_all(2**32 - 1)
    assert set(endless.asked) == {65536}


@pytest.mark.parametrize("error", [OSError("reset"), ConnectionResetError(104, "reset"), EOFError()])
def test_the_end_of_a_connection_is_told_as_by_paramiko(error):
    assert [outcome(kind(Pieces(b"abc", end=error)).read_all, 4) for kind in (Packetizer, Packets)] == [
        (type(error), str(error))
    ] * 2


def test_who_is_closed_while_nothing_comes_ends():
    for kind in (Packetizer, Packets):
        packets = kind(Pieces(b"abc", end=TimeoutError()))
        packets.close()
        with pytest.raises(EOFError):
            packets.read_all(4)


@pytest.mark.parametrize("kind", [Packetizer, Packets])
def test_new_keys_are_asked_for_between_packets_and_not_within_one(kind):
    between, within = kind(Pieces(end=TimeoutError())), kind(Pieces(b"abc", end=TimeoutError()))
    between._trigger_rekey()
    with pytest.raises(packet.NeedRekeyException):
        between.read_all(4, check_rekey=True)
    within._trigger_rekey()
    within._check_keepalive = within.close  # called where nothing comes, and nothing else ends it
    with pytest.raises(EOFError):
        within.read_all(4, check_rekey=True)


def test_the_handshake_ends_by_the_clock_and_never_once_it_is_complete(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(quick_paramiko.time, "monotonic", lambda: now[0])
    packets = Packets(Pieces(b"ab", end=TimeoutError()))
    assert not packets.handshake_timed_out()
    packets.complete_handshake()
    now[0] = 10**9
    assert not packets.handshake_timed_out()  # it was not begun
    packets.start_handshake(15)
    packets.start_handshake(10**6)  # which counts no more
    now[0] += 14.9
    assert not packets.handshake_timed_out()
    now[0] += 0.2
    assert packets.handshake_timed_out()
    with pytest.raises(EOFError):
        packets.read_all(1)
    packets.complete_handshake()
    now[0] = 2.0**60
    assert not packets.handshake_timed_out()


def test_who_is_reached_through_a_program_is_read_as_paramiko_reads_it():
    here = quick_paramiko.transport(Through())
    assert type(here.packetizer) is Packetizer


class Through(io.BytesIO):
    """What is no socket, as a program or a channel of a jump host."""

    def settimeout(self, _seconds):
        pass


@pytest.mark.parametrize(
    ("version", "used"), [("4.0", True), ("4.0.1", True), ("4.1.0", False), ("3.5.1", False), ("5.0", False)]
)
def test_another_version_of_paramiko_is_left_alone(version, used):
    code = (
        "import paramiko; from paramiko import util\n"
        f"paramiko.__version__ = {version!r}\n"
        "before = (util.deflate_long, paramiko.Message.get_text, paramiko.HostKeys.lookup)\n"
        "from pyinfra_wsl.connectors import quick_paramiko\n"
        "quick_paramiko.use()\n"
        "after = (util.deflate_long, paramiko.Message.get_text, paramiko.HostKeys.lookup)\n"
        "import socket\n"
        "made = quick_paramiko.transport(socket.socketpair()[0])\n"
        "print(before != after, type(made) is not paramiko.Transport)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(used)] * 2


def test_the_replay_of_the_benchmark_has_nothing_of_it():
    code = "import sys; from pyinfra_wsl import agent; print([one for one in sys.modules if 'connectors' in one])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
