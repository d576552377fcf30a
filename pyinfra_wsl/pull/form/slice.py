"""A laptop's slice: what it must be, and nothing of any other; and how long a delay its name gives it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.pull.form import tree
from pyinfra_wsl.pull.form.fields import Fields, body
from pyinfra_wsl.pull.form.manifest import Manifest
from pyinfra_wsl.pull.form.refused import CUT, RefusedError

IMAGE = "bundle:"
"""What a source begins with that is published beside the slices: ``bundle:images/SHA256/name``."""


@dataclass(frozen=True, slots=True)
class Slice:
    """What one laptop must be.

    Args:
        host: its name in the fleet file.
        groups: its groups.
        data: what it must be, by the keys of the fleet file.

    """

    host: str
    groups: tuple[str, ...]
    data: Mapping[str, Any]

    @property
    def body(self) -> bytes:
        """What is hashed."""
        return body({"host": self.host, "groups": list(self.groups), "data": self.data})

    @classmethod
    def parse(cls, data: bytes) -> Slice:
        """Read a body that was proved; raises RefusedError."""
        top = Fields(data, "the laptop's slice")
        return cls(top.name("host"), top.texts("groups"), top.object("data").values)


def write(proof: Sequence[str], slice_body: bytes) -> bytes:
    """Return a slice as it is published: the proof in its first line, and the body behind."""
    return json.dumps(proof, separators=(",", ":")).encode() + b"\n" + slice_body


def read(data: bytes, manifest: Manifest, host: str) -> Slice:
    """Return the slice of a laptop; raises RefusedError unless the manifest is of it."""
    line, _, rest = data.partition(b"\n")
    proof = Fields(b'{"proof":' + line + b"}", "the slice's first line").texts("proof") if line[:1] == b"[" else None
    if proof is None:
        raise RefusedError("what was fetched as the laptop's slice is none", "look what stands at that address", CUT)
    tree.prove(manifest.root, tree.name_of(manifest.fleet, host), rest, proof)
    return Slice.parse(rest)


def delay(host: str, seconds: int) -> int:
    """Return after how many seconds of a span a laptop comes: spread evenly by its name, and always the same.

    Args:
        host: its name.
        seconds: the span.

    """
    if seconds < 1:
        return 0
    drawn = int.from_bytes(hashlib.sha256(f"splay\n{host.casefold()}".encode()).digest()[:8], "big")
    return drawn % seconds
