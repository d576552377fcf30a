"""What a host declares, setting by setting: what verification tests one by one, and what a rehearsal breaks one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_FILES = frozenset({"mode", "apply"})  # how a file is written, not what it says
_LINUX: Mapping[str, tuple[str, ...]] = {
    "kvm": ("nested", "users", "device_mode"),
    "docker_engine": ("version", "hold", "channel", "key_fingerprint", "daemon", "users", "rootless"),
    "docker_desktop_linux": ("version", "user", "autostart", "settings"),
}
"""What of the Linux nouns can be looked up; besides their state."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One declared value: its noun, its place in the declaration, the value, and for Linux hosts what stands beside it.

    Prints as in the fleet file: ``wsl_distros.Ubuntu-24.04.default``.
    """

    noun: str
    path: tuple[str, ...]
    value: Any
    beside: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def __str__(self) -> str:
        """Return its place, with dots."""
        return ".".join(self.path)


def settings(data: Mapping[str, Any]) -> Iterator[Setting]:
    """Yield every setting of a host whose truth can be looked up on the host, in the order of the roles.

    Args:
        data: what the host declares, by the names of the fleet file.

    """
    for name, value in (data.get("windows_features") or {}).items():
        yield Setting("windows_feature", ("windows_features", name), value)
    for name, value in (data.get("hypervisor") or {}).items():
        yield Setting("hypervisor", ("hypervisor", name), value)
    yield from _wsl(data.get("wsl") or {})
    for section, key, value in _sections(data.get("wslconfig") or {}):
        yield Setting("wslconfig", ("wslconfig", section, key), value)
    for name, distro in (data.get("wsl_distros") or {}).items():
        yield from _distro(name, distro)
    if (value := (data.get("docker_integration") or {}).get("default_distro")) is not None:
        yield Setting("docker_integration", ("docker_integration", "default_distro"), value)
    for noun, names in _LINUX.items():
        if data.get(noun) is not None:
            yield from _linux(noun, names, data[noun])


def _wsl(declared: Mapping[str, Any]) -> Iterator[Setting]:
    package = declared.get("package") or {}
    for name in ("version", "minimum"):
        if name in package:
            yield Setting("wsl", ("wsl", "package", name), str(package[name]))
    if "default_version" in declared:
        yield Setting("wsl", ("wsl", "default_version"), declared["default_version"])


def _distro(name: str, declared: Mapping[str, Any]) -> Iterator[Setting]:
    path = ("wsl_distros", name)
    state = declared.get("state", "present")
    yield Setting("wsl_distro", (*path, "state"), state)
    if state == "absent":
        return
    for key in ("version", "location", "default_user"):
        if declared.get(key) is not None:
            yield Setting("wsl_distro", (*path, key), declared[key])
    if declared.get("default"):
        yield Setting("wsl_distro", (*path, "default"), True)
    for section, key, value in _sections(declared.get("wsl_conf") or {}):
        yield Setting("wsl_conf", (*path, "wsl_conf", section, key), value)
    if declared.get("docker_integration") is not None:
        yield Setting("docker_integration", (*path, "docker_integration"), declared["docker_integration"])


def _linux(noun: str, names: tuple[str, ...], declared: Mapping[str, Any]) -> Iterator[Setting]:
    state = declared.get("state") or "present"
    yield Setting(noun, (noun, "state"), state, declared)
    if state == "present":
        for name in names:
            if declared.get(name) is not None:
                yield Setting(noun, (noun, name), declared[name], declared)


def _sections(declared: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for section, keys in declared.items():
        if section not in _FILES:
            for key, value in (keys or {}).items():
                yield section, key, value
