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
from pyinfra_wsl.lab.wsl import distro_archive, distro_disk, wsl
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
        if part in CHANGES:
            CHANGES[part](stage, stage.here)
        elif part not in SETTINGS and not _distribution(stage, stage.here, part):
            raise ValueError(f"no such laptop: {part}")
    return stage


def _user_key(here: Laptop) -> str:
    return rf"HKU\{here.person.sid}\Software\Microsoft\Windows\CurrentVersion\Lxss"


def _value(key: str, name: str, kind: str, data: object) -> Callable[[Stage, Laptop], None]:
    """Return what writes a value, into the user's key where `key` is empty."""
    return lambda _stage, here: here.machine.registry.set(key or _user_key(here), name, kind, data)


def _as(token: Callable[[Laptop], Token]) -> Callable[[Stage, Laptop], None]:
    return lambda stage, _here: setattr(stage, "token", token)


def _second(found: dict[str, Any]) -> Callable[[Stage, Laptop], None]:
    """Return what lets DistributionListUrlAppend name a second manifest."""

    def put(_stage: Stage, here: Laptop) -> None:
        here.machine.internet["https://example.org/second.json"] = json.dumps(found).encode()
        here.machine.registry.set(LXSS, "DistributionListUrlAppend", "String", "https://example.org/second.json")

    return put


def _entry(name: str, friendly: str, *, default: bool = False, sha256: str = "") -> dict[str, Any]:
    data = archive("gz")
    url = {"Url": ARCHIVE, "Sha256": sha256 or hashlib.sha256(data).hexdigest()}
    return {"Name": name, "FriendlyName": friendly, "Default": default, "Amd64Url": url}


def _online(sha256: str = "", default: str | None = "Debian") -> Callable[[Stage, Laptop], None]:
    """Return what puts a manifest of two versions of Debian on the internet, and their archive."""
    versions = [_entry("Debian-12", "Debian 12", default=True, sha256=sha256), _entry("Debian-11", "Debian 11", sha256=sha256)]
    found: dict[str, Any] = {"ModernDistributions": {"Debian": versions}}
    pages = {ARCHIVE: archive("gz"), MANIFEST: json.dumps(found | ({"Default": default} if default else {})).encode()}
    return lambda _stage, here: here.machine.internet.update(pages)


POLICIES = r"HKLM\SOFTWARE\Policies\WSL"
CHANGES: dict[str, Callable[[Stage, Laptop], object]] = {
    "no default": lambda _stage, here: here.machine.registry.remove_value(_user_key(here), "DefaultDistribution"),
    "dangling default": _value("", "DefaultDistribution", "String", "{1db260cb-912d-432a-b898-518dfd0f374e}"),
    "default version 1": _value("", "DefaultVersion", "DWord", 1),
    "AllowWSL 0": _value(POLICIES, "AllowWSL", "DWord", 0),
    "AllowWSL1 0": _value(POLICIES, "AllowWSL1", "DWord", 0),
    "no hypervisor": lambda _stage, here: setattr(here.machine, "hypervisor_running", False),
    "as SYSTEM": _as(lambda _here: Token(LOCAL_SYSTEM)),
    "as administrator": _as(lambda here: windows.administrator_token(here.machine)),
    "online": _online(),
    "online, wrong digest": _online("0" * 64),
    "online, bad digest": _online("wrongformat"),
    "manifest without default": _online(default=None),
    "second manifest": _second({"ModernDistributions": {"Fedora": [_entry("Fedora-42", "Fedora 42")]}}),
    "second manifest with a default": _second({"Default": "Debian-11"}),
    "second manifest with another Debian-11": _second(
        {"ModernDistributions": {"Debian": [_entry("Debian-11", "Debian of the company")]}}
    ),
}
"""What else a cell of the column "laptop" may say, and what it does."""


def _broken(item: Registration, how: str, here: Laptop) -> bool:
    """Break a registration or its disk."""
    machine = here.machine
    breaks: dict[str, Callable[[], object]] = {
        "without its disk": lambda: machine.files.remove(item.disk),
        "in a folder that is gone": lambda: item.set("BasePath", r"C:\DoesNotExist"),
        "with a broken Version": lambda: machine.registry.set(item.key, "Version", "String", "Broken"),
        "without BasePath": lambda: machine.registry.remove_value(item.key, "BasePath"),
        "on a broken disk": lambda: machine.files.write(item.disk, b"this is no disk"),
    }
    if how in breaks:
        breaks[how]()
    return how in breaks


def _distribution(stage: Stage, here: Laptop, part: str) -> bool:
    """Register the distribution that a part names, in the state that it says."""
    match = re.fullmatch(r"([\w.-]+)( WSL 1)?(?: is )?(.*)", part)
    if match is None:
        return False
    name, first, how = match[1], match[2], match[3].strip()
    item = here.register(name, version=1 if first else 2, state=STATES.get(how, 1))
    stage.items[name] = item
    if how == "running":
        stage.running.append(name)
    elif how in LOCKS:
        wsl.session(here.machine, here.person).locked[item.guid] = LOCKS[how]
    elif not _broken(item, how, here):
        return how in ("", *STATES)
    return True
