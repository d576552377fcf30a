"""Installers of Docker Desktop, as the lab has them: JSON behind the first bytes of a program, or of an MSI.

Names and addresses: Docker's install page (``https://desktop.docker.com/win/main/{amd64,arm64}/{build}/Docker%20Desktop%20
Installer.exe``, ``checksums.txt`` beside it), the MSI page.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import asdict, dataclass

from pyinfra_wsl.lab.docker_desktop.releases import BUILDS, Version, numbers
from pyinfra_wsl.lab.machine.machine import Machine

EXE_MAGIC = b"MZ: installer of Docker Desktop: "
MSI_MAGIC = bytes.fromhex("D0CF11E0A1B11AE1")
"""The first bytes of every MSI (Microsoft, MS-CFB, 2.2 "Compound File Header")."""
PRODUCT = "Docker Desktop"
ARCHITECTURES = {"amd64": "AMD64", "arm64": "ARM64"}
SITE = "https://desktop.docker.com/win/main"


@dataclass(frozen=True, slots=True)
class Package:
    """What an installer holds: a version for a processor; `stub` for the copy in the program folder, which holds nothing."""

    version: str
    architecture: str = "amd64"
    kind: str = "exe"
    stub: bool = False

    @property
    def numbers(self) -> Version:
        """The version as three numbers."""
        return numbers(self.version)

    @property
    def product_code(self) -> str:
        """The MSI's product code; each version has its own (Microsoft, "ProductCode property")."""
        return f"{{{uuid.uuid5(uuid.NAMESPACE_OID, f'docker desktop {self.version}')}}}".upper()


def make(version: str, architecture: str = "amd64", kind: str = "exe", *, stub: bool = False) -> bytes:
    """Return the installer of a version.

    Args:
        version: three numbers.
        architecture: ``amd64`` or ``arm64``.
        kind: ``exe`` or ``msi``.
        stub: the copy that an installation leaves in its program folder.

    """
    magic = EXE_MAGIC if kind == "exe" else MSI_MAGIC
    return magic + json.dumps({"product": PRODUCT, **asdict(Package(version, architecture, kind, stub))}).encode()


def read(data: bytes) -> Package | None:
    """Return what an installer holds, None where the data is none of Docker Desktop's, or is damaged."""
    kind = "exe" if data.startswith(EXE_MAGIC) else "msi"
    try:
        found = json.loads(data.removeprefix(EXE_MAGIC if kind == "exe" else MSI_MAGIC))
        return Package(**{name: value for name, value in found.items() if name != "product"}) if _ours(found) else None
    except (ValueError, TypeError):
        return None


def _ours(found: object) -> bool:
    return isinstance(found, dict) and found.get("product") == PRODUCT


def publish(machine: Machine, *versions: str, architecture: str = "amd64") -> dict[str, str]:
    """Have Docker's site offer some versions, the last one as the newest; return each one's address.

    Builds that are older than six months are withdrawn from the real site (release notes, head): take them out of
    `Machine.internet` again.
    """
    addresses: dict[str, str] = {}
    for version in versions:
        data = make(version, architecture)
        name = "Docker%20Desktop%20Installer.exe"
        for folder in (f"{SITE}/{architecture}/{BUILDS.get(version, 200000)}", f"{SITE}/{architecture}"):
            machine.internet[f"{folder}/{name}"] = data
            line = f"{hashlib.sha256(data).hexdigest()} *Docker Desktop Installer.exe\n"
            machine.internet[f"{folder}/checksums.txt"] = line.encode()
            addresses.setdefault(version, f"{folder}/{name}")
    return addresses
