"""How a host is asked about Docker, and what its answer says: one script, one state.

Names of packages, files and units: Docker documentation, "Install Docker Engine on Ubuntu" (and Debian, Fedora, RHEL),
"Rootless mode".
"""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.core.acts import LINKED
from pyinfra_wsl.core.formats import json_file
from pyinfra_wsl.core.formats.openpgp import fingerprints
from pyinfra_wsl.core.linux.host import PRELUDE, Os, Part, parts, read_os
from pyinfra_wsl.core.linux.packages import ask_installed, installed
from pyinfra_wsl.resources.docker_engine import rootless_state as rootless
from pyinfra_wsl.resources.docker_engine.rootless_state import Kernel, Rootless

PACKAGES = ("docker-ce", "docker-ce-cli", "containerd.io", "docker-buildx-plugin", "docker-compose-plugin")
ROOTLESS_EXTRAS = "docker-ce-rootless-extras"

_DEBIAN_CONFLICTS = ("docker.io", "docker-doc", "docker-compose", "podman-docker", "containerd", "runc")
_FEDORA_CONFLICTS = (
    *("docker", "docker-client", "docker-client-latest", "docker-common", "docker-latest", "docker-latest-logrotate"),
    *("docker-logrotate", "docker-selinux", "docker-engine-selinux", "docker-engine"),
)
CONFLICTS: Mapping[str, tuple[str, ...]] = {
    "debian": _DEBIAN_CONFLICTS,
    "ubuntu": (*_DEBIAN_CONFLICTS, "docker-compose-v2"),
    "fedora": _FEDORA_CONFLICTS,
    "rhel": (*(name for name in _FEDORA_CONFLICTS if not name.endswith("selinux")), "podman", "runc"),
    "centos": (*(name for name in _FEDORA_CONFLICTS if not name.endswith("selinux")), "podman", "runc"),
}
"""What Docker's pages say to remove first, per distribution."""

SOURCES_FILE = "/etc/apt/sources.list.d/docker.sources"
LIST_FILE = "/etc/apt/sources.list.d/docker.list"
REPO_FILE = "/etc/yum.repos.d/docker-ce.repo"
APT_KEY = "/etc/apt/keyrings/docker.asc"
RPM_KEY = "/etc/pki/rpm-gpg/RPM-GPG-KEY-docker"
DAEMON_FILE = "/etc/docker/daemon.json"
SYSTEM = "docker -H unix:///var/run/docker.sock"
"""The docker command for the system's daemon, whatever context this account has chosen."""

_ASKED = dict.fromkeys(
    [*PACKAGES, ROOTLESS_EXTRAS, "docker-desktop", "ca-certificates"]
    + ["uidmap", "dbus-user-session", "shadow-utils", "slirp4netns", "procps"]
    + [name for names in CONFLICTS.values() for name in names]
)

SCRIPT = (
    PRELUDE
    + ask_installed(_ASKED)
    + LINKED
    + r"""
units() { for u in docker.service docker.socket containerd.service; do
  echo $u $(systemctl show -p LoadState -p ActiveState -p UnitFileState --value $u 2>/dev/null); done; }
other() { cd /etc && grep -ls 'download\.docker\.com' apt/sources.list apt/sources.list.d/*.list apt/sources.list.d/*.sources \
  yum.repos.d/*.repo | sed 's|^|/etc/|'; true; }
asleep() { ! systemctl -q is-active docker.service && systemctl -q is-active docker.socket; }
contexts() { asleep || docker context ls --format '{{.Name}} {{.Current}} {{.DockerEndpoint}}' 2>/dev/null; true; }
ask() { systemctl -q is-active docker.service && [ -S /var/run/docker.sock ] &&
  timeout 10 @SYSTEM@ "$@" 2>/dev/null; }
containers() { ids=$(ask ps -q) && echo $ids | wc -w; }
listening() { for s in /run/user/*/docker.sock; do [ -S "$s" ] && stat -c %U "$s"; done; true; }
data() { for d in /var/lib/docker /var/lib/containerd; do [ -d $d ] && echo $d; done; true; }
apparmor() { [ -d /sys/kernel/security/apparmor ] && [ "$(cat /sys/module/apparmor/parameters/enabled)" = Y ] &&
  ! command -v apparmor_parser; }
validates() { dockerd --help 2>/dev/null | grep -q -e --validate; }
part id id -u
part machine uname -m
part os cat /etc/os-release
part systemd test -d /run/systemd/system
part container systemd-detect-virt --container
part units units
part other other
part contexts contexts
part containers containers
part live_restore ask info --format '{{.LiveRestoreEnabled}}'
part apparmor apparmor
part validates validates
part dockerd dockerd --version
part group getent group docker
part data data
part listening listening
""".replace("@SYSTEM@", SYSTEM)
    + f"part sources cat {SOURCES_FILE}\npart list cat {LIST_FILE}\npart repo cat {REPO_FILE}\n"
    + f"whole apt_key {APT_KEY}\nwhole rpm_key {RPM_KEY}\nwhole daemon {DAEMON_FILE}\npart link linked {DAEMON_FILE}\n"
)


def script(users: Sequence[str] = ()) -> str:
    """Return the look; it also asks for the groups and the rootless daemon of `users`."""
    asked = (f"part user:{name} groups_of {shlex.quote(name)}\n" for name in users)
    return SCRIPT + "".join(asked) + rootless.script(users)


@dataclass(frozen=True, slots=True)
class Unit:
    """A systemd unit."""

    exists: bool = False
    active: bool = False
    enabled: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """A host as Docker finds it; None is unknown.

    Args:
        root: whether we may change it.
        machine: ``uname -m``.
        os: the distribution.
        systemd: whether systemd runs.
        container: kind of container in systemd's word, ``none`` outside.
        packages: versions of the installed packages that matter here.
        held: packages that are held at their version.
        units: docker.service, docker.socket and containerd.service.
        sources: our docker.sources or docker-ce.repo; None where there is none.
        old_list: whether there is a docker.list of the former kind.
        other: other files that name Docker's repository.
        key: fingerprints in the repository's key file; empty where there is none, or none can be read.
        daemon: daemon.json; None where there is none.
        daemon_problem: why daemon.json cannot be read.
        daemon_link: where daemon.json leads, where it is a link; behind it the part of that path that others than root may write.
        no_profiles: whether the kernel has AppArmor on, and nothing that loads the profile without which no container starts.
        validates: whether dockerd can check a configuration.
        version: dockerd's version.
        contexts: name to endpoint, as docker of this account has them; none while only its socket waits, since the docker command
            connects even to list them, and the socket would start the daemon.
        containers: how many containers run; None where nobody knows.
        live_restore: whether they live through a restart of the daemon, as the daemon that runs has it.
        members: members of the group docker; None where there is no such group.
        users: groups of each user who was asked for; None where there is no such user.
        rootless: their own daemons.
        listening: all users whose own daemons listen now.
        kernel: what it allows users, and whose subordinate ids there are.
        data: folders with images, containers and volumes.

    """

    root: bool = True
    machine: str = "x86_64"
    os: Os = field(default_factory=Os)
    systemd: bool = True
    container: str | None = None
    packages: Mapping[str, str] = field(default_factory=dict)
    held: tuple[str, ...] = ()
    units: Mapping[str, Unit] = field(default_factory=dict)
    sources: str | None = None
    old_list: bool = False
    other: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    daemon: Mapping[str, Any] | None = None
    daemon_problem: str = ""
    daemon_link: tuple[str, ...] = ()
    no_profiles: bool = False
    validates: bool = False
    version: str | None = None
    contexts: Mapping[str, str] = field(default_factory=dict)
    containers: int | None = None
    live_restore: bool = False
    members: tuple[str, ...] | None = None
    users: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    rootless: Mapping[str, Rootless] = field(default_factory=dict)
    listening: tuple[str, ...] = ()
    kernel: Kernel = field(default_factory=Kernel)
    data: tuple[str, ...] = ()

    def unit(self, name: str) -> Unit:
        """Return a unit."""
        return self.units.get(name, Unit())


def read(text: str) -> State:
    """Read what `script` printed."""
    found = parts(text)

    def part(name: str) -> Part:
        return found.get(name, Part())

    system = read_os(part("os").text)
    daemon, problem = json_file.read(part("daemon").text)
    sources, key = (part("repo"), part("rpm_key")) if system.packages == "dnf" else (part("sources"), part("apt_key"))
    ours = (SOURCES_FILE, LIST_FILE, REPO_FILE)
    version = re.search(r"version (\d+(?:\.\d+)+)", part("dockerd").text)
    return State(
        root=part("id").word == "0",
        machine=part("machine").word or "",
        os=system,
        systemd=part("systemd").ok,
        container=part("container").text.strip() or None,
        packages=installed(found),
        held=_held(found),
        units={row[0]: _unit(row) for row in (line.split() for line in part("units").lines) if row},
        sources=sources.text if sources.ok else None,
        old_list=part("list").ok,
        other=tuple(path for path in part("other").lines if path not in ours),
        key=_fingerprints(key),
        daemon=daemon,
        daemon_problem=problem,
        daemon_link=tuple(part("link").lines) if part("link").ok else (),
        no_profiles=part("apparmor").ok,
        validates=part("validates").ok,
        version=version[1] if version else None,
        contexts={row[0]: row[-1] for row in (line.split() for line in part("contexts").lines) if len(row) >= 2},
        containers=int(part("containers").text) if part("containers").ok else None,
        live_restore=part("live_restore").word == "true",
        members=tuple(filter(None, part("group").text.rpartition(":")[2].split(","))) if part("group").ok else None,
        users={name[5:]: tuple(one.lines) if one.ok else None for name, one in found.items() if name.startswith("user:")},
        rootless=rootless.read_users(found),
        listening=tuple(part("listening").lines),
        kernel=rootless.read_kernel(found),
        data=tuple(part("data").lines),
    )


def _unit(row: list[str]) -> Unit:
    return Unit("loaded" in row, "active" in row or "activating" in row, "enabled" in row)


def _held(found: Mapping[str, Part]) -> tuple[str, ...]:
    locked = found.get("locked", Part()).text
    return tuple(
        dict.fromkeys(
            [
                *found.get("held", Part()).lines,
                *(
                    name
                    for name in _ASKED
                    if re.search(rf'(^|[ :!]){re.escape(name)}-\d|name = "{re.escape(name)}"', locked, re.M)
                ),
            ]
        )
    )


def _fingerprints(part: Part) -> tuple[str, ...]:
    try:
        return () if part.text in ("absent", "") else fingerprints(base64.b64decode(part.text))
    except ValueError:
        return ()
