"""Certificates of the lab: an authority of its own, what it signs for laptops and people, and what goes wrong with them."""

from __future__ import annotations

import ipaddress
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from pyinfra_wsl.lab.winrm.settings import Certificate

UPN = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pair:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self) -> bytes:
        """The certificate as DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def key_pem(self) -> bytes:
        """The key as PEM, not encrypted."""
        plain = serialization.NoEncryption()
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


class Authority:
    """What signs the certificates of a lab: a company's own authority, as AD CS is one."""

    def __init__(self, name: str = "CORP Issuing CA of the lab") -> None:
        """Make its key when it is needed first."""
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

    @cached_property
    def own(self) -> Pair:
        """The authority's own certificate."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _begun(self._name, self._name, key, datetime.now(UTC), 3650)
        builder = builder.add_extension(x509.BasicConstraints(True, None), critical=True)
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        return Pair(builder.sign(key, hashes.SHA256()), key)

    def for_laptop(self, name: str, kind: Certificate, now: datetime) -> Pair:
        """Return a certificate of a listener.

        Args:
            name: of the laptop; its certificate names ``127.0.0.1`` and ``localhost`` too, where the lab's laptops are.
            kind: what is wrong with it, if anything.
            now: the laptop's own time, by which an expired one is so.

        """
        begin, days = {"expired": (now - 400 * _DAY, 365), "not-yet-valid": (now + _DAY, 365)}.get(kind, (now - _DAY, 365))
        authority = Authority("Somebody else's CA") if kind == "foreign" else self
        names: list[x509.GeneralName] = [x509.DNSName("another-laptop.corp.example")]
        if kind != "other-name":
            names = [
                x509.DNSName(name.lower()), x509.DNSName(f"{name.lower()}.corp.example"), x509.DNSName("localhost"),
                x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
            ]  # fmt: skip
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        return authority._signed(subject, names, ExtendedKeyUsageOID.SERVER_AUTH, begin, days)

    def for_person(self, name: str) -> Pair:
        """Return a client's certificate that WinRM maps to a local account by its UPN, ``name@localhost``."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        principal = f"{name}@localhost".encode()
        other: x509.GeneralName = x509.OtherName(UPN, b"\x0c" + bytes([len(principal)]) + principal)
        return self._signed(subject, [other], ExtendedKeyUsageOID.CLIENT_AUTH, datetime.now(UTC) - _DAY, 365)

    def _signed(
        self, subject: x509.Name, names: list[x509.GeneralName], usage: ObjectIdentifier, begin: datetime, days: int
    ) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        own = self.own
        builder = _begun(subject, own.certificate.subject, key, begin, days)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(own.key.public_key())
        builder = builder.add_extension(signer, critical=False)
        return Pair(builder.sign(own.key, hashes.SHA256()), key)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begin: datetime, days: int
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(begin).not_valid_after(begin + days * _DAY)


def context(own: Pair, authority: Authority, *, asks: bool) -> ssl.SSLContext:
    """Return the TLS of a listener.

    Args:
        own: its certificate.
        authority: whose certificates of clients it takes.
        asks: whether it asks clients for one.

    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:  # the ssl module reads keys from files only
        file = Path(folder) / "pair.pem"
        file.touch(0o600)
        file.write_bytes(own.key_pem + own.pem)
        made.load_cert_chain(file)
    if asks:
        made.verify_mode = ssl.CERT_OPTIONAL
        made.load_verify_locations(cadata=authority.own.pem.decode())
    return made


def owner(der: bytes) -> str:
    """Return whose client certificate it is: the name before the ``@`` of its UPN, "" for none."""
    try:
        names = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return ""
    for one in names.get_values_for_type(x509.OtherName):
        if one.type_id == UPN:
            return one.value[2:].decode("utf-8", "replace").partition("@")[0]
    return ""
