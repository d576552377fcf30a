r"""What an organisation lays down: ``admin-settings.json``, enforced sign-in by ``registry.json`` or the registry.

Sources: Docker's pages "Configure Settings Management with a JSON file" and "Enforce sign-in" (Docker Business; a signed-in
member of the organisation; files of ``%ProgramData%\DockerDesktop``; the registry wins), its release notes for what broke which
version. Which setting an admin key means: the settings reference of 2025.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.lab.docker_desktop import releases
from pyinfra_wsl.lab.docker_desktop.places import POLICY_KEY, SHARED
from pyinfra_wsl.lab.docker_desktop.releases import Version
from pyinfra_wsl.lab.docker_desktop.settings import SettingsError, parse_json
from pyinfra_wsl.lab.machine.machine import Machine

ADMIN, SIGN_IN = rf"{SHARED}\admin-settings.json", rf"{SHARED}\registry.json"
_PLAIN = (
    "analyticsEnabled", "blockDockerLoad", "desktopTerminalEnabled", "disableUpdate", "displayedOnboarding",
    "enhancedContainerIsolation", "exposeDockerAPIOnTCP2375", "extensionsEnabled", "extensionsPrivateMarketplace",
    "extensionsPrivateMarketplaceAdminContactURL", "onlyMarketplaceExtensions",
)  # fmt: skip
KEYS = {name: name[:1].upper() + name[1:] for name in _PLAIN} | {
    "linuxVM.wslEngineEnabled": "WslEngineEnabled",
    "linuxVM.vpnkitCIDR": "VpnkitCIDR",
    "kubernetes.enabled": "KubernetesEnabled",
    "proxy.mode": "ProxyHTTPMode",
    "proxy.http": "OverrideProxyHTTP",
    "proxy.https": "OverrideProxyHTTPS",
    "proxy.exclude": "OverrideProxyExclude",
    "proxy.pac": "OverrideProxyPAC",
    "proxy.windowsDockerdPort": "OverrideWindowsDockerdPort",
    "proxy.enableKerberosNtlm": "ProxyEnableKerberosNTLM",
}
"""Admin key → setting, for those that have one."""
OTHERS = (
    "allowBetaFeatures", "allowExperimentalFeatures", "configurationFileVersion", "containersProxy", "defaultNetworkingMode",
    "dnsInhibition", "enableCloud", "enableDockerAI", "enableDockerMCPToolkit", "enableInference", "enableInferenceCORS",
    "enableInferenceGPUVariant", "enableInferenceTCP", "enableInferenceTCPPort", "filesharingAllowedDirectories",
    "portBindingBehavior", "scout", "silentModulesUpdate", "useGrpcfuse", "useVirtualizationFrameworkRosetta",
    "useVirtualizationFrameworkVirtioFS", "windowsContainers",
)  # fmt: skip
FLAT = ("proxy", "containersProxy", "kubernetes", "scout")
"""Groups that have one ``locked`` for all their values."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What an organisation wants.

    Args:
        locked: setting → value that nobody can change.
        defaults: setting → value for who has not chosen another.
        organisations: of which one a user has to be signed in; empty: nobody has to sign in.
        forces: whether somebody has to be signed in at all: the mere presence of the admin file does that.

    """

    locked: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    organisations: tuple[str, ...] = ()
    forces: bool = False

    def lets_in(self, member_of: frozenset[str]) -> bool:
        """Whether a user may go on; names are compared as they are written, and Docker's own are lower case."""
        wanted = set(self.organisations)
        return not self.forces or bool(member_of & wanted if wanted else member_of)

    def applied(self, settings: Mapping[str, Any], chosen: set[str], member_of: frozenset[str]) -> dict[str, Any]:
        """Return the settings that are in force; for who is no member the admin file says nothing."""
        if not member_of:
            return dict(settings)
        defaults = {name: value for name, value in self.defaults.items() if name not in chosen}
        return dict(settings) | defaults | dict(self.locked)


def read(machine: Machine, version: Version) -> Policy:
    """Read what is laid down; raises SettingsError for a file that keeps this version from starting."""
    locked: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    admin = _file(machine, ADMIN, version)
    if admin is not None:
        _check(admin, version)
        for name, setting in KEYS.items():
            if (found := _value(admin, name)) is not None:
                (locked if found[0] else defaults)[setting] = found[1]
    organisations = _organisations(machine, version)
    return Policy(locked, defaults, organisations, forces=admin is not None or bool(organisations))


def _file(machine: Machine, path: str, version: Version) -> dict[str, Any] | None:
    if not machine.files.exists(path):
        return None
    data = machine.files.read(path)
    if version >= releases.ADMIN_BOM:
        data = data.removeprefix(b"\xef\xbb\xbf")
    return parse_json(data, f"loading {path}")


def _check(admin: Mapping[str, Any], version: Version) -> None:
    """Release notes 4.41, 4.41.1, 4.43, 4.44.1: what of the file kept which version from starting."""
    if "configurationFileVersion" not in admin and version < releases.ADMIN_SHAPE:
        raise SettingsError("admin-settings.json: no configurationFileVersion")
    if "proxy" in admin and version == (4, 41, 0):
        raise SettingsError("admin-settings.json: proxy")
    unknown = sorted(set(admin) - {name.partition(".")[0] for name in KEYS} - set(OTHERS))
    if unknown and version < releases.ADMIN_UNKNOWN:
        raise SettingsError(f"admin-settings.json: unknown key {unknown[0]}")
    cidr = admin.get("linuxVM", {}).get("vpnkitCIDR") if isinstance(admin.get("linuxVM"), dict) else None
    if isinstance(cidr, dict) and cidr.get("locked") and not cidr.get("value") and version == (4, 44, 0):
        raise SettingsError("admin-settings.json: vpnkitCIDR")


def _value(admin: Mapping[str, Any], name: str) -> tuple[bool, Any] | None:
    """Return whether a key is locked, and its value."""
    group, _, below = name.partition(".")
    found = admin.get(group)
    if not isinstance(found, dict):
        return None
    if below and group in FLAT:
        value = found.get(below)
        kept = ",".join(map(str, value)) if isinstance(value, list) else value
        return (bool(found.get("locked")), kept) if below in found else None
    inner = found.get(below) if below else found
    return (bool(inner.get("locked")), inner["value"]) if isinstance(inner, dict) and "value" in inner else None


def _organisations(machine: Machine, version: Version) -> tuple[str, ...]:
    """The registry wins over the file ("Enforce sign-in", methods)."""
    named = machine.registry.get(POLICY_KEY, "allowedOrgs", [])
    if named:
        return tuple(named)
    listed = (_file(machine, SIGN_IN, version) or {}).get("allowedOrgs", [])
    return tuple(map(str, listed)) if isinstance(listed, list) else ()
