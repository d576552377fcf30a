"""What stands beside Docker and gets in its way: other firewalls, an old cgroup hierarchy, a network of IPv6 alone, userns-remap.

Docker documentation: "Packet filtering and firewalls" (firewalld's zone ``docker``, and "ZONE_CONFLICT"), "Use IPv6 networking",
"Isolate containers with a user namespace" (a data root of its own below the other), "Deprecated Engine features" (cgroup v1,
since 29.0). nft(8): ``flush ruleset`` takes away everybody's tables, those of iptables-nft too. iptables(8): the legacy and the
nf_tables one are two firewalls, and each packet passes both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.core.acts import Service
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.host import Part
from pyinfra_wsl.core.plan import Step
from pyinfra_wsl.resources.docker_engine.rootless_state import IDS, ranges

SCRIPT = r"""
zones() { grep -lsE '<interface[^>]* name="docker0"' /etc/firewalld/zones/*.xml | grep -v '/docker\.xml$'; true; }
flushes() { systemctl -q is-enabled nftables.service 2>/dev/null || systemctl -q is-active nftables.service || return 0
  grep -nsE '^[[:space:]]*flush[[:space:]]+ruleset' /etc/nftables.conf /etc/sysconfig/nftables.conf; true; }
legacy() { grep -qs . /proc/net/ip_tables_names && iptables-legacy-save 2>/dev/null | grep -cE '^-A|^:FORWARD DROP'; true; }
nft_rules() { [ -d /sys/module/nf_tables ] && iptables-nft-save 2>/dev/null | grep -cE '^-A|^:FORWARD DROP'; true; }
rules() { systemctl -q is-active docker.service && [ -d /sys/class/net/docker0 ] && command -v iptables >/dev/null || return 0
  pid=$(systemctl show -p MainPID --value docker.service)
  tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qE -- '--(iptables|firewall-backend)' && return
  ask network ls -q | grep -q . || return 0
  iptables -w 5 -t nat -S DOCKER >/dev/null 2>&1 && { echo there; return; }
  iptables -w 5 -t nat -S >/dev/null 2>&1 && echo gone; true; }
routes() { ip -4 route show default 2>/dev/null | grep -q . && echo 4
  ip -6 route show default 2>/dev/null | grep -q . && echo 6; [ -e /proc/sys/net/ipv6 ] && echo ipv6; true; }
remapped() { ls -d /var/lib/docker/[0-9]*.[0-9]* /var/lib/docker/image /var/lib/docker/containers 2>/dev/null; true; }
part cgroup stat -fc %T /sys/fs/cgroup
part firewalld systemctl is-active firewalld.service
part zones zones
part flushes flushes
part iptables iptables -V
part legacy legacy
part nft_rules nft_rules
part rules rules
part routes routes
part remapped remapped
part remap_ids cat /etc/subuid
part remap_users getent passwd $(cut -d: -f1 /etc/subuid 2>/dev/null | grep -v '^[#-]' | sort -u | head -n 500)
"""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands beside Docker; None is unknown.

    Args:
        cgroup: type of the file system of /sys/fs/cgroup: ``cgroup2fs``, or ``tmpfs`` for the first version.
        firewalld: whether firewalld runs.
        zones: files of firewalld's zones, other than Docker's own, that hold docker0.
        flushes: lines at which nftables.service takes away everybody's rules, as ``FILE:LINE``.
        iptables: which of the two the command ``iptables`` is: ``legacy`` or ``nf_tables``; empty where there is none.
        other: how many rules the other one has.
        rules: whether the rules of the daemon that runs are there; None where none runs or nobody can tell.
        only_ipv6: whether the host's way out is IPv6 alone.
        ipv6: whether the kernel has IPv6.
        data: whether there are images or containers of a daemon without userns-remap.
        remapped: data roots of daemons with userns-remap.
        ids: whose subordinate ids suffice for userns-remap.

    """

    cgroup: str | None = None
    firewalld: bool = False
    zones: tuple[str, ...] = ()
    flushes: tuple[str, ...] = ()
    iptables: str = ""
    other: int = 0
    rules: bool | None = None
    only_ipv6: bool = False
    ipv6: bool = True
    data: bool = False
    remapped: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


def read(found: Mapping[str, Part]) -> Surroundings:
    """Read what `SCRIPT` printed."""

    def part(name: str) -> Part:
        return found.get(name, Part())

    kind = re.search(r"\((legacy|nf_tables)\)", part("iptables").text)
    which = kind[1] if kind else "legacy" if part("iptables").ok else ""  # before 1.8 there was no other
    other = {"nf_tables": part("legacy"), "legacy": part("nft_rules")}.get(which, Part()).text.strip()
    routes, data = part("routes").lines, part("remapped").lines
    return Surroundings(
        cgroup=part("cgroup").word,
        firewalld=part("firewalld").word == "active",
        zones=tuple(part("zones").lines),
        flushes=tuple(":".join(line.split(":")[:2]) for line in part("flushes").lines),
        iptables=which,
        other=int(other) if other.isdigit() else 0,
        rules={"there": True, "gone": False}.get(part("rules").text.strip()),
        only_ipv6="6" in routes and "4" not in routes,
        ipv6="ipv6" in routes or not part("routes").ok,
        data=any(not _is_remapped(path) for path in data),
        remapped=tuple(path for path in data if _is_remapped(path)),
        ids=tuple(_with_ids(found)),
    )


def _with_ids(found: Mapping[str, Part]) -> Iterator[str]:
    """Yield names and numbers of who has ids enough; dockerd adds ranges up, and takes either for the other (moby, idtools)."""
    total = dict[str, int]()
    for who, _, count in ranges(found, "remap_ids"):
        total[who] = total.get(who, 0) + count
    entries = (line.split(":") for line in found.get("remap_users", Part()).lines)
    called = {(row[0], row[2]) for row in entries if len(row) > 3}
    for who in (who for who, count in total.items() if count >= IDS):
        yield who
        yield from sorted({one for names in called if who in names for one in names} - {who})


def _is_remapped(path: str) -> bool:
    return re.fullmatch(r"\d+\.\d+", path.rpartition("/")[2]) is not None


def failures(daemon: Mapping[str, Any], around: Surroundings, *, rests: bool) -> Iterator[Failure]:
    """Yield what keeps the system's daemon from its start.

    Args:
        daemon: its daemon.json, as it will be.
        around: what stands beside it.
        rests: whether it runs and stays as it is.

    """
    if not rests and (zones := _other_zones(daemon, around)):
        yield Failure(
            f"firewalld has docker0 in its zone {', '.join(zones)}: dockerd wants it in its own, docker, and does not start",
            f"'firewall-cmd --permanent --zone={zones[0]} --remove-interface=docker0', 'firewall-cmd --reload', then run again",
            "firewalld",
        )
    if daemon.get("ipv6") is True and not around.ipv6:
        yield Failure(
            "daemon.json has ipv6: true, and this host's kernel has no IPv6: dockerd does not start",
            "take ipv6.disable=1 off the kernel's command line and restart the host, or take ipv6 out of docker_engine.daemon",
            "ipv6",
        )
    user = str(daemon.get("userns-remap") or "").partition(":")[0]
    if user and user != "default" and user not in around.ids:
        yield Failure(
            f"daemon.json has userns-remap: {user}, and {user} has no {IDS} subordinate ids: dockerd does not start",
            f"give {user} ids that nobody has with 'usermod --add-subuids FIRST-LAST --add-subgids FIRST-LAST', then run again",
            "subids",
        )


def _other_zones(daemon: Mapping[str, Any], around: Surroundings) -> tuple[str, ...]:
    """Return the zones other than Docker's that hold docker0: a ZONE_CONFLICT (moby 28.5.2, libnetwork/iptables/firewalld.go)."""
    if not around.firewalld or daemon.get("iptables") is False:
        return ()
    return tuple(path.rpartition("/")[2].removesuffix(".xml") for path in around.zones)


def notes(daemon: Mapping[str, Any], around: Surroundings, *, before: Mapping[str, Any]) -> Iterator[str]:
    """Yield what will go wrong or be missed, each with what to do about it.

    Args:
        daemon: the system's daemon.json, as it will be; empty for daemons without root.
        around: what stands beside it.
        before: daemon.json as it is.

    """
    if around.cgroup == "tmpfs":
        yield (
            "this host has cgroup v1, which Docker deprecates since 29.0 and systemd no longer has since 258: "
            "put systemd.unified_cgroup_hierarchy=1 on the kernel's command line and restart the host"
        )
    if around.flushes and daemon.get("iptables") is not False:
        yield (
            f"nftables.service takes away everybody's rules at each reload ({around.flushes[0]}, flush ruleset): containers have "
            "no network then until dockerd is restarted; let it flush its own tables alone, as 'flush table inet filter'"
        )
    if before == daemon and (zones := _other_zones(daemon, around)):
        yield (
            f"firewalld has docker0 in its zone {', '.join(zones)}, and dockerd wants it in its own, docker: its next start "
            f"may fail (ZONE_CONFLICT); 'firewall-cmd --permanent --zone={zones[0]} --remove-interface=docker0', then '--reload'"
        )
    if around.other:
        which, other = around.iptables, {"legacy": "nf_tables", "nf_tables": "legacy"}[around.iptables]
        command = {"legacy": "iptables-legacy", "nf_tables": "iptables-nft"}
        yield (
            f"two firewalls are in force: Docker uses iptables ({which}), and {around.other} rules are in iptables ({other}), "
            f"which each packet passes too: move them from '{command[other]}-save' to '{command[which]}-restore', then restart"
        )
    if around.only_ipv6 and daemon.get("ipv6") is not True:
        yield (
            "this host reaches others by IPv6 alone, and containers in Docker's default network have no IPv6: "
            "declare daemon: {ipv6: true, fixed-cidr-v6: …}, or run them in a network with --ipv6"
        )
    yield from _remapping(daemon, around, before)


def _remapping(daemon: Mapping[str, Any], around: Surroundings, before: Mapping[str, Any]) -> Iterator[str]:
    now, then = daemon.get("userns-remap") or "", before.get("userns-remap") or ""
    if now and not then and around.data:
        yield (
            "with userns-remap dockerd has a data root of its own below /var/lib/docker: images, containers and volumes that are "
            "there now are not shown until userns-remap is taken away; nothing of them is deleted"
        )
    if then and now != then and around.remapped:
        yield (
            f"without userns-remap: {then} dockerd does not show the images, containers and volumes in "
            f"{', '.join(around.remapped)}; nothing of them is deleted"
        )


def restored(around: Surroundings, daemon: Mapping[str, Any], ends: int | None, note: str) -> Iterator[Step]:
    """Restart a daemon whose firewall rules somebody took away: its containers have no network, and only a start writes them.

    Args:
        around: what stands beside it.
        daemon: its daemon.json.
        ends: how many containers that ends; None is unknown.
        note: says so.

    """
    if around.rules is False and daemon.get("iptables") is not False and daemon.get("firewall-backend") in (None, "iptables"):
        sentence = "docker.service is restarted: its firewall rules are gone, and containers have no network"
        yield Step(sentence, (Service("docker.service", restarted=True),), note, ends=ends)
