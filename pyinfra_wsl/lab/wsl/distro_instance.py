"""A running distribution: its files, its ``wsl.conf`` as read at the start, its VM, whom commands run as.

src/linux/init/config.cpp, src/linux/init/WslDistributionConfig.cpp, src/linux/init/init.cpp.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.lab.wsl import configfile as wsl_configfile
from pyinfra_wsl.lab.wsl import configkeys, distro_users, told
from pyinfra_wsl.lab.wsl.distro import Entry, Tree
from pyinfra_wsl.lab.wsl.texts import FALLBACK, Tongue
from pyinfra_wsl.lab.wsl.vm import Vm

CONF, HOSTNAME = "/etc/wsl.conf", "/etc/hostname"


@dataclass(eq=False, repr=False)
class Instance:
    """One running distribution.

    Args:
        guid: its registration's.
        name: its name.
        tree: its files.
        vm: the VM, None for WSL1.
        default_uid: the registration's DefaultUid when it started.
        windows_name: the laptop's name.
        tongue: the release and the user's language.
        idle: seconds after which it idles out, negative for never.
        settings: ``wsl.conf``, by lower-case name with its section.
        clients: programs that run in it or hold it; while there is one it never idles out.
        uses: how often one came or went, so that a wait for idleness sees whether anything happened meanwhile.

    """

    guid: str
    name: str
    tree: Tree
    vm: Vm | None
    default_uid: int
    windows_name: str
    tongue: Tongue
    idle: float
    settings: dict[str, Any] = field(default_factory=dict)
    clients: int = 0
    uses: int = 0

    def __post_init__(self) -> None:
        """Read ``wsl.conf`` once, as init does: later edits wait for the next start. Show what the VM has."""
        entry = self.tree.find(CONF)
        file = wsl_configfile.parse_linux(entry.data if entry else b"", configkeys.quote(self.tongue.release))
        english = Tongue(FALLBACK, self.tongue.release)  # init's own LANG is en_US.UTF-8, which none of its languages is called
        say = told.warn if self.vm is not None else _to_the_log
        self.settings = configkeys.Reading(english, configkeys.LINUX, CONF, say).take(file)
        for path, data in (self.vm.shows if self.vm is not None else {}).items():
            self.tree.mount(path, Entry("file", 0o444, data=data.encode()))

    def user(self) -> distro_users.User | None:
        """Return the default user: ``user.default`` beats DefaultUid; unknown ones fall back to root (None: no such line)."""
        named = distro_users.by_name(self.tree, self.settings["user.default"]) if self.settings.get("user.default") else None
        return named or distro_users.by_uid(self.tree, self.default_uid) or distro_users.by_uid(self.tree, 0)

    @property
    def systemd(self) -> bool:
        """Whether systemd is PID 1: asked for, WSL2 without its safe mode, and ``/sbin/init`` there and executable."""
        init = self.tree.find("/sbin/init")
        if self.vm is None or self.vm.config.on("wsl2.safeMode", default=False):
            return False
        return bool(self.settings.get("boot.systemd")) and init is not None and bool(init.mode & 0o111)

    @property
    def hostname(self) -> str:
        """``network.hostname`` or Windows' name, made a host name (src/shared/inc/stringshared.h)."""
        return clean_host_name(self.settings.get("network.hostname") or self.windows_name)

    def write_hostname(self) -> None:
        """Write ``/etc/hostname`` at each start (src/linux/init/config.cpp)."""
        line, entry = f"{self.hostname}\n".encode(), self.tree.find(HOSTNAME)
        if (entry is None or entry.data != line) and self.tree.is_folder(posixpath.dirname(HOSTNAME)):
            self.tree.write(HOSTNAME, line)


def _to_the_log(_warning: str) -> None:
    """Keep a warning from people: WSL1's init writes it to its log only (InitEntryWsl in src/linux/init/init.cpp)."""


def clean_host_name(name: str) -> str:
    """Keep letters, digits, ``-`` and one dot; no ``-`` after ``-`` or ``.``; 64 characters; ``localhost`` if nothing is left."""
    kept = ""
    for letter in name:
        dot = letter == "." and "." not in kept and kept
        dash = letter == "-" and kept and kept[-1] not in "-."
        if dot or dash or re.match(r"[A-Za-z0-9]", letter):
            kept += letter
    return kept[:64].rstrip("-.") or "localhost"
