"""Whether a daemon runs with its daemon.json as it is: what it says itself, and whether it read the file since that was changed.

A file that was written, and a daemon that was not told of it, is what a cut between the two leaves. ``docker info`` shows few of
the keys (moby, api/types/system/info.go); for all others counts when the process started (proc(5), ``stat``), when the file was
changed last, and what `in_force` has noted of that start.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pyinfra_wsl.core import heard
from pyinfra_wsl.core.formats import json_file, json_value
from pyinfra_wsl.core.linux.host import Part

RELOADED = frozenset(
    {"debug", "labels", "live-restore", "max-concurrent-downloads", "max-concurrent-uploads", "max-download-attempts"}
    | {
        "default-runtime",
        "runtimes",
        "authorization-plugins",
        "insecure-registries",
        "registry-mirrors",
        "shutdown-timeout",
    }
)
"""The keys that a running daemon takes over (Docker documentation, dockerd, "Configuration reload behavior")."""

# USER_HZ is 100 wherever Docker has packages. The clock may have been set since the start: the seconds that it runs count.
LOOK = r"""
force() {  # PID INVOCATION FILE NOTES
  [ "${1:-0}" -gt 0 ] || return 1
  echo started $(sed 's/.*) //' /proc/$1/stat | cut -d' ' -f20); echo up $(cut -d' ' -f1 /proc/uptime); echo now $(date +%s.%N)
  [ ! -e "$3" ] || echo changed $(stat -L -c %.9Z "$3")
  echo invocation $2; echo noted $(head -c 200 "$4/confirmed" 2>/dev/null)
}
answer() { head -c 1048577 | base64 | tr -d '\n'; }
"""
"""Shell functions for a look: ``force`` says when a daemon started and its file was changed; ``answer`` packs what it says."""

_HZ = 100
_SHOWN: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "data-root": lambda info: info.get("DockerRootDir"),
    "debug": lambda info: info.get("Debug"),
    "default-runtime": lambda info: info.get("DefaultRuntime"),
    "experimental": lambda info: info.get("ExperimentalBuild"),
    "labels": lambda info: info.get("Labels"),
    "live-restore": lambda info: info.get("LiveRestoreEnabled"),
    "log-driver": lambda info: info.get("LoggingDriver"),
    "storage-driver": lambda info: info.get("Driver"),
}


@dataclass(frozen=True, slots=True)
class Running:
    """What is known of a daemon that runs.

    Args:
        shown: keys of daemon.json that the daemon shows, with the values that are in force.
        plugins: the plugins that it manages and that are on.
        version: of the daemon; empty where it does not say.
        stale: whether its file was changed after it started; None is unknown.
        told: which keys of the file as it is it was told of since, and has confirmed.

    """

    shown: Mapping[str, Any] = field(default_factory=dict)
    plugins: tuple[str, ...] = ()
    version: str = ""
    stale: bool | None = False
    told: Literal["all", "reloaded", "none"] = "none"

    def late(self, want: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the keys of what is declared that the daemon is not known to run with, since its file is newer than itself."""
        if not self.stale or self.told == "all":
            return ()
        known = RELOADED if self.told == "reloaded" else frozenset[str]()
        return tuple(name for name in want if name not in known and not self._shows(name, want[name]))

    def _shows(self, name: str, value: Any) -> bool:
        return name in self.shown and json_value.same(self.shown[name], value)


def read(force: Part, info: Part, plugins: Part, file: Part) -> Running:
    """Read what a look found.

    Args:
        force: the section of ``force``.
        info: the section with ``docker info``, packed by ``answer``.
        plugins: the section with names and switches of ``docker plugin ls``.
        file: the section of the daemon's file, as `linux.PRELUDE`'s ``whole`` prints it.

    """
    found = _info(info)
    shown = {name: value for name, of in _SHOWN.items() if (value := of(found)) is not None}
    rows = {name: rest for name, _, rest in (line.partition(" ") for line in force.lines)} if force.ok else {}
    return Running(
        shown,
        tuple(name for name, _, on in (line.partition(" ") for line in plugins.lines) if on == "true") if plugins.ok else (),
        _version(found),
        _stale(rows),
        _told(rows, file.text),
    )


def _info(part: Part) -> Mapping[str, Any]:
    try:
        value = heard.parse(base64.b64decode(part.text), json_file.LARGEST) if part.ok and part.text else {}
    except ValueError:
        value = {}
    return value if isinstance(value, dict) else {}


def _version(info: Mapping[str, Any]) -> str:
    said = info.get("ServerVersion")
    return said if isinstance(said, str) and re.fullmatch(r"\d[\w.+~-]{0,60}", said) else ""


def _stale(rows: Mapping[str, str]) -> bool | None:
    try:
        began = float(rows["now"]) - float(rows["up"]) + float(rows["started"]) / _HZ
        return "changed" in rows and float(rows["changed"]) > began
    except (KeyError, ValueError):
        return None


def _told(rows: Mapping[str, str], file: str) -> Literal["all", "reloaded", "none"]:
    words = rows.get("noted", "").split()
    if len(words) != 3 or words[0] != rows.get("invocation") or words[1] != _digest(file):
        return "none"
    return "all" if words[2] == "all" else "reloaded" if words[2] == "reloaded" else "none"


def _digest(file: str) -> str:
    try:
        return hashlib.sha256(json_file.content(file) or b"").hexdigest()
    except ValueError:
        return ""
