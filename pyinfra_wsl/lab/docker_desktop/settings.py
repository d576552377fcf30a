r"""Docker Desktop's settings file as the program itself reads and writes it.

Two generations: ``settings.json`` (to 4.34: every key, camelCase) and ``settings-store.json`` (from 4.35: PascalCase, only what
differs from the defaults). Sources: Docker's settings pages and release notes (4.35), keys and defaults of the settings
reference of 2025. Written without our own reader in ``core``, so that the lab can contradict it.
"""

from __future__ import annotations

import json
from copy import copy
from typing import Any

DEFAULTS: dict[str, tuple[str, Any]] = {
    "AcceptCanaryUpdates": ("acceptCanaryUpdates", False),
    "AutoStart": ("autoStart", False),
    "AutoDownloadUpdates": ("autoDownloadUpdates", False),
    "AnalyticsEnabled": ("analyticsEnabled", True),
    "Cpus": ("cpus", 0),
    "CustomWslDistroDir": ("customWslDistroDir", ""),
    "DataFolder": ("dataFolder", ""),
    "DisableUpdate": ("disableUpdate", False),
    "DisplayedOnboarding": ("displayedOnboarding", False),
    "EnableIntegrationWithDefaultWslDistro": ("enableIntegrationWithDefaultWslDistro", False),
    "ExposeDockerAPIOnTCP2375": ("exposeDockerAPIOnTCP2375", False),
    "IntegratedWslDistros": ("integratedWslDistros", []),
    "KubernetesEnabled": ("kubernetesEnabled", False),
    "KubernetesMode": ("kubernetesMode", "kubeadm"),
    "LicenseTermsVersion": ("licenseTermsVersion", 0),
    "MemoryMiB": ("memoryMiB", 0),
    "OpenUIOnStartupDisabled": ("openUIOnStartupDisabled", False),
    "OverrideProxyExclude": ("overrideProxyExclude", ""),
    "OverrideProxyHTTP": ("overrideProxyHttp", ""),
    "OverrideProxyHTTPS": ("overrideProxyHttps", ""),
    "OverrideProxyPAC": ("overrideProxyPAC", ""),
    "ProxyEnableKerberosNTLM": ("proxyEnableKerberosNTLM", False),
    "ProxyHTTPMode": ("proxyHttpMode", "system"),
    "RunWinServiceInWslMode": ("runWinServiceInWslMode", False),
    "SettingsVersion": ("settingsVersion", 0),
    "SwapMiB": ("swapMiB", 1024),
    "UpdateHostsFile": ("updateHostsFile", False),
    "UseContainerdSnapshotter": ("useContainerdSnapshotter", True),
    "UseResourceSaver": ("useResourceSaver", True),
    "UseWindowsContainers": ("useWindowsContainers", False),
    "WslEngineEnabled": ("wslEngineEnabled", True),
}
"""Key in the store → (key in the older file, default). Other keys are kept as they are found.

0 for Cpus and MemoryMiB stands for "as many as the laptop has" and "half of it". Sources conflict over the default distribution,
the containerd store, the hosts file and the provisioner of Kubernetes.
"""

INSTALLER = {
    "wslEngineEnabled": "WslEngineEnabled",
    "useWindowsContainers": "UseWindowsContainers",
    "wslDefaultDataRoot": "CustomWslDistroDir",
    "hyperVDefaultDataRoot": "DataFolder",
    "proxyHttpMode": "ProxyHTTPMode",
    "overrideProxyHttp": "OverrideProxyHTTP",
    "overrideProxyHttps": "OverrideProxyHTTPS",
    "overrideProxyExclude": "OverrideProxyExclude",
    "overrideProxyPac": "OverrideProxyPAC",
    "proxyEnableKerberosNtlm": "ProxyEnableKerberosNTLM",
}
"""What the installer has kept → the setting with which a user's first start begins; their own file wins over it later."""

LICENSE = 2
"""LicenseTermsVersion of who has accepted."""

VERSIONS = {True: 45, False: 17}
"""SettingsVersion that files of 2026 (store) and of 2022 carry."""


class SettingsError(Exception):
    """Docker Desktop refuses its file, with the text it shows."""


def load(data: bytes | None, **defaults: Any) -> dict[str, Any]:
    """Return the effective settings by their store key; case does not matter, the last spelling counts. No file: defaults.

    Args:
        data: the file; None where there is none.
        defaults: those that differ from `DEFAULTS` on this laptop.

    """
    settings: dict[str, Any] = {name: copy(default) for name, (_, default) in DEFAULTS.items()} | defaults
    known = {spelling.lower(): name for name, (legacy, _) in DEFAULTS.items() for spelling in (name, legacy)}
    for key, value in _parse(data).items():
        settings[known.get(key.lower(), key)] = value
    listed = settings["IntegratedWslDistros"]
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        raise SettingsError("merging settings: integratedWslDistros type mismatch")
    return settings


def _parse(data: bytes | None) -> dict[str, Any]:
    """Read the settings' JSON; a byte order mark is refused (a third party's note of 2026-07)."""
    return {} if data is None else parse_json(data, "retrieving settings: loading settings")


def parse_json(data: bytes, where: str) -> dict[str, Any]:
    """Read JSON as Go does: no byte order mark, no NUL bytes, no comments, not cut short; one object.

    Args:
        data: the file.
        where: what the error begins with.

    Raises:
        SettingsError: with the text that the program shows (docker/for-win #13253; third parties' notes of 4.83 and 4.86).

    """
    refused = f"{where}: parsing JSON: "
    if data.startswith(b"\xef\xbb\xbf"):
        raise SettingsError(refused + "invalid character 'ï' looking for beginning of value")
    if data.startswith(b"\0"):
        raise SettingsError(refused + "invalid character '\\x00' looking for beginning of value")
    if data.lstrip().startswith(b"/"):
        raise SettingsError(refused + "invalid character '/' looking for beginning of value")
    try:
        found = json.loads(data)
    except ValueError:
        raise SettingsError(refused + ("unexpected EOF" if data.strip() else "EOF")) from None
    if not isinstance(found, dict):
        raise SettingsError(refused + "not an object")
    return found


def save(settings: dict[str, Any], *, store: bool, **defaults: Any) -> bytes:
    """Write the file of a generation: what differs from the defaults, or everything in the older spelling."""
    usual = {name: default for name, (_, default) in DEFAULTS.items()} | defaults
    if store:
        kept = {name: value for name, value in settings.items() if name not in usual or value != usual[name]}
    else:
        kept = {DEFAULTS[name][0] if name in DEFAULTS else name: value for name, value in settings.items()}
    kept["SettingsVersion" if store else "settingsVersion"] = VERSIONS[store]
    return json.dumps(kept, indent=2).encode()
