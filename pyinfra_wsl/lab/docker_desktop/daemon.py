r"""Configuration of the engines: ``daemon.json`` of the Linux one, ``windows-daemon.json`` of the Windows one.

Sources: Docker's settings page (``%USERPROFILE%\.docker\daemon.json``); docker/for-win #14411 and #473 (``windows-daemon.json``,
from which ``%ProgramData%\docker\config\daemon.json`` is made before each start); release notes 4.36 and 4.83; dockerd's
reference (keys, isolation: ``hyperv`` on a client unless told otherwise). The defaults of a first start are from knowledge.
"""

from __future__ import annotations

import json
from typing import Any

from pyinfra_wsl.lab.docker_desktop import releases
from pyinfra_wsl.lab.docker_desktop.releases import Version
from pyinfra_wsl.lab.docker_desktop.settings import SettingsError, parse_json
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine

GENERATED = r"C:\ProgramData\docker\config\daemon.json"
DEFAULTS: dict[str, dict[str, Any]] = {
    "linux": {"builder": {"gc": {"defaultKeepStorage": "20GB", "enabled": True}}, "experimental": False},
    "windows": {"experimental": False},
}
KEYS = frozenset(
    {
        *("allow-nondistributable-artifacts", "authorization-plugins", "bip", "bridge", "builder", "cgroup-parent", "containerd"),
        *("data-root", "debug", "default-address-pools", "default-cgroupns-mode", "default-gateway", "default-runtime"),
        *("default-shm-size", "default-ulimits", "dns", "dns-opts", "dns-search", "exec-opts", "exec-root", "experimental"),
        *("features", "fixed-cidr", "fixed-cidr-v6", "group", "hosts", "icc", "init", "insecure-registries", "ip", "ip6tables"),
        *("iptables", "ipv6", "labels", "live-restore", "log-driver", "log-level", "log-opts", "max-concurrent-downloads"),
        *("max-concurrent-uploads", "max-download-attempts", "metrics-addr", "mtu", "proxies", "raw-logs", "registry-mirrors"),
        *("runtimes", "shutdown-timeout", "storage-driver", "storage-opts", "tls", "tlscacert", "tlscert", "tlskey"),
        *("tlsverify", "userland-proxy", "userns-remap"),
    }
)
"""Keys that dockerd knows; another one stops it (settings reference of 2026, "bad keys")."""
ISOLATIONS = ("process", "hyperv", "default")


def path(account: Account, system: str) -> str:
    """Return the file of a user that an engine (``linux`` or ``windows``) is configured by."""
    return rf"{account.profile}\.docker\{'windows-' if system == 'windows' else ''}daemon.json"


def read(machine: Machine, account: Account, system: str, version: Version) -> dict[str, Any]:
    """Read an engine's configuration, and make the file where it is missing.

    Raises:
        SettingsError: no JSON, from 4.83 on; before, such a file was silently replaced. A key that dockerd does not know.

    """
    place = path(account, system)
    if not machine.files.exists(place):
        machine.files.write(place, json.dumps(DEFAULTS[system], indent=2).encode())
    try:
        found = parse_json(machine.files.read(place), f"parsing daemon config <HOME>{place[len(account.profile) :]}")
    except SettingsError:
        if version >= releases.DAEMON_JSON_KEPT:
            raise
        found = DEFAULTS[system]
        machine.files.write(place, json.dumps(found, indent=2).encode())
    if system == "windows" and version < releases.SINGLE_DISTRO:  # written over at each start until 4.36
        found = DEFAULTS[system]
    check(found)
    return found


def check(found: dict[str, Any]) -> None:
    """Object to what dockerd objects to."""
    if unknown := sorted(set(found) - KEYS):
        raise SettingsError(
            "unable to configure the Docker daemon with file daemon.json: the following directives don't match any "
            f"configuration option: {', '.join(unknown)}"
        )
    if isolation(found) not in ISOLATIONS:
        raise SettingsError(f"unrecognised exec-opt 'isolation' value {isolation(found)!r} passed to daemon")


def isolation(found: dict[str, Any]) -> str:
    """Return the isolation that containers get by default."""
    said = [str(one).partition("=")[2] for one in found.get("exec-opts", []) if str(one).startswith("isolation=")]
    return said[-1] if said else "hyperv"
