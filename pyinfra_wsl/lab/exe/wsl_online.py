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
RELEASES = "https://api.github.com/repos/Microsoft/WSL/releases"
"""Of all releases, those for testing too: of them the highest number is taken (GetLatestGitHubRelease in wslutil.cpp)."""
STORE = "ms-windows-store://pdp/?productid=9P9TQF7MRM4R"
"""WSL in the Store, which only the wsl.exe in System32 asks; a laptop of the lab reaches it where this holds an MSI."""
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
    """Read an object; where in it what is wrong, the lab does not tell as WSL does."""
    try:
        found = json.loads(data)
    except ValueError:
        raise WslError("WSL_E_INVALID_JSON") from None
    if not isinstance(found, dict):
        raise WslError("WSL_E_INVALID_JSON")
    return found


def _list(data: bytes) -> list[dict[str, Any]]:
    """Read a list of objects, in which there is one."""
    found = _json(b'{"list": ' + data + b"}")["list"]
    if not isinstance(found, list):
        raise WslError("WSL_E_INVALID_JSON")
    if not found:
        raise WslError("E_UNEXPECTED")
    return found


Flavours = dict[str, list[tuple[Entry, bool]]]
"""Flavour → its versions, each with whether it is the default one."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What can be installed: the flavours, and which is meant where none is named (``""``: none)."""

    flavours: Flavours
    default: str = ""


def manifests(client: Client) -> list[Manifest]:
    """Return the manifests, the one that counts first: that of DistributionListUrlAppend, if there is one, then the main one."""
    registry = client.machine.registry
    main = _manifest(client, str(registry.get(KEY, "DistributionListUrl", MANIFEST)))
    more = str(registry.get(KEY, "DistributionListUrlAppend", ""))
    return [*([_manifest(client, more)] if more else []), main]


def _manifest(client: Client, url: str) -> Manifest:
    """Read one; only what is for this processor. Legacy entries are not simulated."""
    try:
        told = _json(fetch(client, url))
    except WslError as error:
        raise WslError(error.name, says=[("MessageCouldFetchDistributionList", url, WslError(error.name))]) from None
    processor = "Arm64Url" if client.machine.architecture == "ARM64" else "Amd64Url"
    found: Flavours = {}
    for flavour, versions in told.get("ModernDistributions", {}).items():
        usable = [one for one in versions if one.get(processor)]
        found[flavour] = [
            (Entry(one["Name"], one["FriendlyName"], one[processor]["Url"], one[processor]["Sha256"]), bool(one.get("Default")))
            for one in usable
        ]
    return Manifest(found, str(told.get("Default") or ""))


def shown(client: Client) -> list[Entry]:
    """Return what ``--list --online`` shows, in the order of the manifests, each name once."""
    found: dict[str, Entry] = {}
    for manifest in manifests(client):
        for versions in manifest.flavours.values():
            for entry, _ in versions[:SHOWN]:
                found.setdefault(entry.name, entry)
    return list(found.values())


def find(client: Client, name: str | None) -> tuple[Entry, str]:
    """Return a distribution by the name of a version or of a flavour, or the default one.

    Returns:
        The distribution, and the name if the second manifest has it, which is said (``""`` if it has not).

    Raises:
        WslError: no such distribution, or no name and no default.

    """
    found = manifests(client)
    wanted = name if name is not None else next((one.default for one in found if one.default), "")
    if not wanted:
        raise WslError("E_UNEXPECTED", says=[("MessageNoInstallDefault",)])
    for at, manifest in enumerate(found):
        entry = _named(manifest, wanted)
        if entry is not None:
            return entry, wanted if at < len(found) - 1 else ""
    raise WslError("WSL_E_DISTRO_NOT_FOUND", says=[("MessageInvalidDistributionName", wanted)])


def _named(manifest: Manifest, name: str) -> Entry | None:
    for flavour, versions in manifest.flavours.items():
        for entry, default in versions:
            if entry.name.lower() == name.lower() or (default and flavour.lower() == name.lower()):
                return entry
    return None


def demand_digest(entry: Entry, data: bytes) -> None:
    """Demand that an archive's digest is the manifest's (EnforceFileHash)."""
    digits = entry.sha256.lower().removeprefix("0x")
    if not re.fullmatch(r"(?:[0-9a-f]{2})*", digits):
        raise WslError("E_INVALIDARG", "VerifyChecksum", says=[("MessageInvalidHexString", entry.sha256)])
    found = hashlib.sha256(data).hexdigest()
    if found != digits:
        raise WslError("TRUST_E_BAD_DIGEST", "VerifyChecksum", says=[("MessageHashMismatch", entry.sha256, f"0x{found}")])


def numbers(version: str) -> tuple[int, ...]:
    """Return the first three numbers of a version, which alone are compared."""
    match = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    if not match:
        raise WslError("E_UNEXPECTED")
    return tuple(int(number) for number in match.groups())


def release(client: Client, *, testing: bool = False) -> tuple[str, str, str]:
    """Return the newest release: its name, the name of its MSI for this processor, and its address.

    Args:
        client: who asks.
        testing: whether releases for testing count too.

    """
    address = RELEASES if testing else RELEASE
    try:
        data = fetch(client, str(client.machine.registry.get(KEY, "GitHubUrlOverride", address)))
        found = max(_list(data), key=lambda one: numbers(str(one["name"]))) if testing else _json(data)
    except WslError as error:
        raise error.within("QueryLatestGitHubRelease") from None
    suffix = ".arm64.msi" if client.machine.architecture == "ARM64" else ".x64.msi"
    for asset in found.get("assets", []):
        if asset["name"].lower().endswith(suffix):
            return found["name"], asset["name"], asset["url"]
    raise WslError("E_UNEXPECTED", "QueryLatestGitHubRelease")
