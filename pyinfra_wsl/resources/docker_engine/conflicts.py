"""What stands in the way of Docker's packages: by its name, by the files it owns, by ``Conflicts:``, and as a snap.

Docker documentation, "Uninstall old versions" of each distribution's page (docker-buildx on those of Debian and Ubuntu since
2026; podman and runc on RHEL's alone). ``Conflicts`` and files are those of Docker's packages: docker/docker-ce-packaging,
``deb/common/control`` and ``rpm/SPECS``; docker/containerd-packaging, ``debian/control`` and ``rpm/containerd.spec``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pyinfra_wsl.core.linux.host import Part

_DEBIAN = ("docker.io", "docker-doc", "docker-compose", "podman-docker", "containerd", "runc", "docker-buildx")
_CENTOS = (
    *("docker", "docker-client", "docker-client-latest", "docker-common", "docker-latest", "docker-latest-logrotate"),
    *("docker-logrotate", "docker-engine"),
)
NAMED: Mapping[str, tuple[str, ...]] = {
    "debian": _DEBIAN,
    "raspbian": _DEBIAN,
    "ubuntu": (*_DEBIAN, "docker-compose-v2"),
    "fedora": (*_CENTOS, "docker-selinux", "docker-engine-selinux"),
    "rhel": (*_CENTOS, "podman", "runc"),
    "centos": _CENTOS,
}
"""What Docker's pages say to remove first, per folder of its repository."""

REPLACED = frozenset({"containerd", "runc"})
"""What containerd.io of the rpm kind obsoletes: dnf takes it away by itself."""

_PLUGINS = "/usr/libexec/docker/cli-plugins"
FILES: Mapping[str, str] = {
    "/usr/bin/docker": "docker-ce-cli",
    "/usr/bin/dockerd": "docker-ce",
    "/usr/bin/docker-proxy": "docker-ce",
    "/usr/bin/containerd": "containerd.io",
    "/usr/bin/containerd-shim-runc-v2": "containerd.io",
    "/usr/bin/ctr": "containerd.io",
    "/usr/bin/runc": "containerd.io",
    f"{_PLUGINS}/docker-buildx": "docker-buildx-plugin",
    f"{_PLUGINS}/docker-compose": "docker-compose-plugin",
    "/usr/bin/rootlesskit": "docker-ce-rootless-extras",
}
"""Files of Docker's packages that others bring too, and whose they are."""

_CONFLICTS: Mapping[str, tuple[str, ...]] = {
    "docker-ce": ("docker.io",),
    "docker-ce-cli": ("docker.io", "docker-cli"),
    "containerd.io": ("containerd", "runc"),
    "docker-buildx-plugin": (),
    "docker-compose-plugin": (),
    "docker-ce-rootless-extras": ("rootlesskit",),
}
"""With what Docker's packages of the deb kind conflict, by name or as what it provides."""

_OURS = re.compile(r"docker-ce|docker-ce-cli|containerd\.io|docker-ce-rootless-extras|docker-\w+-plugin|docker-desktop")

SCRIPT = (
    r"""owners() { if command -v dpkg-query >/dev/null; then dpkg-query -S @FILES@; else
  for f in @FILES@; do [ -e $f ] && rpm -qf --qf "%{NAME}: $f\n" $f; done; fi; } 2>/dev/null
against() { dpkg-query -W -f '${db:Status-Abbrev}|${Package}|${Provides}|${Conflicts}, ${Breaks}\n' |
  grep -E '^[hi]i.*(docker|containerd|runc|rootlesskit)'
  rpm -q --qf 'ii|%{NAME}||docker-ce\n' --whatconflicts docker-ce docker-ce-cli | grep '^ii'; } 2>/dev/null
snapped() { command -v snap >/dev/null && timeout 10 snap list docker | awk 'NR == 2 { print $2 }'; } 2>/dev/null
part owners owners
part against against
part snap snapped
"""
).replace("@FILES@", " ".join(FILES))


def read_owners(part: Part) -> dict[str, str]:
    """Return which package that is not Docker's owns which of `FILES`."""
    rows = (line.rpartition(": ") for line in part.lines if not line.startswith("diversion "))
    named = ((path, name.split(":")[0].strip()) for names, _, path in rows for name in names.split(","))
    return {path: name for path, name in named if path in FILES and not _OURS.fullmatch(name)}


def read_against(part: Part) -> dict[str, tuple[str, ...]]:
    """Return which installed package conflicts with which of Docker's: says so itself, or provides what theirs conflict with."""
    found: dict[str, tuple[str, ...]] = {}
    for row in (line.split("|") for line in part.lines):
        if len(row) != 4 or _OURS.fullmatch(row[1]):
            continue
        provides, refuses = {row[1], *_names(row[2])}, _names(row[3], versioned=False)
        if met := tuple(name for name, theirs in _CONFLICTS.items() if name in refuses or provides & set(theirs)):
            found[row[1]] = met
    return found


def _names(relations: str, *, versioned: bool = True) -> set[str]:
    """Return the packages of a field; those of certain versions only where `versioned`."""
    return {one.split()[0].split(":")[0] for one in relations.split(",") if one.strip() and (versioned or "(" not in one)}
