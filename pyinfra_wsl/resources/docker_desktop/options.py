"""The installer's options: documented names of the EXE, the MSI's words for them, and what of them stays for later versions.

Docker, "Install Docker Desktop on Windows", "Use the MSI installer"; what is sticky: winget-pkgs issue 420243.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.core.resource import Values


@dataclass(frozen=True, slots=True)
class Option:
    """One option.

    Args:
        msi: the property of the MSI that says the same.
        flag: whether it is there or not, and has no value.
        all_users: whether an installation for one user has no such option.
        since: the version that first has it.
        sticky: the key of ``install-settings.json`` that keeps a flag; of data roots `data_place` knows.

    """

    msi: str
    flag: bool = False
    all_users: bool = False
    since: str = ""
    sticky: str = ""


OPTIONS: Mapping[str, Option] = {
    "installation-dir": Option("INSTALLFOLDER", since="4.67"),
    "always-run-service": Option("ALWAYSRUNSERVICE", flag=True, all_users=True),
    "no-windows-containers": Option("DISABLEWINDOWSCONTAINERS", flag=True, all_users=True, sticky="noWindowsContainers"),
    "proxy-http-mode": Option("PROXYHTTPMODE"),
    "override-proxy-http": Option("OVERRIDEPROXYHTTP"),
    "override-proxy-https": Option("OVERRIDEPROXYHTTPS"),
    "override-proxy-exclude": Option("OVERRIDEPROXYEXCLUDE"),
    "override-proxy-pac": Option("OVERRIDEPROXYPAC", since="4.48"),
    "override-proxy-embedded-pac": Option("OVERRIDEPROXYEMBEDDEDPAC", since="4.48"),
    "proxy-enable-kerberosntlm": Option("PROXYENABLEKERBEROSNTLM", flag=True, since="4.32"),
    "hyper-v-default-data-root": Option("HYPERVDEFAULTDATAROOT", all_users=True),
    "windows-containers-default-data-root": Option("WINDOWSCONTAINERSDEFAULTDATAROOT", all_users=True),
    "wsl-default-data-root": Option("WSLDEFAULTDATAROOT"),
}

_ENGINES = {"wsl-2": "wsl", "hyper-v": "hyperv", "windows": "windows"}


def of_exe(options: Values, backend: str | None, *, user: bool, accepted: bool) -> list[str]:
    """Return the arguments of the EXE.

    Args:
        options: as declared.
        backend: the engine that a first start begins with; settings of an earlier installation win over it.
        user: whether it is installed for one user.
        accepted: whether the agreement is accepted.

    """
    own = [
        f"--{name}" if OPTIONS[name].flag else f"--{name}={value}"
        for name, value in options.items()
        if value is not False and not (OPTIONS[name].flag and not value)
    ]
    return [
        "install", "--quiet", *(["--user"] if user else []), *(["--accept-license"] if accepted else []),
        *([f"--backend={backend}"] if backend else []), *own,
    ]  # fmt: skip


def of_msi(options: Values, backend: str | None) -> list[str]:
    """Return the properties for msiexec.exe; arguments as of `of_exe`."""
    own = [f"{OPTIONS[name].msi}={int(value) if isinstance(value, bool) else value}" for name, value in options.items()]
    return [*([f"ENGINE={_ENGINES[backend]}"] if backend else []), *own]


def stuck(options: Values, recorded: Mapping[str, Any]) -> Iterator[str]:
    """Yield each option that an installation has kept otherwise than it is declared; a flag that is not there is off."""
    for name, value in options.items():
        key = OPTIONS[name].sticky
        kept = recorded.get(key, False)
        if key and kept is not value:
            said = f"{name} is declared {str(value).lower()}, and the installation has kept {json.dumps(kept)[:40]}"
            yield f"{said} (install-settings.json): it is said at an installation only"


def flags(options: Values) -> list[str]:
    """Return the declared flags that an installation keeps, and that are on."""
    return [name for name, value in options.items() if value is True and OPTIONS[name].sticky]
