"""Connections of ours are as paramiko's: what is offered, checked and refused, new keys in between, and what goes to and fro."""

import contextlib
import logging
import random
import socket
import threading
import time

import paramiko
import pytest
from paramiko import common
from paramiko.message import Message
from paramiko.packet import Packetizer
from paramiko.transport import Transport

from pyinfra_wsl.connectors.quick_paramiko import Connection, Packets

HOST_KEY, OWN_KEY = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
CHANCE = random.Random(4253)  # noqa: S311 - the same each time


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
