"""Why a laptop's certificate is not trusted: foreign, changed, expired or another's; what a host key's refusal is to SSH."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import Certificate
from cryptography.x509.oid import NameOID

from pyinfra_wsl.connectors.winrm.options import Options
from pyinfra_wsl.core.failure import Failure

CODE = "certificate"

_NOT_YET, _EXPIRED, _REVOKED = 9, 10, 23
_OTHER_NAME = (62, 64)
"""Numbers of OpenSSL's verification (x509_vfy.h): the name, or the address, is none of the certificate's."""


def shown(options: Options) -> Certificate | None:
    """Return what the laptop shows now, whoever signed it; None where it cannot be had, as behind a proxy."""
    if options.proxy is not None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # looked at, and nothing is said to it
    try:
        plain = socket.create_connection((options.host, options.port), options.seconds)
        with closing(plain), context.wrap_socket(plain, server_hostname=options.host) as tls:
            der = tls.getpeercert(binary_form=True)
        return x509.load_der_x509_certificate(der) if der else None
    except Exception:  # noqa: BLE001 - OpenSSL takes more than cryptography does, whose errors have no common kind
        return None


def refused(options: Options, code: int, certificate: Certificate | None) -> Failure:
    """Say why a certificate is not trusted, and what to do.

    Args:
        options: whose, and what is trusted.
        code: OpenSSL's number for it.
        certificate: what was shown; None where that is not known. What stands in it is for whoever shows it to choose, and read
            only when it is asked for: what cannot be read is left out.

    """
    try:
        return _refused(options, code, certificate)
    except Exception:  # noqa: BLE001 - as in `shown`
        return _refused(options, code, None)


def _refused(options: Options, code: int, certificate: Certificate | None) -> Failure:
    address, print_ = options.address, _fingerprint(certificate)
    if code in (_EXPIRED, _NOT_YET):
        when = "expired" if code == _EXPIRED else "is not valid yet"
        until = f" ({_dates(certificate)})" if certificate else ""
        remedy = "renew it on the laptop and bind the new one to the listener; or correct the clock of this machine"
        return Failure(f"the certificate of {address} {when}{until}", remedy, CODE)
    if code in _OTHER_NAME:
        names = ", ".join(_names(certificate)[:5]) if certificate else ""
        cause = f"the certificate of {address} is for another name{f': {names}' if names else ''}"
        return Failure(cause, "write that name as the machine's address, or give the laptop a certificate for this one", CODE)
    if code == _REVOKED:
        return Failure(f"the certificate of {address} was revoked{print_}", "find out why before anything else", CODE)
    trusted = _trusted(options) if certificate is not None else ()
    known = [one for one in trusted if options.host.lower() in map(str.lower, _names(one))]
    if known and certificate not in known:
        cause = f"the certificate of {address} is not the known one{print_}, known is {_digest(known[0])}"
        return Failure(cause, f"find out why it changed, then put the new one into {options.ca}", CODE)
    issuer = f", signed by {_common_name(certificate.issuer)}" if certificate else ""
    whom = options.ca or "this machine"
    cause = f"the certificate of {address} is foreign: {whom} knows nobody who vouches for it{issuer}{print_}"
    return Failure(cause, "verify its fingerprint on the laptop, then name with ca the file of who signed it", CODE)


def _trusted(options: Options) -> Sequence[Certificate]:
    """Return the certificates that the inventory names; of the system's there are hundreds, and none is a laptop's."""
    if options.ca is None:
        return ()
    try:
        return x509.load_pem_x509_certificates(Path(options.ca).read_bytes())
    except (OSError, ValueError):
        return ()


def _names(certificate: Certificate) -> list[str]:
    """Return whose it is: names and addresses, the common name only where there are none."""
    return [*_alternatives(certificate)] or [_common_name(certificate.subject)]


def _alternatives(certificate: Certificate) -> Iterator[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return
    yield from names.get_values_for_type(x509.DNSName)
    yield from (str(ip_address(one)) for one in map(str, names.get_values_for_type(x509.IPAddress)) if "/" not in one)


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()


def _fingerprint(certificate: Certificate | None) -> str:
    return "" if certificate is None else f", SHA-256 {_digest(certificate)}"


def _digest(certificate: Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _dates(certificate: Certificate) -> str:
    return f"from {certificate.not_valid_before_utc:%Y-%m-%d} until {certificate.not_valid_after_utc:%Y-%m-%d}"
