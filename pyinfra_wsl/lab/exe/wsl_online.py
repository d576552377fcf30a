"""What wsl.exe fetches: the manifest of distributions, an archive, its own newest release.

src/windows/common/Distribution.cpp, WslInstall.cpp, install.cpp, wslutil.cpp beside them. A laptop of the lab reaches what its
`internet` holds and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pyinfra_wsl.lab.exe.wsl_console import Client
from pyinfra_wsl.lab.wsl.errors import WslError

MANIFEST = "https://raw.githubusercontent.com/microsoft/WSL/master/distributions/DistributionInfo.json"
RELEASE = "https://api.github.com/repos/Microsoft/WSL/releases/latest"
KEY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Lxss"
SHOWN = 4
"""So many versions of one flavour does a list show."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A distribution of the manifest: its name, its friendly name, where its archive is, and the digest of that."""

    name: str
    friendly: str
    url: str
    sha256: str


def fetch(client: Client, url: str) -> bytes:
    """Return what an https or file address holds."""
    machine, parts = client.machine, urlsplit(url)
    if parts.scheme == "file":
        path = parts.path.lstrip("/").replace("/", "\\")
        if machine.files.exists(path):
            return machine.files.read(path)
    if url not in machine.internet:
        raise WslError("WININET_E_CANNOT_CONNECT")
    return machine.internet[url]


def _json(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError:
        raise WslError("WSL_E_INVALID_JSON") from None
    if not isinstance(found, dict):
        raise WslError("WSL_E_INVALID_JSON")
    return found


def manifest(client: Client) -> dict[str, list[tuple[Entry, bool]]]:
    """Return flavour → its versions with their default marks; only those for this processor. Legacy entries are not simulated."""
    url = str(client.machine.registry.get(KEY, "DistributionListUrl", MANIFEST))
    processor = "Arm64Url" if client.machine.architecture == "ARM64" else "Amd64Url"
    found: dict[str, list[tuple[Entry, bool]]] = {}
    for flavour, versions in _json(fetch(client, url)).get("ModernDistributions", {}).items():
        usable = [one for one in versions if one.get(processor)]
        found[flavour] = [
            (Entry(one["Name"], one["FriendlyName"], one[processor]["Url"], one[processor]["Sha256"]), bool(one.get("Default")))
            for one in usable
        ]
    return found


def shown(client: Client) -> list[Entry]:
    """Return what ``--list --online`` shows, in the order of the manifest."""
    return [entry for versions in manifest(client).values() for entry, _ in versions[:SHOWN]]


def find(client: Client, name: str | None) -> Entry:
    """Return a distribution by the name of a version or of a flavour, or the default one."""
    found = manifest(client)
    if name is None:
        name = str(_json(fetch(client, str(client.machine.registry.get(KEY, "DistributionListUrl", MANIFEST)))).get("Default"))
    for flavour, versions in found.items():
        for entry, default in versions:
            if entry.name.lower() == name.lower() or (default and flavour.lower() == name.lower()):
                return entry
    raise WslError("WSL_E_DISTRO_NOT_FOUND")


def archive(client: Client, entry: Entry) -> bytes:
    """Return an archive whose digest is the manifest's."""
    data = fetch(client, entry.url)
    if hashlib.sha256(data).hexdigest() != entry.sha256.lower().removeprefix("0x"):
        raise WslError("TRUST_E_BAD_DIGEST", "VerifyChecksum")
    return data


def numbers(version: str) -> tuple[int, ...]:
    """Return the first three numbers of a version, which alone are compared."""
    match = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    if not match:
        raise WslError("E_UNEXPECTED")
    return tuple(int(number) for number in match.groups())


def release(client: Client) -> tuple[str, str, str]:
    """Return the newest release: its name, the name of its MSI for this processor, and its address."""
    try:
        found = _json(fetch(client, str(client.machine.registry.get(KEY, "GitHubUrlOverride", RELEASE))))
    except WslError as error:
        raise error.within("QueryLatestGitHubRelease") from None
    suffix = ".arm64.msi" if client.machine.architecture == "ARM64" else ".x64.msi"
    for asset in found.get("assets", []):
        if asset["name"].lower().endswith(suffix):
            return found["name"], asset["name"], asset["url"]
    raise WslError("E_UNEXPECTED", "QueryLatestGitHubRelease")
