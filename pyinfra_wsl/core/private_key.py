"""What a file of a private key is, by what it holds, and what to do where it is none that can be used.

Keys are read as OpenSSH writes them: its own format (openssh, PROTOCOL.key), and the older PEM of RSA and ECDSA keys. Paramiko,
which connects, reads no other.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

LARGEST = 2**16
"""Bytes of a file that are looked at; the largest RSA keys have a quarter of it."""

_BEGIN = re.compile(rb"^-----BEGIN ([A-Z0-9 ]+)-----\s*$", re.MULTILINE)
_MAGIC = b"openssh-key-v1\0"
_PUBLIC = re.compile(rb"(ssh-|ecdsa-|sk-)[\w@.-]+ AAAA|---- BEGIN SSH2 PUBLIC KEY")
_LABELS = {b"OPENSSH PRIVATE KEY", b"RSA PRIVATE KEY", b"EC PRIVATE KEY"}


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is: its problem and the next step, both empty for a key that can be used; and whether it is encrypted."""

    problem: str = ""
    remedy: str = ""
    encrypted: bool = False


def kind(data: bytes, name: str) -> Kind:
    """Return what a file is.

    Args:
        data: what it holds, or its beginning.
        name: as a person calls the file.

    """
    label = next((one[1] for one in _BEGIN.finditer(data)), b"")
    if data.startswith(b"PuTTY-User-Key-File"):
        return Kind("is a key of PuTTY", f"convert it: puttygen {name} -O private-openssh -o {name.removesuffix('.ppk')}.openssh")
    if _PUBLIC.match(data) or label.endswith(b"PUBLIC KEY"):
        return Kind("is a public key", f"name the private key beside it: {name.removesuffix('.pub')}")
    if label.endswith(b"PRIVATE KEY") and label not in _LABELS:
        words = label.decode().lower().removesuffix(" private key").removesuffix("private key")
        return Kind(f"is a private key in a form that is not read ({words or 'PKCS #8'})", f"convert it: ssh-keygen -p -f {name}")
    if label not in _LABELS:
        return Kind("holds no private key", "name the file of a private key that ssh-keygen has made")
    return Kind(encrypted=_encrypted(data, label))


def _encrypted(data: bytes, label: bytes) -> bool:
    if label != b"OPENSSH PRIVATE KEY":
        return b"Proc-Type: 4,ENCRYPTED" in data
    body = b"".join(data.partition(b"-----BEGIN " + label + b"-----")[2].partition(b"-----")[0].split())
    try:
        start = base64.b64decode(body[: len(body) // 4 * 4])
    except ValueError:
        return False
    length = int.from_bytes(start[len(_MAGIC) : len(_MAGIC) + 4], "big")
    return start.startswith(_MAGIC) and start[len(_MAGIC) + 4 : len(_MAGIC) + 4 + length] != b"none"
