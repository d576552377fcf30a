"""How a host is asked about daemons without root: what the kernel allows, and each user's ids, service and settings.

Docker documentation, "Rootless mode" with its prerequisites; subuid(5); sysctl/user and sysctl/kernel of the kernel's
documentation; modprobe(8), ``--show-depends``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.core.formats import json_file
from pyinfra_wsl.core.linux.host import Part
from pyinfra_wsl.resources.docker_engine.running import LOOK, Running, read

IDS = 65536
"""How many subordinate ids a user needs."""

_RUNNING = (
    LOOK
    + r"""shown() { systemctl --user show -p "$1" --value docker.service; }
force "$(shown MainPID)" "$(shown InvocationID)" "$HOME/.config/docker/daemon.json" "$XDG_RUNTIME_DIR/pyinfra-wsl-docker"
"""
)
_SCRIPT = r"""
running=@RUNNING@
namespaces() { for f in kernel/unprivileged_userns_clone user/max_user_namespaces kernel/apparmor_restrict_unprivileged_userns; do
  [ -r /proc/sys/$f ] && echo "$f $(cat /proc/sys/$f)"; done; ls -d /etc/apparmor.d/*rootlesskit* 2>/dev/null; true; }
netfilter() { for m in nf_tables ip_tables; do
  echo $m $(modprobe --show-depends $m 2>/dev/null | tail -n 1 | cut -d' ' -f1) $([ -d /sys/module/$m ] && echo loaded); done; }
rootless() {
  uid=$(id -u "$1") || return 1; home=$(getent passwd "$1" | cut -d: -f6); run=/run/user/$uid
  echo uid $uid; echo home $home
  getsubids "$1" >/dev/null 2>&1 && echo subuids yes
  getsubids -g "$1" >/dev/null 2>&1 && echo subgids yes
  [ -e "/var/lib/systemd/linger/$1" ] && echo linger yes
  [ -f "$home/.config/systemd/user/docker.service" ] && echo unit yes
  [ -e "$home/.config/systemd/user/default.target.wants/docker.service" ] && echo enabled yes
  d=$home/.local/share/docker; if [ -L "$d" ]; then echo data "link $(readlink -m "$d")"; elif full "$d"; then echo data yes; fi
  [ -d "$run" ] && echo active $(as_them "$1" systemctl --user is-active docker.service)
  [ -S $run/docker.sock ] && { echo socket yes; ids=$(as_them "$1" \
    docker -H unix://$run/docker.sock ps -q 2>/dev/null) && echo containers $(echo $ids | wc -w); }
  true
}
running_of() { [ -d /run/user/$(id -u "$1") ] && as_them "$1" sh -c "$running" 2>/dev/null; }
ask_of() {
  who=$1; shift; s=/run/user/$(id -u "$who")/docker.sock; [ -S $s ] && as_them "$who" docker -H unix://$s "$@" 2>/dev/null; }
info_of() { ask_of "$1" info --format '{{json .}}' | answer; }
plugins_of() { ask_of "$1" plugin ls --format '{{.Name}} {{.Enabled}}'; }
part namespaces namespaces
part netfilter netfilter
part modules cat /etc/modules-load.d/pyinfra-wsl-docker.conf
part subuid cat /etc/subuid
part subgid cat /etc/subgid
""".replace("@RUNNING@", shlex.quote(_RUNNING))


def script(users: Sequence[str]) -> str:
    """Return this part of the look: nothing where no users are asked for."""
    return _SCRIPT + "".join(_ask(name, shlex.quote(name)) for name in users) if users else ""


def _ask(name: str, quoted: str) -> str:
    home = f"$(getent passwd {quoted} | cut -d: -f6)"
    asked = "".join(f"part {what}:{name} {what}_of {quoted}\n" for what in ("running", "info", "plugins"))
    return f'part rootless:{name} rootless {quoted}\ntheirs {quoted} config:{name} "{home}/.config/docker/daemon.json"\n{asked}'


@dataclass(frozen=True, slots=True)
class Rootless:
    """A user's own daemon, as their files and their socket show it.

    Args:
        uid: their number.
        home: their home folder.
        subuids: whether they have subordinate user ids enough.
        subgids: whether they have subordinate group ids enough.
        linger: whether their services run without a logon.
        installed: whether there is a unit.
        enabled: whether it starts with their services.
        running: whether it runs and listens; it does so before systemd counts its start as done.
        containers: how many containers run in it; None where nobody knows.
        data: whether there are images, containers or volumes.
        data_link: where their folder leads, where that is a link.
        config: their daemon.json; None where there is none.
        config_problem: why it cannot be read.
        engine: whether the daemon that runs does so with that file as it is; what it shows of that.

    """

    uid: int
    home: str
    subuids: bool = False
    subgids: bool = False
    linger: bool = False
    installed: bool = False
    enabled: bool = False
    running: bool = False
    containers: int | None = None
    data: bool = False
    data_link: str = ""
    config: Mapping[str, Any] | None = None
    config_problem: str = ""
    engine: Running = field(default_factory=Running)


@dataclass(frozen=True, slots=True)
class Kernel:
    """What decides whether users may have namespaces, and daemons a firewall.

    Args:
        switches: name of a sysctl that limits namespaces, and its value.
        profile: whether AppArmor has a profile for rootlesskit.
        loadable: modules of the firewall that can be loaded.
        loaded: those that are.
        at_start: those that our file loads at each start.
        ids: ranges of subordinate ids that somebody has: first id and number.

    """

    switches: Mapping[str, str] = field(default_factory=dict)
    profile: bool = False
    loadable: tuple[str, ...] = ()
    loaded: tuple[str, ...] = ()
    at_start: tuple[str, ...] = ()
    ids: tuple[tuple[int, int], ...] = ()


def read_kernel(found: Mapping[str, Part]) -> Kernel:
    """Read what concerns the whole host."""

    def rows(name: str) -> list[list[str]]:
        return [line.split() for line in found.get(name, Part()).lines]

    return Kernel(
        switches={row[0].replace("/", "."): row[1] for row in rows("namespaces") if len(row) == 2},
        profile=any(len(row) == 1 for row in rows("namespaces")),
        loadable=tuple(row[0] for row in rows("netfilter") if "insmod" in row[1:]),
        loaded=tuple(row[0] for row in rows("netfilter") if "loaded" in row[1:]),
        at_start=tuple(row[0] for row in rows("modules") if found["modules"].ok and row and not row[0].startswith("#")),
        ids=tuple(dict.fromkeys((first, count) for kind in ("subuid", "subgid") for _, first, count in ranges(found, kind))),
    )


def read_users(found: Mapping[str, Part]) -> dict[str, Rootless]:
    """Read what concerns each user who was asked for and is there."""
    names = [name[9:] for name, part in found.items() if name.startswith("rootless:") and part.ok]
    return {name: _user(name, found) for name in names}


def _user(name: str, found: Mapping[str, Part]) -> Rootless:
    rows = dict(line.split(" ", 1) for line in found[f"rootless:{name}"].lines if " " in line)
    config, problem = json_file.read(found.get(f"config:{name}", Part()).text)
    uid = int(rows.get("uid", "0"))

    def enough(kind: str) -> bool:
        return f"{kind}s" in rows or any(who in (name, str(uid)) and count >= IDS for who, _, count in ranges(found, kind))

    return Rootless(
        uid,
        rows.get("home", ""),
        subuids=enough("subuid"),
        subgids=enough("subgid"),
        linger="linger" in rows,
        installed="unit" in rows,
        enabled="enabled" in rows,
        running=rows.get("active") in ("active", "activating", "reloading") and "socket" in rows,
        containers=int(rows["containers"]) if "containers" in rows else None,
        data="data" in rows,
        data_link=rows.get("data", "").partition("link ")[2],
        config=config,
        config_problem=problem,
        engine=read(*(found.get(f"{what}:{name}", Part()) for what in ("running", "info", "plugins", "config"))),
    )


def ranges(found: Mapping[str, Part], kind: str) -> Iterator[tuple[str, int, int]]:
    """Yield owner, first id and number of each line of /etc/subuid or /etc/subgid."""
    for who, first, count in re.findall(r"^([^:#]+):(\d+):(\d+)$", found.get(kind, Part()).text, re.M):
        yield who, int(first), int(count)
