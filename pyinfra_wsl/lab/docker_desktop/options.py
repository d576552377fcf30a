"""What an installer is told: the EXE's flags and the MSI's properties, as Docker documents them.

Sources: Docker's install page (flags), the MSI page (properties), release notes for the version of some; a flag that is not
among them is loud. Names in ``install-settings.json``: ``noWindowsContainers``, ``wslDefaultDataRoot`` and ``wslEngineEnabled``
were seen in real files (winget-pkgs #420243; ids 69303941850, 68931983892); how the others are kept was not found, those names
are the lab's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.lab.docker_desktop import releases
from pyinfra_wsl.lab.docker_desktop.releases import Version
from pyinfra_wsl.lab.machine.program import Unsupported

SWITCHES = (
    "--quiet",
    "--accept-license",
    "--always-run-service",
    "--no-windows-containers",
    "--user",
    "--proxy-enable-kerberosntlm",
)
VALUES = {
    "--backend": "",
    "--installation-dir": "",
    "--allowed-org": "",
    "--admin-settings": "",
    "--proxy-http-mode": "proxyHttpMode",
    "--override-proxy-http": "overrideProxyHttp",
    "--override-proxy-https": "overrideProxyHttps",
    "--override-proxy-exclude": "overrideProxyExclude",
    "--override-proxy-pac": "overrideProxyPac",
    "--override-proxy-embedded-pac": "overrideProxyEmbeddedPac",
    "--hyper-v-default-data-root": "hyperVDefaultDataRoot",
    "--windows-containers-default-data-root": "windowsContainersDefaultDataRoot",
    "--wsl-default-data-root": "wslDefaultDataRoot",
}
"""Flag with a value → how the choice is kept; empty for what is kept elsewhere."""
SINCE = {
    "--user": releases.PER_USER,
    "--accept-license": (4, 7),
    "--override-proxy-pac": releases.PAC_FLAGS,
    "--override-proxy-embedded-pac": releases.PAC_FLAGS,
    "--proxy-enable-kerberosntlm": (4, 32),
}
BACKENDS = {"wsl-2": "wsl-2", "hyper-v": "hyper-v", "windows": "windows"}
ENGINES = {"wsl": "wsl-2", "hyperv": "hyper-v", "windows": "windows"}
"""The MSI's ENGINE is spelled otherwise than the EXE's ``--backend`` (MSI page)."""

PROPERTIES = {
    "INSTALLFOLDER": "--installation-dir",
    "ADMINSETTINGS": "--admin-settings",
    "ALLOWEDORG": "--allowed-org",
    "PROXYHTTPMODE": "--proxy-http-mode",
    "OVERRIDEPROXYHTTP": "--override-proxy-http",
    "OVERRIDEPROXYHTTPS": "--override-proxy-https",
    "OVERRIDEPROXYEXCLUDE": "--override-proxy-exclude",
    "OVERRIDEPROXYPAC": "--override-proxy-pac",
    "OVERRIDEPROXYEMBEDDEDPAC": "--override-proxy-embedded-pac",
    "HYPERVDEFAULTDATAROOT": "--hyper-v-default-data-root",
    "WINDOWSCONTAINERSDEFAULTDATAROOT": "--windows-containers-default-data-root",
    "WSLDEFAULTDATAROOT": "--wsl-default-data-root",
}
PROPERTY_SWITCHES = {
    "ALWAYSRUNSERVICE": "--always-run-service",
    "DISABLEWINDOWSCONTAINERS": "--no-windows-containers",
    "PROXYENABLEKERBEROSNTLM": "--proxy-enable-kerberosntlm",
}
MSI_ONLY = ("ENGINE", "ENABLEDESKTOPSHORTCUT", "DISABLEANALYTICS", "REMOVEEXISTINGINSTALL")
ALL_PROPERTIES = (*PROPERTIES, *PROPERTY_SWITCHES, *MSI_ONLY)


@dataclass(frozen=True, slots=True)
class Choices:
    """What an installer was told.

    Args:
        switches: the flags without a value.
        values: those with one.
        backend: which engine; empty where nothing was said.
        replaces: whether an MSI removes an installation by EXE (REMOVEEXISTINGINSTALL).

    """

    switches: frozenset[str] = frozenset()
    values: Mapping[str, str] = field(default_factory=dict)
    backend: str = ""
    replaces: bool = True

    def has(self, flag: str) -> bool:
        """Whether a flag without a value was given."""
        return flag in self.switches

    def kept(self) -> dict[str, Any]:
        """Return what goes into ``install-settings.json``: only what was said; the rest stays as an earlier run left it."""
        found: dict[str, Any] = {VALUES[flag]: value for flag, value in self.values.items() if VALUES[flag]}
        found |= {"noWindowsContainers": True} if self.has("--no-windows-containers") else {}
        found |= {"proxyEnableKerberosNtlm": True} if self.has("--proxy-enable-kerberosntlm") else {}
        if self.backend:
            found["wslEngineEnabled"] = self.backend != "hyper-v"
        if self.backend == "windows":
            found["useWindowsContainers"] = True
        return found


def of_exe(words: list[str], version: Version) -> Choices:
    """Read the flags of ``install``; raises Unsupported for one that is not documented, or not in this version."""
    switches, values = set[str](), dict[str, str]()
    for word in words:
        name, equals, value = word.partition("=")
        if SINCE.get(name, (0,)) > version:
            raise Unsupported(f"{name}: documented from {'.'.join(map(str, SINCE[name]))}")
        if word in SWITCHES:
            switches.add(word)
        elif name in VALUES and equals:
            values[name] = value
        else:
            raise Unsupported(word)
    backend = values.get("--backend", "")
    if backend and backend not in BACKENDS:
        raise Unsupported(f"--backend={backend}")
    if "--admin-settings" in values and "--allowed-org" not in values:
        raise Unsupported("--admin-settings needs --allowed-org")
    return Choices(frozenset(switches), values, backend)


def of_msi(properties: Mapping[str, str]) -> Choices:
    """Read the properties of ``msiexec``; raises Unsupported for a value that is not documented."""
    values = {flag: properties[name] for name, flag in PROPERTIES.items() if name in properties}
    switches = {flag for name, flag in PROPERTY_SWITCHES.items() if properties.get(name) == "1"}
    engine = properties.get("ENGINE", "")
    if engine and engine not in ENGINES:
        raise Unsupported(f"ENGINE={engine}")
    if "--admin-settings" in values and "--allowed-org" not in values:
        raise Unsupported("ADMINSETTINGS needs ALLOWEDORG")
    if "--installation-dir" in values:
        values["--installation-dir"] = rf"{values['--installation-dir']}\Docker"
    return Choices(frozenset(switches), values, ENGINES.get(engine, ""), properties.get("REMOVEEXISTINGINSTALL") != "0")
