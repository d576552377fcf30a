"""What is sealed for one reader while it goes through other hands: X25519, HKDF-SHA256 and AES-256-GCM, all of `cryptography`.

A scheduler carries what control and workers say to each other, keeps it for as long as it likes and shows it to whoever may look
into it. So a shard, in which passwords are, is sealed for the worker it is given to; what comes back is sealed for the control.
That keeps secrets out of its memory, its pages and its logs. Who can change what it does can also lie about a worker's key: it is
trusted not to be hostile, as every holder of a certificate of the cluster is.
"""

from __future__ import annotations

import os
import zlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LONGEST = 64 * 1024**2
"""Bytes that one opened letter may have: a compressed one says nothing of its length."""

_FORM = b"pyinfra-wsl rollout 1"
_PUBLIC = 32  # bytes of a public key of X25519, RFC 7748
_ONCE = bytes(12)  # a nonce for keys that seal one text only


class SealError(Exception):
    """What came was not sealed for this reader, or was changed on its way; its text holds nothing of it."""


class Reader:
    """Who alone can open what is sealed for them; the key never leaves the process."""

    def __init__(self) -> None:
        """Make a key."""
        self._key = X25519PrivateKey.generate()
        self.public = self._key.public_key().public_bytes_raw()
        """What others need to seal something for this reader, 32 bytes."""

    def open(self, sealed: bytes, about: str) -> bytes:
        """Return what was sealed.

        Args:
            sealed: as of `seal`.
            about: as it was given to `seal`.

        Raises:
            SealError: it was sealed for somebody else or of something else, or is no longer what it was.

        """
        sender, text = sealed[:_PUBLIC], sealed[_PUBLIC:]
        try:
            shared = self._key.exchange(X25519PublicKey.from_public_bytes(sender))
            return AESGCM(_derived(shared, sender, self.public)).decrypt(_ONCE, text, about.encode())
        except (InvalidTag, ValueError):
            raise SealError(f"what came of {about} was not sealed for this process, or was changed on its way") from None


def seal(text: bytes, reader: bytes, about: str) -> bytes:
    """Seal a text for one reader; each time with a key of its own.

    Args:
        text: what only they shall read.
        reader: their public key, as of `Reader.public`.
        about: what it is about; in clear, but it opens with the same only.

    Raises:
        SealError: that is no public key.

    """
    once = X25519PrivateKey.generate()
    sender = once.public_key().public_bytes_raw()
    try:
        shared = once.exchange(X25519PublicKey.from_public_bytes(reader))
    except ValueError:
        raise SealError(f"nothing can be sealed of {about}: what was told as a worker's key is none") from None
    return sender + AESGCM(_derived(shared, sender, reader)).encrypt(_ONCE, text, about.encode())


def _derived(shared: bytes, sender: bytes, reader: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=_FORM + sender + reader).derive(shared)


class Letters:
    """Numbered texts between two that hold the same key, in one direction.

    Args:
        key: 32 bytes that were sealed for the other; a new one without it.

    """

    def __init__(self, key: bytes = b"") -> None:
        """Take the key, or make one."""
        self.key = key or os.urandom(32)
        self._cipher = AESGCM(self.key)

    def seal(self, number: int, text: bytes) -> bytes:
        """Seal the letter of this number; each number once."""
        return self._cipher.encrypt(number.to_bytes(12, "big"), zlib.compress(text, 1), _FORM)

    def open(self, number: int, sealed: bytes) -> bytes:
        """Return the text of the letter of this number.

        Raises:
            SealError: it is another letter or was changed, or is longer than `LONGEST`.

        """
        try:
            packed = self._cipher.decrypt(number.to_bytes(12, "big"), sealed, _FORM)
        except InvalidTag:
            raise SealError(f"letter {number} was not sealed by the worker, or was changed on its way") from None
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(packed, LONGEST)
        if not unpacking.eof:
            raise SealError(f"letter {number} is longer than {LONGEST} bytes")
        return text
