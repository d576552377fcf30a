"""Who calls: Negotiate with NTLM or Kerberos, Basic, a client's certificate. A login belongs to its connection (RFC 4559)."""

from __future__ import annotations

import base64
import binascii
import os
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import spnego
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import SpnegoError

from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.winrm import certificates
from pyinfra_wsl.lab.winrm.http import Request, Response
from pyinfra_wsl.lab.winrm.settings import Settings

MUTUAL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"
_STORE = "NTLM_USER_FILE"
NTLM = b"NTLMSSP\0"
SKEW = 300.0
"""Seconds by which clocks may differ for Kerberos (Microsoft, "Maximum tolerance for computer clock synchronization")."""


class Peer(Protocol):
    """What a connection knows of its other end."""

    @property
    def secure(self) -> bool:
        """Whether it goes over TLS."""

    @property
    def certificate(self) -> bytes:
        """The client's certificate, DER; nothing where it showed none."""

    @property
    def binding(self) -> bytes:
        """What a login can be bound to: ``tls-server-end-point:`` with a digest (RFC 5929); nothing without TLS."""


@dataclass(eq=False)
class Login:
    """The login of one connection.

    Args:
        machine: whose accounts.
        settings: which schemes are accepted.
        peer: the connection.
        account: who has logged in.
        context: what Negotiate agreed upon: a connection stays logged in by it, and bodies are sealed with it.
        said: headers with which a login that is just done is answered.

    """

    machine: Machine
    settings: Settings
    peer: Peer
    account: Account | None = None
    context: spnego.ContextProxy | None = None
    said: list[tuple[str, str]] = field(default_factory=list)
    _coming: spnego.ContextProxy | None = field(default=None, repr=False)

    def offered(self) -> list[str]:
        """Return what a 401 offers: what is switched on, and safe on this connection."""
        offers = [scheme for scheme in self.settings.schemes if scheme in ("Negotiate", "Kerberos")]
        if "Basic" in self.settings.schemes and (self.peer.secure or self.settings.allow_unencrypted):
            offers.append('Basic realm="WSMAN"')
        return offers

    def refused(self) -> Response:
        """Return a 401 with the schemes that are accepted; who had logged in has no longer."""
        self.account = self.context = self._coming = None
        headers = [("WWW-Authenticate", offer) for offer in self.offered()]
        return Response(401, headers=headers, close=self.settings.first_401_closes)

    def attempt(self, request: Request) -> Response | None:
        """Take a request's login; returns an answer where the login goes on or is refused, None where it is done."""
        self.said = []
        scheme, _, told = request.headers.get("authorization", "").partition(" ")
        if not scheme:
            return None if self.context is not None else self.refused()
        if scheme == MUTUAL:
            return self._by_certificate()
        try:
            token = base64.b64decode(told, validate=True)
        except binascii.Error:
            return self.refused()
        if scheme.lower() == "basic" and any(offer.startswith("Basic") for offer in self.offered()):
            return self._basic(token)
        if scheme.lower() == "negotiate" and "Negotiate" in self.settings.schemes and self._knows(token):
            return self._negotiate(token)
        return self.refused()

    def _knows(self, token: bytes) -> bool:
        """Whether a login may go on: NTLM where it is on, anything else where there is a keytab, and clocks agree."""
        if self._coming is not None or NTLM in token:
            return self.settings.ntlm or NTLM not in token
        ahead = abs((self.machine.clock() - datetime.now(UTC)).total_seconds())
        return bool(self.settings.keytab) and ahead < SKEW

    def _basic(self, token: bytes) -> Response | None:
        """Basic is for local accounts, and is asked for with every request."""
        name, _, password = token.decode("utf-8", "replace").partition(":")
        account = known(self.machine, name)
        local = account is not None and account.domain == self.machine.name.upper()
        if account is None or not local or not account.password or account.password != password:
            return self.refused()
        self.account, self.context = account, None
        return None

    def _by_certificate(self) -> Response | None:
        name = certificates.owner(self.peer.certificate) if self.peer.certificate else ""
        account = known(self.machine, name) if name and "Certificate" in self.settings.schemes else None
        if account is None:
            return self.refused()
        self.account, self.context = account, None
        return None

    def _negotiate(self, token: bytes) -> Response | None:
        if self._coming is None:
            self.account = self.context = None
        try:
            with _passwords(self.machine), _variable("KRB5_KTNAME", self.settings.keytab):
                self._coming = self._coming or spnego.server(hostname=self.machine.name, service="HTTP", protocol="negotiate")
                answer = self._coming.step(token, channel_bindings=self._bindings())
            principal = self._coming.client_principal if self._coming.complete else None
        except (SpnegoError, ValueError, struct.error, IndexError):
            return self.refused()
        said = [("WWW-Authenticate", f"Negotiate {base64.b64encode(answer).decode()}")] if answer else []
        if not self._coming.complete:
            return Response(401, headers=said)
        account = known(self.machine, principal or "")
        if account is None:
            return self.refused()
        self.account, self.context, self._coming = account, self._coming, None
        self.said = said
        return None

    def _bindings(self) -> GssChannelBindings | None:
        strict = self.settings.cbt == "strict" and self.peer.binding
        return GssChannelBindings(application_data=self.peer.binding) if strict else None


def known(machine: Machine, name: str) -> Account | None:
    r"""Return the account of a name as a login has it: ``name``, ``.\name``, ``DOMAIN\name``, ``name@domain``."""
    plain, at, domain = name.partition("@")
    name = f"{domain.partition('.')[0]}\\{plain}" if at else name.removeprefix(".\\")
    for account in machine.accounts.values():
        if name.lower() in (account.name.lower(), account.full_name.lower()):
            return account
    return None


@contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    """Have a variable in this process' environment, where the libraries look for it; "" leaves it as it is."""
    before = os.environ.get(name)
    try:
        if value:
            os.environ[name] = value
        yield
    finally:
        if before is not None:
            os.environ[name] = before
        elif value:
            os.environ.pop(name)


@contextmanager
def _passwords(machine: Machine) -> Iterator[None]:
    """Let pyspnego know the passwords of one laptop: it takes them from a file that the environment names only."""
    with tempfile.NamedTemporaryFile("w") as file, _variable(_STORE, file.name):
        file.writelines(f"{line}\n" for line in _lines(machine))
        file.flush()
        yield


def _lines(machine: Machine) -> list[str]:
    """Return ``DOMAIN:name:password`` for every form in which a login may name an account that has a password."""
    lines = []
    for account in machine.accounts.values():
        if account.password:
            local = account.domain == machine.name.upper()
            domains = ["", ".", account.domain] if local else [account.domain]
            lines += [f"{domain}:{account.name}:{account.password}" for domain in domains]
            lines.append(f":{account.name}@{account.domain.lower()}:{account.password}")
    return lines
