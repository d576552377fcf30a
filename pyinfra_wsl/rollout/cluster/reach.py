"""The way to a cluster's scheduler: its address, certificates that are checked by both sides, and in one sentence what is wrong.

distributed tries for half a minute whatever the reason is, and names it in a chain of errors at best; so the same door is knocked
at first, with the same certificates, by Python's own TLS.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.rollout.model import EngineError

if TYPE_CHECKING:
    from distributed.security import Security

PORT = 8786
"""Where a scheduler of distributed listens of its own accord."""

_KNOCK = 5.0  # seconds for a connection, and as many until the scheduler speaks, which it does first
_CLUSTER = "start it with dask scheduler --protocol tls --tls-ca-file CA --tls-cert CERT --tls-key KEY"
_ONE_CA = "give the CA by which the scheduler's certificate was made (--tls-ca); it is one for control, scheduler and workers"
_REFUSED = {
    "UNKNOWN_CA": "it was not made by the CA that the scheduler believes",
    "CERTIFICATE_EXPIRED": "it has expired by the scheduler's clock",
    "CERTIFICATE_REQUIRED": "it saw none",
    "BAD_CERTIFICATE": "it cannot be used there",
    "CERTIFICATE_UNKNOWN": "it cannot be used there",
    "UNSUPPORTED_CERTIFICATE": "it may not be used for clients",
}
"""What TLS alerts say of a certificate, RFC 8446 section 6.2, as OpenSSL names them."""


@dataclass(frozen=True, slots=True)
class Files:
    """What control shows, and believes: PEM files.

    Args:
        ca: the cluster's own CA, by which all of its certificates were made.
        certificate: control's.
        key: to it.

    """

    ca: Path
    certificate: Path
    key: Path

    def __iter__(self) -> Iterator[tuple[str, Path]]:
        """Return each with the option that names it."""
        yield from (("--tls-ca", self.ca), ("--tls-cert", self.certificate), ("--tls-key", self.key))

    def security(self) -> Security:
        """Return them as distributed takes them, which then speaks TLS only."""
        from distributed.security import Security  # noqa: PLC0415

        ca, certificate, key = map(str, (self.ca, self.certificate, self.key))
        return Security(require_encryption=True, tls_ca_file=ca, tls_client_cert=certificate, tls_client_key=key)


def address(text: str) -> tuple[str, int]:
    """Return host and port of a scheduler's address.

    Args:
        text: ``tls://HOST:PORT``.

    Raises:
        EngineError: it is another kind of address.

    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or PORT
    except ValueError:
        host = None
    if host and parts.scheme == "tcp":
        raise EngineError(
            f"{escape(text)} would carry passwords over the network unencrypted, and anybody could give work to it. "
            f"Next: {_CLUSTER}, and name it as tls://{host}:{port}"
        )
    if not host or parts.scheme != "tls" or parts.path.strip("/") or parts.username:
        raise EngineError(f"{escape(text)} is no address of a scheduler. Next: give it as tls://HOST:{PORT}")
    return host, port


def context(files: Files, now: datetime | None = None) -> ssl.SSLContext:
    """Return a context that shows our certificate and believes the cluster's CA only, as distributed's does.

    Args:
        files: where they are.
        now: the time; that of the clock without it.

    Raises:
        EngineError: one of them cannot be used.

    """
    for option, path in files:
        try:
            path.read_bytes()
        except OSError as error:
            raise EngineError(f"{path} cannot be read: {error.strerror}. Next: give a PEM file with {option}") from None
    for option, path in (("--tls-ca", files.ca), ("--tls-cert", files.certificate)):
        _in_time(option, path, now or datetime.now(UTC))
    made = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(files.ca))
    made.check_hostname, made.verify_mode = False, ssl.CERT_REQUIRED  # one CA for the cluster alone, and names that are addresses
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        made.load_cert_chain(files.certificate, files.key, password=_no_password(files.key))
    except ssl.SSLError:
        raise EngineError(
            f"{files.key} is not the key to {files.certificate}, or no key in PEM. Next: give both as they were made together"
        ) from None
    return made


def _no_password(key: Path) -> Callable[[], str]:
    def refuse() -> str:
        raise EngineError(f"{key} is protected by a password, which distributed cannot be told. Next: keep it without, mode 0600")

    return refuse


def _in_time(option: str, path: Path, now: datetime) -> None:
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except ValueError:
        raise EngineError(f"{path} holds no certificate in PEM. Next: give one with {option}") from None
    for one in found:
        if not one.not_valid_before_utc <= now <= one.not_valid_after_utc:
            late = now > one.not_valid_after_utc
            when = f"expired on {one.not_valid_after_utc:%Y-%m-%d}" if late else f"begins on {one.not_valid_before_utc:%Y-%m-%d}"
            raise EngineError(f"the certificate in {path} {when}. Next: have a new one made, or set this machine's clock")


async def knock(where: str, shown: ssl.SSLContext) -> None:
    """Hold that a scheduler listens, that we believe it, and that it believes us.

    Args:
        where: its address, as `address` takes it.
        shown: as of `context`.

    Raises:
        EngineError: which of this is not so.

    """
    host, port = address(where)
    try:
        async with asyncio.timeout(_KNOCK):
            reader, writer = await asyncio.open_connection(host, port, ssl=shown)
        try:
            async with asyncio.timeout(_KNOCK):
                said = await reader.read(1)  # of TLS 1.3, in which a server refuses a certificate after the handshake
        finally:
            writer.transport.abort()
    except (TimeoutError, OSError) as error:
        raise EngineError(_why(where, error)) from None
    if not said:
        raise EngineError(f"{where} hangs up without a word. Next: look into the scheduler's log")


def _why(where: str, error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of {where} is not believed: {error.verify_message}. Next: {_ONE_CA}"
    if isinstance(error, ssl.SSLError):
        alert = next((text for word, text in _REFUSED.items() if (error.reason or "").endswith(word)), "")
        if alert:
            return f"{where} refuses our certificate: {alert}. Next: give another with --tls-cert and --tls-key"
        return f"{where} does not speak TLS as we do ({error.reason or error}). Next: {_CLUSTER}"
    if isinstance(error, TimeoutError):
        return f"{where} does not answer within {_KNOCK:.0f} s. Next: look whether the scheduler runs, and for a firewall between"
    why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)  # a name's are negative
    return f"{where} cannot be reached: {escape(why)}. Next: look whether the scheduler runs there"
