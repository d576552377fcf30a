"""How a host is asked about Docker, and what its answer says: one script, one state.

Names of packages, files and units: Docker documentation, "Install Docker Engine on Ubuntu" (and Debian, Fedora, RHEL),
"Rootless mode".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.core.acts import LINKED
from pyinfra_wsl.core.formats import json_file
from pyinfra_wsl.core.formats.openpgp import fingerprints
from pyinfra_wsl.core.linux.deletion import FULL
from pyinfra_wsl.core.linux.host import PRELUDE, Os, Part, parts, read_os
from pyinfra_wsl.core.linux.packages import ask_installed, halves, installed
from pyinfra_wsl.resources.docker_engine import conflicts, surroundings
from pyinfra_wsl.resources.docker_engine import origin as origins
from pyinfra_wsl.resources.docker_engine import rootless_state as rootless
from pyinfra_wsl.resources.docker_engine import running as run
from pyinfra_wsl.resources.docker_engine import sources as lists
from pyinfra_wsl.resources.docker_engine.in_force import DAEMON_FILE
from pyinfra_wsl.resources.docker_engine.in_force import SYSTEM as HOME
from pyinfra_wsl.resources.docker_engine.origin import Origin
from pyinfra_wsl.resources.docker_engine.rootless_state import Kernel, Rootless
from pyinfra_wsl.resources.docker_engine.running import Running
from pyinfra_wsl.resources.docker_engine.sources import Source
from pyinfra_wsl.resources.docker_engine.surroundings import Surroundings

PACKAGES = ("docker-ce", "docker-ce-cli", "containerd.io", "docker-buildx-plugin", "docker-compose-plugin")
ROOTLESS_EXTRAS = "docker-ce-rootless-extras"

SOURCES_FILE = "/etc/apt/sources.list.d/docker.sources"
LIST_FILE = "/etc/apt/sources.list.d/docker.list"
REPO_FILE = "/etc/yum.repos.d/docker-ce.repo"
APT_KEY = "/etc/apt/keyrings/docker.asc"
RPM_KEY = "/etc/pki/rpm-gpg/RPM-GPG-KEY-docker"
SYSTEM = "docker -H unix:///var/run/docker.sock"
"""The docker command for the system's daemon, whatever context this account has chosen."""

_TIMED_OUT = 124
"""timeout(1), "EXIT STATUS"."""

_ASKED = dict.fromkeys(
    [*PACKAGES, ROOTLESS_EXTRAS, "docker-desktop", "ca-certificates"]
    + ["uidmap", "dbus-user-session", "shadow-utils", "slirp4netns", "procps"]
    + [name for names in conflicts.NAMED.values() for name in names]
)

SCRIPT = (
    PRELUDE
    + ask_installed(_ASKED)
    + LINKED
    + conflicts.SCRIPT
    + run.LOOK
    + FULL
    + r"""
shown() { systemctl show -p "$1" --value docker.service 2>/dev/null; }
running() { force "$(shown MainPID)" "$(shown InvocationID)" @FILE@ @NOTES@; }
info() { ask info --format '{{json .}}' | answer; }
program() { shown ExecStart | grep -oE '(^|[ =])/[^ ;]*/dockerd( |;|$)' | head -n 1 | tr -d ' =;'; }
units() { for u in docker.service docker.socket containerd.service; do
  echo $u $(systemctl show -p LoadState -p ActiveState -p UnitFileState --value $u 2>/dev/null); done; }
listed() { for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources \
  /etc/yum.repos.d/*.repo; do case ${f##*/} in *[!A-Za-z0-9._-]*) continue ;; esac
  [ -f "$f" ] && whole "source:$f" "$f"; done; true; }
served() { cd /var/lib/apt/lists && grep -lE '^Origin: Docker$|^Label: Docker CE$' -- *Release; } 2>/dev/null
asleep() { ! systemctl -q is-active docker.service && systemctl -q is-active docker.socket; }
contexts() { asleep || timeout 10 docker context ls --format '{{.Name}} {{.Current}} {{.DockerEndpoint}}' 2>/dev/null; true; }
ask() { systemctl -q is-active docker.service && [ -S /var/run/docker.sock ] &&
  timeout 10 @SYSTEM@ "$@" 2>/dev/null; }
containers() { ids=$(ask ps -q) && echo $ids | wc -w; }
listening() { for s in /run/user/*/docker.sock; do [ -S "$s" ] && stat -c %U "$s"; done; true; }
data() { for d in /var/lib/docker /var/lib/containerd; do
  if [ -L $d ]; then echo $d $(readlink -m $d); elif full $d; then echo $d; fi; done; true; }
apparmor() { [ -d /sys/kernel/security/apparmor ] && [ "$(cat /sys/module/apparmor/parameters/enabled)" = Y ] &&
  ! command -v apparmor_parser; }
validates() { dockerd --help 2>/dev/null | grep -q -e --validate; }
part id id -u
part machine uname -m
part os cat /etc/os-release
part systemd test -d /run/systemd/system
part container systemd-detect-virt --container
part units units
part program program
part served served
part architecture dpkg --print-architecture
part image test -e /run/ostree-booted
listed
part contexts contexts
part containers containers
part info info
part plugins ask plugin ls --format '{{.Name}} {{.Enabled}}'
part running running
part apparmor apparmor
part validates validates
part dockerd dockerd --version
part group getent group docker
part data data
part listening listening
""".replace("@SYSTEM@", SYSTEM)
    .replace("@FILE@", DAEMON_FILE)
    .replace("@NOTES@", HOME.notes)
    + f"whole apt_key {APT_KEY}\nwhole rpm_key {RPM_KEY}\nwhole daemon {DAEMON_FILE}\npart link linked {DAEMON_FILE}\n"
)


def script(users: Sequence[str] = ()) -> str:
    """Return the look; it also asks for the groups and the rootless daemon of `users`."""
    asked = (f"part user:{name} groups_of {shlex.quote(name)}\n" for name in users)
    return SCRIPT + "".join(asked) + rootless.script(users) + surroundings.SCRIPT


@dataclass(frozen=True, slots=True)
class Unit:
    """A systemd unit."""

    exists: bool = False
    active: bool = False
    enabled: bool = False
    masked: bool = False


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
        halves: packages that are there by half: their installation was begun and not ended.
        held: packages that are held at their version.
        owners: files of Docker's packages that a package of others owns, and which.
        against: packages that conflict with Docker's, and with which.
        snap: version of the snap of Docker; None where there is none.
        units: docker.service, docker.socket and containerd.service.
        program: the dockerd that docker.service starts; None where it starts none that can be seen.
        origin: what the distribution rests on, and of what kind it is.
        sources: what of our docker.sources or docker-ce.repo names Docker's repository; None where there is no such file.
        beside: from which to which line of our file everything else goes.
        listed: what else the package manager is told to read.
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
        running: whether the daemon that runs does so with daemon.json as it is; what it shows of that.
        members: members of the group docker; None where there is no such group.
        users: groups of each user who was asked for; None where there is no such user.
        rootless: their own daemons.
        listening: all users whose own daemons listen now.
        kernel: what it allows users, and whose subordinate ids there are.
        silent: whether the system's daemon runs and gives no answer in ten seconds.
        data: folders with images, containers and volumes; one that is a link, with where it leads behind a space.
        around: what stands beside Docker and gets in its way.

    """

    root: bool = True
    machine: str = "x86_64"
    os: Os = field(default_factory=Os)
    systemd: bool = True
    container: str | None = None
    packages: Mapping[str, str] = field(default_factory=dict)
    halves: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    owners: Mapping[str, str] = field(default_factory=dict)
    against: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    snap: str | None = None
    units: Mapping[str, Unit] = field(default_factory=dict)
    program: str | None = None
    origin: Origin = field(default_factory=Origin)
    sources: str | None = None
    beside: tuple[tuple[int, int], ...] = ()
    listed: tuple[Source, ...] = ()
    key: tuple[str, ...] = ()
    daemon: Mapping[str, Any] | None = None
    daemon_problem: str = ""
    daemon_link: tuple[str, ...] = ()
    no_profiles: bool = False
    validates: bool = False
    version: str | None = None
    contexts: Mapping[str, str] = field(default_factory=dict)
    containers: int | None = None
    running: Running = field(default_factory=Running)
    members: tuple[str, ...] | None = None
    users: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    rootless: Mapping[str, Rootless] = field(default_factory=dict)
    listening: tuple[str, ...] = ()
    kernel: Kernel = field(default_factory=Kernel)
    silent: bool = False
    data: tuple[str, ...] = ()
    around: Surroundings = field(default_factory=Surroundings)

    @property
    def live_restore(self) -> bool:
        """Whether containers live through a restart of the daemon, as the daemon that runs has it."""
        return self.running.shown.get("live-restore") is True

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
    own, place = (REPO_FILE, RPM_KEY) if system.packages == "dnf" else (SOURCES_FILE, APT_KEY)
    served = frozenset(re.sub(r"_(?:In)?Release$", "", name) for name in part("served").lines)
    files = {name.removeprefix("source:"): _bytes(one) for name, one in found.items() if name.startswith("source:")}
    texts = {path: data.decode("utf-8", "replace") for path, data in files.items()}
    sources, beside = lists.split(own, texts[own], served, place) if own in texts else (None, ())
    version = re.search(r"version (\d+(?:\.\d+)+)", part("dockerd").text)
    return State(
        root=part("id").word == "0",
        machine=part("machine").word or "",
        os=system,
        systemd=part("systemd").ok,
        container=part("container").text.strip() or None,
        packages=installed(found),
        halves=halves(found),
        held=_held(found),
        owners=conflicts.read_owners(part("owners")),
        against=conflicts.read_against(part("against")),
        snap=part("snap").word,
        units={row[0]: _unit(row) for row in (line.split() for line in part("units").lines) if row},
        program=part("program").word,
        origin=origins.read(part("os").text, part("architecture").word or "", ostree=part("image").ok),
        sources=sources,
        beside=beside,
        listed=tuple(
            one
            for path, text in texts.items()
            if path != own
            for one in lists.active(path, text, served, hashlib.sha256(files[path]).hexdigest())
        ),
        key=_fingerprints(part("rpm_key" if own == REPO_FILE else "apt_key")),
        daemon=daemon,
        daemon_problem=problem,
        daemon_link=tuple(part("link").lines) if part("link").ok else (),
        no_profiles=part("apparmor").ok,
        validates=part("validates").ok,
        version=version[1] if version else None,
        contexts={row[0]: row[-1] for row in (line.split() for line in part("contexts").lines) if len(row) >= 2},
        containers=int(part("containers").text) if part("containers").ok else None,
        running=run.read(part("running"), part("info"), part("plugins"), part("daemon")),
        members=tuple(filter(None, part("group").text.rpartition(":")[2].split(","))) if part("group").ok else None,
        users={name[5:]: tuple(one.lines) if one.ok else None for name, one in found.items() if name.startswith("user:")},
        rootless=rootless.read_users(found),
        listening=tuple(part("listening").lines),
        kernel=rootless.read_kernel(found),
        silent=part("containers").code == _TIMED_OUT,
        data=tuple(part("data").lines),
        around=surroundings.read(found),
    )


def _unit(row: list[str]) -> Unit:
    return Unit(
        "loaded" in row, "active" in row or "activating" in row, "enabled" in row, "masked" in row or "masked-runtime" in row
    )


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


def _bytes(part: Part) -> bytes:
    try:
        return base64.b64decode(part.text)
    except binascii.Error:
        return b""


def _fingerprints(part: Part) -> tuple[str, ...]:
    try:
        return () if part.text in ("absent", "") else fingerprints(base64.b64decode(part.text))
    except ValueError:
        return ()
