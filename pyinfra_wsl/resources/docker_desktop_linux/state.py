"""How a host is asked about Docker Desktop for Linux, and what its answer says: one script, one state.

Docker documentation: "Install Docker Desktop on Linux" with the pages of each distribution, "Uninstall Docker Desktop",
"Step your Docker Desktop settings" (``~/.docker/desktop/settings-store.json``).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.core.formats import docker_settings, json_file
from pyinfra_wsl.core.linux.deletion import FULL
from pyinfra_wsl.core.linux.host import PRELUDE, Os, Part, parts, read_os
from pyinfra_wsl.core.linux.packages import ask_installed, installed
from pyinfra_wsl.core.resource import HIDDEN

COMPATIBILITY_LINK = "/usr/local/bin/com.docker.cli"

SCRIPT = (
    PRELUDE
    + FULL
    + ask_installed(("docker-desktop", "docker-ce-cli", "pass", "gnome-terminal", "qemu-system-x86"))
    + r"""
qemu() { for q in qemu-system-x86_64 /usr/libexec/qemu-kvm; do
  command -v $q >/dev/null && { $q --version | head -n1; return; }; done; true; }
desktop() { ls /usr/share/xsessions /usr/share/wayland-sessions 2>/dev/null | grep '\.desktop$' | sort -u; true; }
graphical() { loginctl list-sessions --no-legend 2>/dev/null | while read -r id uid user rest; do
  case $(loginctl show-session "$id" -p Type --value 2>/dev/null) in x11|wayland|mir) echo "$user";; esac; done; true; }
enabled() { ls "$home"/.config/systemd/user/*.wants/docker-desktop.service 2>/dev/null; true; }
active() { [ -d "/run/user/$uid" ] && as_them "$user" systemctl --user is-active docker-desktop; }
running() { { ls -l /proc/[0-9]*/exe 2>/dev/null | awk '/ -> \/opt\/docker-desktop\//{print $3}'
  grep -hs '/docker-desktop\.service' /proc/[0-9]*/cgroup | sed -n 's/.*user@\([0-9]*\)\.service.*/\1/p' | sort -u |
    while read -r u; do getent passwd "$u" | cut -d: -f1; done; } | sort -u; true; }
contexts() { as_them "$user" sh -c 'for f in "$1"/.docker/contexts/meta/*/meta.json; do
  [ -f "$f" ] && head -c 65536 "$f" | grep -o "\"Name\":\"[^\"]*\""; done' sh "$home" 2>/dev/null; true; }
roots() { for f in "$home/.docker" "${2%/*}"; do [ ! -L "$f" ] && [ "$(stat -c %u "$f")" = 0 ] || return 1; done; [ ! -L "$2" ]; }
mine() { if roots "$@" 2>/dev/null; then whole "$@"; else theirs "$user" "$@"; fi; }
left() { d=$home/.docker/desktop f=/usr/local/bin/com.docker.cli; if [ -L "$d" ] || full "$d"; then echo "$d"; fi
  if [ -e "$f" ] || [ -L "$f" ]; then echo "$f"; fi; }
part id id -u
part machine uname -m
part os cat /etc/os-release
part systemd test -d /run/systemd/system
part vm systemd-detect-virt --vm
part kvm test -c /dev/kvm -a -d /sys/module/kvm
part qemu qemu
part desktop desktop
part graphical graphical
part account getent passwd "$user"
part groups groups_of "$user"
part enabled enabled
part active active
part running running
part contexts contexts
part pass test -s "$home/.password-store/.gpg-id"
part owner stat -c %U "$home/.docker"
part left left
part data_link sh -c '[ -L "$1" ] && readlink -m "$1"' sh "$home/.docker/desktop"
mine settings "$home/.docker/desktop/settings-store.json"
mine config "$home/.docker/config.json"
"""
)


_PEOPLE = r"""people() { getent passwd | while IFS=: read -r name _ number _ _ folder _; do
  [ "$number" -ge 1000 ] && [ -e "$folder/.docker/desktop" ] && echo "$name"; done; true; }
part people people
"""


def script(user: str = "") -> str:
    """Return the look at the host and at one user's Docker Desktop; without one, the look for whose there are."""
    if not user:
        return f"user=; uid=; home=/nonexistent\n{SCRIPT}{_PEOPLE}"
    quoted = shlex.quote(user)
    return f"user={quoted}; uid=$(id -u {quoted} 2>/dev/null); home=$(getent passwd {quoted} | cut -d: -f6)\n{SCRIPT}"


@dataclass(frozen=True, slots=True)
class Account:
    """The user whose Docker Desktop it is: number, home folder, groups and name."""

    uid: int
    home: str
    groups: tuple[str, ...] = ()
    name: str = field(default="", metadata=HIDDEN)


@dataclass(frozen=True, slots=True)
class State:
    """A host as Docker Desktop finds it; None is unknown or absent.

    Args:
        root: whether we may change it.
        machine: ``uname -m``.
        os: the distribution.
        systemd: whether systemd runs.
        vm: kind of virtual machine in systemd's word, ``none`` for a real one.
        kvm: whether there is ``/dev/kvm``.
        qemu: QEMU's version.
        packages: versions of the installed packages that matter here.
        desktop: desktop sessions that are installed.
        graphical: users with a graphical session now.
        account: the user; None where there is no such user.
        enabled: whether it starts with the user's session.
        active: whether it runs now for the user.
        running: users for whom it runs now, by its unit or its programs; its package is everybody's.
        contexts: names of the user's contexts.
        pass_ready: whether ``pass`` has a key for the user.
        owner: owner of the user's ~/.docker.
        settings: settings-store.json; None where there is none.
        settings_problem: why it cannot be read.
        config: ~/.docker/config.json; None where there is none.
        config_problem: why it cannot be read.
        left: what a removal of the package leaves.
        data_link: where the user's ~/.docker/desktop leads, where that is a link.
        people: who has files of a Docker Desktop; only told by a look without a user.

    """

    root: bool = True
    machine: str = "x86_64"
    os: Os = field(default_factory=Os)
    systemd: bool = True
    vm: str | None = None
    kvm: bool = True
    qemu: str | None = None
    packages: Mapping[str, str] = field(default_factory=dict)
    desktop: tuple[str, ...] = ()
    graphical: tuple[str, ...] = ()
    account: Account | None = None
    enabled: bool = False
    active: bool = False
    running: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()
    pass_ready: bool = False
    owner: str | None = None
    settings: Mapping[str, Any] | None = None
    settings_problem: str = ""
    config: Mapping[str, Any] | None = None
    config_problem: str = ""
    left: tuple[str, ...] = ()
    data_link: str | None = None
    people: tuple[str, ...] = field(default=(), metadata=HIDDEN)


def read(text: str) -> State:
    """Read what `script` printed."""
    found = parts(text)

    def part(name: str) -> Part:
        return found.get(name, Part())

    settings, settings_problem = _settings(part("settings").text)
    config, config_problem = json_file.read(part("config").text)
    qemu = re.search(r"version (\d+(?:\.\d+)+)", part("qemu").text)
    return State(
        root=part("id").word == "0",
        machine=part("machine").word or "",
        os=read_os(part("os").text),
        systemd=part("systemd").ok,
        vm=part("vm").text.strip() or None,
        kvm=part("kvm").ok,
        qemu=qemu[1] if qemu else None,
        packages=installed(found),
        desktop=tuple(line for line in part("desktop").lines if line),
        graphical=tuple(part("graphical").lines),
        account=_account(part("account"), part("groups")),
        enabled=bool(part("enabled").text.strip()),
        active=part("active").word in ("active", "activating"),
        running=tuple(part("running").lines),
        contexts=tuple(re.findall(r'"Name":"([^"]*)"', part("contexts").text)),
        pass_ready=part("pass").ok,
        owner=part("owner").word,
        settings=settings,
        settings_problem=settings_problem,
        config=config,
        config_problem=config_problem,
        left=tuple(part("left").lines),
        data_link=part("data_link").word,
        people=tuple(line for line in part("people").lines if line),
    )


def _settings(encoded: str) -> tuple[Mapping[str, Any] | None, str]:
    """Return what Docker Desktop's own settings say, and why they cannot be merged with."""
    try:
        found = docker_settings.parse(json_file.content(encoded))
    except ValueError as error:
        return None, f"cannot be read: {error}"
    return found.values or None, found.problem if found.values is None else ""


def _account(passwd: Part, groups: Part) -> Account | None:
    fields = (passwd.word or "").split(":")
    return Account(int(fields[2]), fields[5], tuple(groups.lines), fields[0]) if len(fields) == 7 else None
