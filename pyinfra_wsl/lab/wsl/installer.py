"""The lab's stand-in for the MSI of the WSL package: JSON behind the signature of a compound file, as a real MSI begins."""

from __future__ import annotations

import json
from typing import Any

OLE_MAGIC = bytes.fromhex("D0CF11E0A1B11AE1")
"""The first bytes of every MSI (Microsoft, MS-CFB, 2.2 "Compound File Header")."""


def make(version: str = "2.6.1.0", architecture: str = "x64") -> bytes:
    """Return the installer of a version."""
    return OLE_MAGIC + json.dumps({"product": "WSL", "version": version, "architecture": architecture}).encode()


def read(data: bytes) -> dict[str, Any] | None:
    """Return what an installer says of itself, None where the data is none."""
    if not data.startswith(OLE_MAGIC):
        return None
    try:
        found = json.loads(data.removeprefix(OLE_MAGIC))
    except ValueError:
        return None
    return found if isinstance(found, dict) and found.get("product") == "WSL" else None
