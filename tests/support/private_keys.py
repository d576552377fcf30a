"""Files that somebody gives for a private key: right ones, and those that are none."""

from __future__ import annotations

import asyncssh

_KEY = asyncssh.generate_private_key("ssh-ed25519")
_RSA = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
_ECDSA = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
PHRASE = "staple-91"
PUTTY = b"PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\nComment: ada\r\nPublic-Lines: 2\r\nAAAA\r\n"

RIGHT: dict[str, bytes] = {
    "ed25519": _KEY.export_private_key("openssh"),
    "rsa": _RSA.export_private_key("openssh"),
    "rsa in PEM": _RSA.export_private_key("pkcs1-pem"),
    "ecdsa in PEM": _ECDSA.export_private_key("pkcs1-pem"),
}
ENCRYPTED: dict[str, bytes] = {
    "ed25519": _KEY.export_private_key("openssh", passphrase=PHRASE),
    "rsa in PEM": _RSA.export_private_key("pkcs1-pem", passphrase=PHRASE, cipher_name="aes128-cbc", hash_name="md5"),
}
WRONG: dict[str, tuple[bytes, str, str]] = {
    "a key of PuTTY": (PUTTY, "is a key of PuTTY", "puttygen"),
    "a public key": (_KEY.export_public_key(), "is a public key", "private key beside it"),
    "a public key of RFC 4716": (_RSA.export_public_key("rfc4716"), "is a public key", "private key beside it"),
    "a public key in PEM": (_RSA.export_public_key("pkcs8-pem"), "is a public key", "private key beside it"),
    "PKCS #8": (_RSA.export_private_key("pkcs8-pem"), "in a form that is not read (PKCS #8)", "ssh-keygen -p"),
    "PKCS #8, encrypted": (_RSA.export_private_key("pkcs8-pem", passphrase=PHRASE), "(encrypted)", "ssh-keygen -p"),
    "a certificate's": (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds no private key", "ssh-keygen"),
    "nothing": (b"", "holds no private key", "ssh-keygen"),
    "bytes": (bytes(range(256)) * 300, "holds no private key", "ssh-keygen"),
    "prose": (b"see the wiki\n", "holds no private key", "ssh-keygen"),
}
DAMAGED: dict[str, bytes] = {
    "cut": RIGHT["ed25519"][:120],
    "no base64": b"-----BEGIN OPENSSH PRIVATE KEY-----\n%%%%\n-----END OPENSSH PRIVATE KEY-----\n",
    "empty": b"-----BEGIN OPENSSH PRIVATE KEY-----\n-----END OPENSSH PRIVATE KEY-----\n",
    "PEM of nothing": b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
    "PEM of bytes": b"-----BEGIN EC PRIVATE KEY-----\n\xff\xfe\n-----END EC PRIVATE KEY-----\n",
}
