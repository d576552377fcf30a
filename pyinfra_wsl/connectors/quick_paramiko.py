"""Some things of paramiko that cost more than what they do, with the same bytes and the same result for less.

What our own connections have of their own (`Connection`, `Packets`):

- For the first block of each packet, and for the rest of it, the system is asked one after the other, and once more for nothing
  where it has to be waited for. What has come is taken as a whole, and each packet out of that.
- A thread is started for each connection, only to note that the time for the handshake is over. The clock tells as well.
- The lists of algorithms are sifted name by name, 16 times for each connection, although none was forbidden.
- The lock of what is sent is one of Python's own on top of one of gevent's, in five calls; gevent has such a lock itself.
- Whoever closes a connection looks which thread that is, before it is seen that there is nothing to wait for; under gevent a
  thread is made up for it.
- Each line of its log is put together and handed on before it is asked whether anybody reads it.

What all of paramiko has (`use`):

- A text in a message is written in five calls, and read in three.
- A byte of a packet is a number, and is made one by a function of paramiko's, three times for each packet.
- A number of 256 bits is made bytes word by word, byte by byte, and that seven times for each connection. Bytes are made a
  number in a time that grows with the square of their count: one host that shows a key of a megabyte held up all others for
  most of a minute.
- Its loggers are looked up for each connection and channel, under two locks.
- A class is made for each host that is looked up among the known ones, before it is seen that there are none: paramiko is given
  none, since ours are read otherwise (`known_hosts`), and each class is garbage that refers to itself.
- An address is looked up like a name, for which gevent hands it to another thread and waits for that.
- Whether a buffer is locked is found out by locking it once more, and under gevent whoever cannot lets all others run first.

What is sent, what is checked, and in which order stays paramiko's: keys, signatures, sequence numbers, strict key exchange,
rekeying and what may be when. Seen in paramiko 4.0 (`packet.py`, `transport.py`, `message.py`, `util.py`, `hostkeys.py`,
`buffered_pipe.py`). Any other version is left alone and only slower; tests/connectors/test_quick_paramiko.py holds each to what
paramiko's own function returns, test_quick_connections.py the whole to paramiko's server.
"""

from __future__ import annotations

import math
import struct
import time
from collections.abc import Iterable
from functools import lru_cache
from logging import DEBUG
from operator import index
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from socket import socket as Socket  # noqa: N812 - a type
from typing import Any

import paramiko
from gevent.lock import RLock
from gevent.monkey import is_module_patched
from paramiko import HostKeys, Message, SSHClient, Transport, packet, util
from paramiko.buffered_pipe import BufferedPipe
from paramiko.packet import Packetizer

_KNOWN = ("4.0",)
"""Versions of paramiko, by their first two numbers, of which the functions were read."""

_PIECE = 65536  # bytes that are taken at once
_INT = struct.Struct(">I")
_MOST_PADDED = 1 << 20  # bytes up to which paramiko makes up for what is missing of a text
_KINDS = ((AF_INET, ()), (AF_INET6, (0, 0)))
"""Kinds of address, and what stands behind the port in each."""
_LAST_PORT = 65535
_deflate = util.deflate_long
_lookup = HostKeys.lookup
_begin_pipe = BufferedPipe.__init__
_logger = util.get_logger
_addresses: Any = SSHClient._families_and_addresses  # type: ignore[attr-defined]


def known(version: str = paramiko.__version__) -> bool:
    """Return whether a version is one for which ours are known to be the same."""
    return ".".join(version.split(".")[:2]) in _KNOWN


def use(version: str = paramiko.__version__) -> bool:
    """Put ours in place of paramiko's; return whether the version is a known one."""
    if not known(version):
        return False
    message: Any = Message
    message.add_string, message.get_text = add_string, get_text
    message.get_string = message.get_binary = get_string
    vars(util)["deflate_long"], vars(util)["inflate_long"] = deflate_long, inflate_long
    vars(util)["get_logger"] = get_logger
    vars(packet)["byte_ord"] = index
    HostKeys.lookup = lookup  # type: ignore[method-assign]
    BufferedPipe.__init__ = begin_pipe  # type: ignore[method-assign]
    SSHClient._families_and_addresses = addresses  # type: ignore[attr-defined]
    return True


def transport(sock: Any, **more: Any) -> Transport:
    """Make a connection's transport: ours where the version is a known one, else paramiko's; arguments as of paramiko's."""
    return (Connection if known() else Transport)(sock, **more)


class Connection(Transport):
    """paramiko's transport of a client, with `Packets` where it has a socket: a program hands out by rules of its own.

    Args:
        sock: as of paramiko's, as all others.

    """

    _logged = True

    def __init__(self, sock: Any, **more: Any) -> None:
        """Begin, and look once whether anybody reads the log."""
        super().__init__(sock, packetizer_class=Packets if isinstance(sock, Socket) else None, **more)
        self._logged = self.logger.isEnabledFor(DEBUG)

    def stop_thread(self) -> None:
        """End: paramiko waits for its thread as long as the packets are not closed, and has closed them just before."""
        self.active = False
        self.packetizer.close()

    def _log(self, level: int, msg: Any, *args: Any) -> None:
        if level != DEBUG or self._logged:
            super()._log(level, msg, *args)  # type: ignore[misc]

    def _filter_algorithm(self, type_: str) -> tuple[str, ...]:
        if self.disabled_algorithms and self.disabled_algorithms.get(type_):
            found: tuple[str, ...] = super()._filter_algorithm(type_)  # type: ignore[misc]
            return found
        return tuple(getattr(self, f"_preferred_{type_}"))

    @property
    def preferred_keys(self) -> tuple[str, ...]:
        """The types of host key that are asked for, and the certificates of each."""
        return _with_certificates(self._filter_algorithm("keys"))


@lru_cache(maxsize=64)  # as many as there are orders in which types of key are preferred
def _with_certificates(keys: tuple[str, ...]) -> tuple[str, ...]:
    return keys + tuple(f"{one}-cert-v01@openssh.com" for one in keys)


class _Ahead:
    """A socket from which as much is read as there is, whatever was asked for."""

    def __init__(self, socket: Socket) -> None:
        self._recv, self.send, self.close = socket.recv, socket.send, socket.close

    def recv(self, _asked: int) -> bytes:
        return self._recv(_PIECE)


class Packets(Packetizer):
    """paramiko's packets, read ahead, and with a clock in the place of a thread.

    What was read ahead is kept where paramiko keeps what it has read beyond the first line.
    """

    def __init__(self, socket: Any) -> None:
        """Begin with nothing read."""
        super().__init__(_Ahead(socket))  # type: ignore[arg-type] # which has what is asked of it
        self._until: float | None = None
        if is_module_patched("threading"):
            vars(self)["_Packetizer__write_lock"] = RLock()

    def read_all(self, n: int, check_rekey: bool = False) -> bytes:
        """Return just so many bytes; raises as paramiko's."""
        own: Any = self
        kept: bytes = own._Packetizer__remainder
        if n > len(kept):
            kept = super().read_all(n, check_rekey)
        elif n < 0:  # a length that cannot be; what is made of it is refused
            return b""
        own._Packetizer__remainder = kept[n:]
        return kept[:n]

    def start_handshake(self, timeout: float) -> None:
        """Begin to count the seconds of the handshake, once."""
        if self._until is None:
            self._until = time.monotonic() + timeout

    def handshake_timed_out(self) -> bool:
        """Whether they are over; never once the handshake is complete."""
        return self._until is not None and time.monotonic() >= self._until

    def complete_handshake(self) -> None:
        """Stop counting."""
        if self._until is not None:
            self._until = math.inf


def add_string(self: Any, s: Any) -> Any:
    """Do what paramiko's `Message.add_string` does: write a text, or bytes, behind its length."""
    kind = type(s)
    data: Any = s if kind is bytes else s.encode() if kind is str else util.asbytes(s)
    self.packet.write(_INT.pack(len(data)))
    self.packet.write(data)
    return self


def get_string(self: Any) -> bytes:
    """Return what paramiko's `Message.get_string` and `get_binary` return: the next bytes that stand behind their length."""
    head = self.packet.read(4)
    (length,) = _INT.unpack(head if len(head) == _INT.size else head.ljust(_INT.size, b"\0"))
    found: bytes = self.packet.read(length)
    return found if len(found) == length or length >= _MOST_PADDED else found.ljust(length, b"\0")


def get_text(self: Any) -> str:
    """Return what paramiko's `Message.get_text` returns."""
    found: bytes = self.get_string()
    return found.decode()


@lru_cache(maxsize=64)
def get_logger(name: str) -> Any:
    """Return what paramiko's `util.get_logger` returns; a logger has the filter from the first time on."""
    return _logger(name)


def deflate_long(n: Any, add_sign_padding: bool = True) -> bytes:
    """Return what paramiko's `util.deflate_long` returns: a number's bytes, the fewest that tell it."""
    number = int(n)
    if number < 0:
        return _deflate(n, add_sign_padding)
    bits = number.bit_length()
    return number.to_bytes(bits // 8 + 1 if add_sign_padding else (bits + 7) // 8 or 1)


def inflate_long(s: bytes, always_positive: Any = False) -> int:
    """Return what paramiko's `util.inflate_long` returns: the number that bytes tell, the most significant first."""
    return int.from_bytes(s, signed=not always_positive)


def lookup(self: Any, hostname: str) -> Any:
    """Return what paramiko's `HostKeys.lookup` returns."""
    return _lookup(self, hostname) if self._entries else None


def addresses(self: Any, hostname: str, port: int) -> Iterable[tuple[int, tuple[Any, ...]]]:
    """Return what paramiko's `SSHClient._families_and_addresses` yields: the kind of each address, and the address."""
    for family, more in _KINDS if type(port) is int and 0 <= port <= _LAST_PORT else ():  # what else there is, the system reads
        try:
            return [(family, (inet_ntop(family, inet_pton(family, hostname)), port, *more))]
        except (OSError, TypeError, ValueError):  # it is none of this kind
            continue
    found: Iterable[tuple[int, tuple[Any, ...]]] = _addresses(self, hostname, port)
    return found


def begin_pipe(self: Any) -> None:
    """Do what paramiko's `BufferedPipe.__init__` does; its condition asks the lock whether it is locked."""
    _begin_pipe(self)
    self._cv._is_owned = self._lock.locked
