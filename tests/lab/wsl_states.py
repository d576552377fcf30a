"""The laptops of the tables in ``tests/lab/rows``: what a cell of the column "laptop" says, put on a simulated laptop."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wsl_laptop import FEATURES, Laptop, archive, laptop

from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import LOCAL_SYSTEM, Token
from pyinfra_wsl.lab.wsl import distro_archive, distro_disk
from pyinfra_wsl.lab.wsl.registration import CONVERTING, EXPORTING, INSTALLING, UNINSTALLING, Registration

MANIFEST = "https://raw.githubusercontent.com/microsoft/WSL/master/distributions/DistributionInfo.json"
ARCHIVE = "https://example.org/debian.wsl"
LXSS = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Lxss"
STATES = {"half installed": INSTALLING, "half unregistered": UNINSTALLING}
LOCKS = {"converts": CONVERTING, "exports": EXPORTING, "installs": INSTALLING}


@dataclass
class Stage:
    """One laptop that is being made, and how it is called."""

    settings: dict[str, Any] = field(default_factory=dict)
    release: str = "2.6.1"
    here: Laptop | None = None
    token: Callable[[Laptop], Token | None] = field(default=lambda _here: None)
    items: dict[str, Registration] = field(default_factory=dict)
    running: list[str] = field(default_factory=list)
    exe: str = r"C:\Program Files\WSL\wsl.exe"


def disk(**files: bytes) -> bytes:
    """Return a virtual disk with the tiny root file system on it."""
    return distro_disk.pack(distro_archive.read(archive(**files)))


FILES = {
    r"C:\d.tar": archive(),
    r"C:\d.tar.gz": archive("gz"),
    r"C:\d.tar.xz": archive("xz"),
    r"C:\named.wsl": archive("gz", **{"etc__wsl-distribution.conf": b"[oobe]\ndefaultName = Named\n"}),
    r"C:\junk.tar": b"this is no archive",
    r"C:\empty.tar": b"",
    r"C:\nolinux.tar": archive(without=("etc/os-release", "etc/passwd", "etc/group", "bin/sh")),
    r"C:\full\ext4.vhdx": b"something",
    r"C:\disk\d.vhdx": disk(),
    r"C:\disk2\d.vhd": disk(),
    r"C:\disk3\junk.vhdx": b"this is no disk",
    r"C:\disk4\d.txt": disk(),
}
"""What lies on every laptop of the tables."""

SETTINGS: dict[str, dict[str, Any]] = {
    "no features": {"features": ()},
    "no WSL 1": {"features": ("VirtualMachinePlatform",)},
    "no platform": {"features": ("Microsoft-Windows-Subsystem-Linux",)},
    "Windows 10": {"build": 19045},
    "Windows 10 without WSL": {"build": 19045, "features": ()},
    "German": {"culture": "de-DE"},
    "Chinese": {"culture": "zh-CN"},
    "Japanese": {"culture": "ja-JP"},
    "Austrian": {"culture": "de-AT"},
}


def build(cell: str, release: str) -> Stage:
    """Make the laptop of a cell."""
    parts = [part.strip() for part in cell.split(";") if part.strip()]
    stage = Stage(release=release)
    stage.settings = {"package": "" if release == "inbox" else f"{release}.0"}
    for part in parts:
        stage.settings |= SETTINGS.get(part, {})
    if release == "inbox":
        stage.exe = r"C:\Windows\System32\wsl.exe"
    stage.here = laptop(**({"features": FEATURES} | stage.settings))
    for path, data in FILES.items():
        stage.here.put(path, data)
    for part in parts:
        if part not in SETTINGS and not _special(stage, stage.here, part) and not _distribution(stage, stage.here, part):
            raise ValueError(f"no such laptop: {part}")
    return stage


def _special(stage: Stage, here: Laptop, part: str) -> bool:
    machine, person = here.machine, here.person
    user = rf"HKU\{person.sid}\Software\Microsoft\Windows\CurrentVersion\Lxss"
    match part:
        case "no default":
            machine.registry.remove_value(user, "DefaultDistribution")
        case "dangling default":
            machine.registry.set(user, "DefaultDistribution", "String", "{1db260cb-912d-432a-b898-518dfd0f374e}")
        case "default version 1":
            machine.registry.set(user, "DefaultVersion", "DWord", 1)
        case "no hypervisor":
            machine.hypervisor_running = False
        case "AllowWSL 0":
            machine.registry.set(r"HKLM\SOFTWARE\Policies\WSL", "AllowWSL", "DWord", 0)
        case "AllowWSL1 0":
            machine.registry.set(r"HKLM\SOFTWARE\Policies\WSL", "AllowWSL1", "DWord", 0)
        case "as SYSTEM":
            stage.token = lambda _here: Token(LOCAL_SYSTEM)
        case "as administrator":
            stage.token = lambda here: windows.administrator_token(here.machine)
        case "full disk":
            machine.files.free_bytes = 1000
        case "online" | "online, wrong digest" | "online, bad digest":
            _online(here, {"online": "", "online, wrong digest": "0" * 64, "online, bad digest": "wrongformat"}[part])
        case "bad manifest":
            machine.internet[MANIFEST] = b"Bad json"
        case "manifest without default":
            _online(here, "", default=None)
        case "second manifest":
            _second(here, {"ModernDistributions": {"Fedora": [_entry("Fedora-42", "Fedora 42")]}})
        case "second manifest with a default":
            _second(here, {"Default": "Debian-11"})
        case "second manifest with another Debian-11":
            _second(here, {"ModernDistributions": {"Debian": [_entry("Debian-11", "Debian of the company")]}})
        case _:
            return False
    return True


def _distribution(stage: Stage, here: Laptop, part: str) -> bool:
    match = re.fullmatch(r"([\w.-]+)( WSL 1)?(?: is )?(.*)", part)
    if match is None:
        return False
    name, first, how = match[1], match[2], match[3].strip()
    options: dict[str, Any] = {"version": 1 if first else 2, "state": STATES.get(how, 1)}
    item = here.register(name, **options)
    stage.items[name] = item
    registry = here.machine.registry
    if how == "running":
        stage.running.append(name)
    elif how in LOCKS:
        from pyinfra_wsl.lab.wsl import wsl

        wsl.session(here.machine, here.person).locked[item.guid] = LOCKS[how]
    elif how == "without its disk":
        here.machine.files.remove(item.disk)
    elif how == "in a folder that is gone":
        item.set("BasePath", r"C:\DoesNotExist")
    elif how == "broken":
        registry.set(item.key, "Version", "String", "Broken")
    elif how == "without a folder's name":
        registry.remove_value(item.key, "BasePath")
    elif how == "on a broken disk":
        here.machine.files.write(item.disk, b"this is no disk")
    elif how not in ("", *STATES):
        return False
    return True


def _entry(name: str, friendly: str, *, default: bool = False, sha256: str = "") -> dict[str, Any]:
    data = archive("gz")
    url = {"Url": ARCHIVE, "Sha256": sha256 or hashlib.sha256(data).hexdigest()}
    return {"Name": name, "FriendlyName": friendly, "Default": default, "Amd64Url": url}


def _online(here: Laptop, sha256: str, default: str | None = "Debian") -> None:
    """Put a manifest of two versions of Debian on the internet, and their archive."""
    here.machine.internet[ARCHIVE] = archive("gz")
    versions = [_entry("Debian-12", "Debian 12", default=True, sha256=sha256), _entry("Debian-11", "Debian 11", sha256=sha256)]
    found: dict[str, Any] = {"ModernDistributions": {"Debian": versions}}
    here.machine.internet[MANIFEST] = json.dumps(found | ({"Default": default} if default else {})).encode()


def _second(here: Laptop, found: dict[str, Any]) -> None:
    """Let DistributionListUrlAppend name a second manifest."""
    here.machine.internet["https://example.org/second.json"] = json.dumps(found).encode()
    here.machine.registry.set(LXSS, "DistributionListUrlAppend", "String", "https://example.org/second.json")
