r"""OpenSSH's signatures of files, verified without OpenSSH: what ``ssh-keygen -Y sign`` writes.

Form: OpenSSH, PROTOCOL.sshsig; of keys in hardware, PROTOCOL.u2f. ``ssh-keygen -Y verify`` is not called: a laptop may have none,
and on Windows it reads the message from standard input, which PowerShell 5.1 does not hand over byte by byte.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from pyinfra_wsl.pull.form.refused import FORGED, FORM, NAMESPACE, RefusedError

BEGIN, END = b"-----BEGIN SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----\n"
_MAGIC = b"SSHSIG"
_VERSION = 1
_DIGESTS = {b"sha512": hashlib.sha512, b"sha256": hashlib.sha256}
_AGAIN = "fetch it again; where it stays so, ask who publishes it"
_KIND = re.compile(r"[a-z0-9][a-z0-9@.-]*")
_PRESENT = 1  # the flag of a key in hardware that somebody touched it


class _CutError(Exception):
    """A field is longer than what is left."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature.

    Args:
        key: of whom, as `key_text` writes it.
        namespace: for what it was made.
        digest: how the message was hashed.
        blob: the signature itself, with its kind.

    """

    key: str
    namespace: bytes
    digest: bytes
    blob: bytes

    @classmethod
    def read(cls, armor: bytes) -> Signature:
        """Read one block; raises RefusedError where it is none."""
        try:
            data = base64.b64decode(armor.removeprefix(BEGIN).removesuffix(END).replace(b"\n", b""), validate=True)
            if not data.startswith(_MAGIC):
                raise _CutError
            fields = _Fields(data[len(_MAGIC) :])
            if fields.number() != _VERSION:
                raise _CutError
            public, namespace, _reserved, digest, blob = (fields.text() for _ in range(5))
            fields.end()
            return cls(key_text(public), namespace, digest, blob)
        except (binascii.Error, _CutError, UnicodeDecodeError) as error:
            raise RefusedError("its signature is none that ssh-keygen writes", _AGAIN, FORM) from error

    def verify(self, message: bytes, namespace: str) -> None:
        """Hold it to a message.

        Args:
            message: the exact bytes that were signed.
            namespace: for what it must have been made.

        Raises:
            RefusedError: it is of another message, made for something else, or of a kind that is not known.

        """
        if self.namespace != namespace.encode():
            seen = self.namespace[:40].decode("ascii", "replace")
            raise RefusedError(
                f"its signature was made for '{seen}', not for {namespace}", "sign it with 'pyinfra-wsl'", NAMESPACE
            )
        if self.digest not in _DIGESTS:
            raise RefusedError("its signature has a digest that is not known", _AGAIN, FORM)
        hashed = _DIGESTS[self.digest](message).digest()
        signed = _MAGIC + b"".join(map(_text, (self.namespace, b"", self.digest, hashed)))
        try:
            public = _Fields(base64.b64decode(self.key.split()[1]))
            kind, blob = public.text(), _Fields(self.blob)
            if kind not in _KINDS or blob.text() != kind:
                raise RefusedError("its signature is of a kind of key that is not known", "sign with ed25519 or ecdsa", FORM)
            _KINDS[kind](public, blob, signed)
        except (InvalidSignature, _CutError, ValueError) as error:
            raise RefusedError("its signature does not fit: it was changed after it was signed", _AGAIN, FORGED) from error


def key_text(public: bytes) -> str:
    """Return a public key as OpenSSH writes it in a line, without a comment; raises RefusedError where it is none."""
    try:
        kind = _Fields(public).text().decode("ascii")
    except (_CutError, UnicodeDecodeError) as error:
        raise RefusedError("a public key is none", _AGAIN, FORM) from error
    if not _KIND.fullmatch(kind):  # in a line it ends at a space
        raise RefusedError("a public key is of no kind", _AGAIN, FORM)
    return f"{kind} {base64.b64encode(public).decode()}"


def key_of(line: str) -> str:
    """Return the key in a line of OpenSSH's (``ssh-ed25519 AAAA… comment``), without its comment.

    Raises:
        RefusedError: it holds none of a kind that is known.

    """
    words = line.split()
    try:
        public = base64.b64decode(words[1], validate=True)
        if words[0].encode() not in _KINDS or _Fields(public).text() != words[0].encode():
            raise ValueError(words[0])
    except (IndexError, ValueError, _CutError) as error:
        known = ", ".join(one.decode() for one in _KINDS)
        raise RefusedError("that is no public key that can sign here", f"take one of {known}", FORM) from error
    return f"{words[0]} {words[1]}"


def fingerprint(key: str) -> str:
    """Return what OpenSSH calls a key: ``SHA256:…``."""
    digest = hashlib.sha256(base64.b64decode(key.split()[1])).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


class _Fields:
    """Fields of SSH's wire format (RFC 4251, section 5), read one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> bytes:
        piece = self._data[self._at : self._at + count]
        if len(piece) != count:
            raise _CutError
        self._at += count
        return piece

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def text(self) -> bytes:
        return self.take(self.number())

    def end(self) -> None:
        if self._at != len(self._data):
            raise _CutError


def _text(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _ed25519(public: _Fields, blob: _Fields, signed: bytes) -> None:
    Ed25519PublicKey.from_public_bytes(public.text()).verify(blob.text(), signed)
    blob.end()


def _touched(public: _Fields, signature: bytes, blob: _Fields, signed: bytes) -> bytes:
    """Return what a key in hardware has signed; somebody must have touched it."""
    application, flags, counter = public.text(), blob.take(1), blob.take(4)
    blob.end()
    if not flags[0] & _PRESENT or not signature:
        raise InvalidSignature
    return hashlib.sha256(application).digest() + flags + counter + hashlib.sha256(signed).digest()


def _sk_ed25519(public: _Fields, blob: _Fields, signed: bytes) -> None:
    key, signature = Ed25519PublicKey.from_public_bytes(public.text()), blob.text()
    key.verify(signature, _touched(public, signature, blob, signed))


def _point(public: _Fields) -> ec.EllipticCurvePublicKey:
    if public.text() != b"nistp256":
        raise InvalidSignature
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public.text())


def _pair(signature: bytes) -> bytes:
    fields = _Fields(signature)
    first, second = (int.from_bytes(fields.text(), "big") for _ in range(2))
    fields.end()
    return encode_dss_signature(first, second)


def _ecdsa(public: _Fields, blob: _Fields, signed: bytes) -> None:
    _point(public).verify(_pair(blob.text()), signed, ec.ECDSA(hashes.SHA256()))
    blob.end()


def _sk_ecdsa(public: _Fields, blob: _Fields, signed: bytes) -> None:
    key, signature = _point(public), blob.text()
    key.verify(_pair(signature), _touched(public, signature, blob, signed), ec.ECDSA(hashes.SHA256()))


_KINDS: dict[bytes, Callable[[_Fields, _Fields, bytes], None]] = {
    b"ssh-ed25519": _ed25519,
    b"sk-ssh-ed25519@openssh.com": _sk_ed25519,
    b"ecdsa-sha2-nistp256": _ecdsa,
    b"sk-ecdsa-sha2-nistp256@openssh.com": _sk_ecdsa,
}
