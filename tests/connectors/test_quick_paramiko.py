"""What stands in for functions of paramiko does what they do, to the byte."""

import contextlib
import importlib.util
import io
import logging
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
from paramiko.transport import Transport

from pyinfra_wsl.connectors import quick_paramiko, ssh
from pyinfra_wsl.connectors.quick_paramiko import Connection, Packets

HOST_KEY, OWN_KEY = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
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
    assert ssh.host_keys.quick_paramiko is quick_paramiko
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


def test_a_logger_is_the_same_and_has_its_filter_once():
    first = quick_paramiko._logger("paramiko.test")
    assert util.get_logger("paramiko.test") is util.get_logger("paramiko.test") is first
    assert len(first.filters) == 1


def test_who_hangs_up_is_not_made_wait_and_the_other_side_sees_it():
    for kind in (Transport, Connection):
        with connected(kind) as (here, there):
            here.stop_thread()
            assert not here.active
            assert here.packetizer.closed
            there.join(10)
            assert not there.is_alive()
            here.join(10)
            assert not here.is_alive()


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


class Lets(paramiko.ServerInterface):
    def get_allowed_auths(self, _user):
        return "publickey"

    def check_auth_publickey(self, _user, key):
        return paramiko.AUTH_SUCCESSFUL if key == OWN_KEY else paramiko.AUTH_FAILED

    def check_channel_request(self, _kind, _channel):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, _command):
        threading.Thread(target=self._echo, args=[channel], daemon=True).start()
        return True

    @staticmethod
    def _echo(channel):
        with contextlib.suppress(EOFError, OSError):  # the test is over
            while data := channel.recv(65536):
                channel.sendall(data)
            channel.close()


@contextlib.contextmanager
def connected(kind=Connection, *, server=Transport, packets=None, **more):
    """Yield a client that is let in, and its server, which is paramiko's own."""
    ends = socket.socketpair()
    with (
        contextlib.closing(server(ends[1], packetizer_class=packets)) as there,
        contextlib.closing(kind(ends[0], **more)) as here,
    ):
        there.add_server_key(HOST_KEY)
        there.start_server(threading.Event(), Lets())
        here.start_client(timeout=10)
        yield here, there


def hello(client):
    """Return the first message that a client sends, without the 16 bytes that are drawn by lot."""
    return client._latest_kex_init[:1] + client._latest_kex_init[17:]


ORDERS = [
    {}, {"disabled_algorithms": {"kex": ["curve25519-sha256@libssh.org"], "keys": ["ssh-rsa"], "ciphers": ["3des-cbc"]}},
    {"disabled_algorithms": {"macs": [], "pubkeys": ["rsa-sha2-512"]}}, {"strict_kex": False},
]  # fmt: skip


@pytest.mark.parametrize("more", ORDERS, ids=str)
@pytest.mark.parametrize("asked", [None, ("ecdsa-sha2-nistp256", "ssh-ed25519")], ids=str)
def test_the_same_is_offered_and_agreed_on(more, asked):
    said = []
    for kind in (Transport, Connection):

        def make(sock, kind=kind, **others):
            made = kind(sock, **others)
            if asked:
                made.get_security_options().key_types = asked
            return made

        with connected(make, **more) as (here, _there):
            agreed = (here.local_cipher, here.remote_cipher, here.local_mac, here.local_compression, here.host_key_type)
            lists = [getattr(here, f"preferred_{one}") for one in ("ciphers", "macs", "keys", "pubkeys", "kex", "compression")]
            said.append((hello(here), agreed, lists, here.agreed_on_strict_kex, type(here.kex_engine)))
    assert said[0] == said[1]


@pytest.mark.parametrize("cipher", ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-cbc"])
@pytest.mark.parametrize("mac", ["hmac-sha2-256", "hmac-sha2-512-etm@openssh.com"])
def test_what_is_sent_comes_back_also_with_new_keys_in_between(cipher, mac):
    def make(sock):
        made = Connection(sock)
        options = made.get_security_options()
        options.ciphers, options.digests = (cipher,), (mac,)
        return made

    with connected(make) as (here, _there):
        assert here.agreed_on_strict_kex
        assert here.get_remote_server_key() == HOST_KEY
        here.auth_publickey("ada", OWN_KEY)
        channel = here.open_session(timeout=10)
        channel.settimeout(10)
        channel.exec_command("cat")
        session, before = here.session_id, here.H
        for round_ in range(3):
            data = CHANCE.randbytes(150_000)
            threading.Thread(target=channel.sendall, args=[data], daemon=True).start()
            back = b""
            while len(back) < len(data):
                back += channel.recv(65536)
            assert back == data
            if round_ == 1:
                here.renegotiate_keys()
                assert here.session_id == session
                assert before != here.H
        channel.shutdown_write()
        assert channel.recv(1) == b""


def test_new_keys_are_asked_for_after_so_many_packets():
    class Few(Packets):
        REKEY_PACKETS = 40

    def make(sock):
        made = Connection(sock)
        made.packetizer = Few(sock)
        made.packetizer.set_log(made.logger)
        return made

    with connected(make) as (here, _there):
        here.auth_publickey("ada", OWN_KEY)
        channel = here.open_session(timeout=10)
        channel.settimeout(10)
        channel.exec_command("cat")
        exchanges = {here.H}
        for number in range(100):
            channel.sendall(b"%d\n" % number)
            assert channel.recv(100) == b"%d\n" % number
            exchanges.add(here.H)
    assert len(exchanges) > 2


def test_a_wrong_key_and_a_wrong_signature_are_refused(monkeypatch):
    with connected() as (here, _there), pytest.raises(paramiko.AuthenticationException):
        here.auth_publickey("ada", HOST_KEY)
    signed = HOST_KEY.sign_ssh_data
    monkeypatch.setattr(HOST_KEY, "sign_ssh_data", lambda data, kind=None: signed(data + b"!", kind))
    with pytest.raises(paramiko.SSHException, match="Signature verification"), connected():
        pass


def test_a_damaged_packet_ends_the_connection():
    class Damaging(Packetizer):
        def write_all(self, out):
            return super().write_all(out[:-1] + bytes([out[-1] ^ 1]) if getattr(self, "damage", False) else out)

    with connected(packets=Damaging) as (here, there):
        there.packetizer.damage = True
        there.send_ignore(10)
        here.join(10)
        assert not here.is_active()


def test_in_a_strict_exchange_nothing_comes_between():
    class Between(Transport):
        def _send_kex_init(self):
            super()._send_kex_init()
            if not self.initial_kex_done:
                ignored = Message()
                ignored.add_byte(common.cMSG_IGNORE)
                ignored.add_string(b"x")
                self._send_message(ignored)

    with pytest.raises(paramiko.SSHException), connected(server=Between):
        pass
    with connected(server=Between, strict_kex=False) as (here, _there):
        assert here.is_active()


def test_who_never_says_a_word_after_the_first_line_is_given_up():
    ends = socket.socketpair()
    ends[1].sendall(b"SSH-2.0-mute\r\n")
    with contextlib.closing(Connection(ends[0])) as here, contextlib.closing(ends[1]):
        here.handshake_timeout = 0.3
        begun = time.monotonic()
        with pytest.raises((paramiko.SSHException, EOFError)):
            here.start_client(timeout=10)
        assert time.monotonic() - begun < 5


AGREED = ("kex algos", "server key", "client encrypt", "client mac", "Kex: ", "HostKey: ", "Cipher: ", "MAC: ", "Compression: ")


def test_with_debug_the_log_is_paramikos(caplog):
    said = []
    for kind in (Transport, Connection):
        caplog.clear()
        with caplog.at_level(logging.DEBUG, "paramiko"), connected(kind) as (here, _there):
            assert here.is_active()
        said.append([one.getMessage() for one in caplog.records if one.getMessage().startswith(("===", *AGREED))])
    assert sorted(said[0]) == sorted(said[1])  # of both sides, who are at it at once
    assert len(said[0]) == 2 * (3 + len(AGREED))
    caplog.clear()
    with caplog.at_level(logging.INFO, "paramiko"), connected():
        pass
    assert {one.levelno for one in caplog.records} >= {logging.INFO}
    assert logging.DEBUG not in {one.levelno for one in caplog.records}


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
        "from pyinfra_wsl.connectors import host_keys, quick_paramiko\n"
        "host_keys.use()\n"
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
