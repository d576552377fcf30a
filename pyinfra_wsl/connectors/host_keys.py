"""Is it the host that is meant? pyinfra's SSH client, with known hosts read and kept as OpenSSH does it, or more strictly.

A host is let in if its key is known; one of which nothing is known also under ``accept-new``, once. A key that is not the known
one, or that is revoked, is refused whatever the setting.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from socket import IPPROTO_TCP, TCP_NODELAY
from socket import socket as Socket  # noqa: N812 - a type
from typing import Any

import pyinfra.connectors.ssh
from paramiko import MissingHostKeyPolicy, PKey, SSHException, Transport
from paramiko import SSHClient as ParamikoClient
from pyinfra.connectors.sshuserclient import client as pyinfras
from typing_extensions import override

from pyinfra_wsl.connectors import known_hosts, quick_paramiko
from pyinfra_wsl.connectors.known_hosts import File, Line, Says
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.secret import Secret

_LOCK = threading.Lock()  # one at a time may find a host new: two of one name must not bring a key each
_WAKE = 5.0
"""Seconds after which a connection that is silent is looked after, for its keepalive: paramiko does it ten times a second, which
for a fleet that waits is most of what is done. Whoever closes a connection wakes it at once."""
_MANY = 3  # so many lines are named that cannot be read; who corrects them sees the next
_QUICK = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")
"""Preferred to AES-CTR with a digest of each packet, as by OpenSSH since release 10.0 (its release notes): they need none."""
_RSA = ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")
_ADD = "verify the key, then add it with ssh-keyscan"


class HostKeyError(SSHException):
    """A host's key is refused; `failure` says why and what to do."""

    def __init__(self, failure: Failure) -> None:
        """Keep the failure."""
        super().__init__(f"host key: {failure.said}")
        self.failure = failure


class Client(pyinfras.SSHClient):
    """pyinfra's client, also for jump hosts.

    Args:
        refused: why the host's key was refused, or that of a host on the way; None where it was not.
        notes: lines of the files that cannot be read and may be about the host.

    """

    def __init__(self) -> None:
        """Begin with nothing known."""
        super().__init__()
        self.refused: Failure | None = None
        self.notes: list[str] = []
        self._named: str | None = None

    @override
    def connect(self, hostname: str, *, _pyinfra_ssh_known_hosts_file: str | None = None, **kwargs: Any) -> None:  # type: ignore[override] # as pyinfra calls it
        """Connect, arguments as of pyinfra's client, the password also as a Secret; raises HostKeyError for a refused key."""
        self._named = _pyinfra_ssh_known_hosts_file
        if isinstance(password := kwargs.get("password"), Secret):
            kwargs["password"] = password.reveal()
        try:
            super().connect(hostname, **kwargs)  # type: ignore[no-untyped-call]
        except HostKeyError as error:
            self.refused = error.failure
            raise
        if (transport := self.get_transport()) is not None:
            transport.sock.settimeout(_WAKE)  # from here on: until a host has let us in, paramiko counts shorter times

    @override
    def parse_config(self, hostname: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Return what pyinfra's client needs, with our policy in place of its own and of the files."""
        hostname, config, forward, policy, files, *rest = super().parse_config(hostname, *args, **kwargs)  # type: ignore[no-untyped-call]
        named = self._named
        paths = [str(Path(named).expanduser()) if named.startswith("~") else named] if named else list(files)
        ours = Policy(policy, paths, hostname, int(config["port"]), self)
        config.setdefault("transport_factory", ours.transport)
        # Without files of its own, paramiko leaves every key to the policy.
        return hostname, config, forward, ours, (), *rest


class Policy(MissingHostKeyPolicy):
    """Decides for one host.

    Args:
        new: pyinfra's policy, asked about a host of which nothing is known.
        paths: files of known hosts; the first takes new keys.
        host: the host's name or address.
        port: its port.
        client: where notes go.

    """

    def __init__(self, new: MissingHostKeyPolicy, paths: list[str], host: str, port: int, client: Client) -> None:
        """Keep who is asked for; nothing is read yet."""
        self._new, self._paths, self._host, self._port, self._client = new, paths, host, port, client

    def transport(self, *args: Any, **kwargs: Any) -> Transport:
        """Make paramiko's transport, which prefers the types of key that are known, as ssh(1) does."""
        made = quick_paramiko.transport(*args, **kwargs)
        _send_at_once(made.sock)
        types = known_hosts.says(self._lines(self._files()), self._host, self._port).types
        known = [one for kind in types for one in (_RSA if kind == "ssh-rsa" else (kind,))]
        options = made.get_security_options()
        options.ciphers = _preferring(tuple(options.ciphers), _QUICK)
        options.key_types = _preferring(tuple(options.key_types), tuple(known))
        return made

    @override
    def missing_host_key(self, client: ParamikoClient, hostname: str, key: PKey) -> None:
        """Let the host in, or raise HostKeyError."""
        with _LOCK:
            files = self._files()
            says = known_hosts.says(self._lines(files), self._host, self._port, (key.get_name(), key.asbytes()))
            if not (says.known or says.others):  # then any line may have been meant for this host
                says.unclear = list(dict.fromkeys([*(one for file in files for one in file.unreadable), *says.unclear]))[:_MANY]
            self._client.notes = [*says.unreadable, *says.unclear]
            refused = _refusal(says, f"{self._host}:{self._port}", strict=isinstance(self._new, pyinfras.StrictPolicy))
            if refused:
                raise HostKeyError(refused)
            if not says.known:
                self._take(client, hostname, key)

    def _take(self, client: ParamikoClient, hostname: str, key: PKey) -> None:
        """Let pyinfra's policy decide on a new host, and write its key down."""
        path = self._paths[0] if self._paths else None
        self._client._host_keys_filename = path
        try:
            if path and not isinstance(self._new, pyinfras.WarningPolicy):
                _make_ready(path)
            self._new.missing_host_key(client, hostname, key)
        except OSError as error:
            cause = f"the host key of {self._host}:{self._port} is new, and {path} cannot be written: {error.strerror}"
            raise HostKeyError(Failure(cause, "let this account write the file, or name another", "connection")) from error

    def _lines(self, files: list[File]) -> list[Line]:
        names = known_hosts.names(self._host, self._port)
        return [line for file in files for line in file.about(*names)]

    def _files(self) -> list[File]:
        found: list[File] = []
        for path in self._paths:
            try:
                found.append(known_hosts.read(path))
            except (OSError, ValueError) as error:
                why = getattr(error, "strerror", None) or str(error)
                cause = f"{path}, the file of known hosts, cannot be read: {why}"
                raise HostKeyError(Failure(cause, "correct it, or name another file", "connection")) from error
        return found


@lru_cache(maxsize=64)  # as many as there are orders in which known hosts have types of key
def _preferring(algorithms: tuple[str, ...], first: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(algorithms, key=lambda one: first.index(one) if one in first else len(first)))


def _send_at_once(socket: object) -> None:
    """Let no packet wait for the other side's word on the one before, which that puts off by 40 ms and more, as ssh(1) does it.

    A way through a jump host or a program is no socket, and has no such setting.
    """
    if isinstance(socket, Socket):
        with suppress(OSError):  # some other kind of socket
            socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)


def _refusal(says: Says, address: str, *, strict: bool) -> Failure | None:
    """Return why a host's key is refused; None where it is known, or is new and that may be decided otherwise."""
    key = f"the host key of {address}"
    if says.revoked:
        return _failure(f"{key} is revoked by {_list(says.revoked)}", "find out who else has it, and give the host another")
    if says.doubtful:
        return _failure(f"{key} may be revoked: {_list(says.doubtful)} cannot be read", "correct the line, or remove it")
    if says.known:
        return None
    if says.others:
        return _failure(f"{key} is not the known one", f"find out why before you replace it ({_list(says.others)})")
    if says.unreadable:
        return _failure(
            f"{key} cannot be told from {_list(says.unreadable)}, which cannot be read",
            f"correct the line, or remove it; then {_ADD}",
        )
    return _unknown(says, address) if strict else None


def _unknown(says: Says, address: str) -> Failure:
    cause = f"the host key of {address} is not in known_hosts"
    if says.authorities:
        cause += f"; {_list(says.authorities)} names an authority for it, but certificates of hosts are not supported"
    if says.unclear:
        cause += f"; {_list(says.unclear)} cannot be read and may be about it"
    return _failure(cause, _ADD)


def _list(places: list[str]) -> str:
    return ", ".join(places)


def _failure(cause: str, remedy: str) -> Failure:
    return Failure(cause, remedy, "connection")


def _make_ready(path: str) -> None:
    """Let a line that is appended be one of its own; raises OSError."""
    Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    Path(path).touch(mode=0o600)
    with Path(path).open("rb+") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(end - 1, 0))
        if end and file.read() != b"\n":
            file.write(b"\n")


def refusal(client: object) -> Failure | None:
    """Return why a connection was refused for a host's key; None where it was not."""
    return client.refused if isinstance(client, Client) else None


def use() -> None:
    """Let pyinfra's SSH connector, and its jump hosts, connect by `Client`: it offers no other way to name one."""
    places: tuple[Any, ...] = (pyinfra.connectors.ssh, pyinfras)
    for place in places:
        place.SSHClient = Client


Told = Callable[[str], None]


def tell(client: object, told: Told) -> None:
    """Say which lines could not be read although they may be about the host."""
    for note in client.notes if isinstance(client, Client) else ():
        told(f"{note} cannot be read and may be about this host; correct the line, or remove it")
