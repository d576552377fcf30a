"""libvirt beside KVM: its packages, its socket, its network ``default``, and who may use it.

libvirt.org, "Libvirt Daemons": one libvirtd, or a daemon for each driver (Fedora since 35, RHEL since 9); their sockets start
them, and they start themselves with the host for the sake of what is to start with it. "Access control": who may use the system's
libvirt may do what root may. What is active stands in /run/libvirt/network (libvirt, src/conf/virnetworkobj.c); asking virsh
would start the daemon at each look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pyinfra_wsl.core.acts import Packages, Shell, refuse
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.host import Os, Part, join
from pyinfra_wsl.core.plan import Step

GROUP = "libvirt"
_ONE = ("libvirtd",)
_MODULAR = ("virtqemud", "virtnetworkd")
_TEMPLATE = "/usr/share/libvirt/networks/default.xml"
_VIRSH = "virsh -q -c qemu:///system"

_PACKAGES: Mapping[str, Mapping[str, str]] = {
    "apt": {
        "daemon": "libvirt-daemon-system",
        "virsh": "libvirt-clients",
        "network": "libvirt-daemon-config-network",
        "dnsmasq": "dnsmasq-base",
    },
    "dnf": {
        "daemon": "libvirt-daemon-kvm",
        "virsh": "libvirt-client",
        "network": "libvirt-daemon-config-network",
        "dnsmasq": "dnsmasq",
    },
    "pacman": {"daemon": "libvirt", "virsh": "libvirt", "network": "libvirt", "dnsmasq": "dnsmasq"},
}

SCRIPT = (
    r"""libvirt_units() { for u in libvirtd virtqemud virtnetworkd; do for k in socket service; do
  echo $u.$k $(systemctl show -p LoadState -p ActiveState -p UnitFileState --value $u.$k 2>/dev/null); done; done; }
libvirt_network() { n=/etc/libvirt/qemu/networks
  [ -e $n/default.xml ] && echo defined; [ -e $n/autostart/default.xml ] && echo autostart
  b=$(sed -n "s/.*<bridge name=['\"]\([^'\"]*\)['\"].*/\1/p" /run/libvirt/network/default.xml 2>/dev/null | head -n1)
  [ -n "$b" ] && [ -d "/sys/class/net/$b" ] && echo active
"""
    rf"""  [ -e $n/default.xml ] || [ -e {_TEMPLATE} ] && echo known; true; }}
tools() {{ for c in virsh virt-host-validate kvm-ok dnsmasq; do command -v $c >/dev/null && echo $c; done; true; }}
part tools tools
part libvirt_units libvirt_units
part libvirt_network libvirt_network
"""
)


@dataclass(frozen=True, slots=True)
class Libvirt:
    """libvirt as it is on a host.

    Args:
        units: words of systemd on each of its units: ``loaded``, ``active``, ``enabled``, ``masked``.
        network: what is true of the network ``default``: ``known`` (it can be defined), ``defined``, ``autostart``, ``active``.

    """

    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    network: tuple[str, ...] = ()

    def has(self, unit: str, *words: str) -> bool:
        """Whether systemd says all these words of a unit."""
        return set(words) <= set(self.units.get(unit, ()))


def read(units: Part, network: Part) -> Libvirt:
    """Read what `SCRIPT` printed."""
    rows = (line.split() for line in units.lines)
    return Libvirt({row[0]: tuple(row[1:]) for row in rows if row}, tuple(network.lines))


def daemons(have: Libvirt, system: Os) -> tuple[str, ...]:
    """Return which daemons a host's libvirt is: the ones in use, else those that it has, else its distribution's."""
    if any(have.has(f"libvirtd.{kind}", word) for kind in ("socket", "service") for word in ("enabled", "active")):
        return _ONE
    if have.has("virtqemud.socket", "loaded"):
        return _MODULAR
    if have.has("libvirtd.socket", "loaded"):
        return _ONE
    return _ONE if system.packages == "apt" or system.version.partition(".")[0] == "8" else _MODULAR


def failures(have: Libvirt, system: Os) -> Iterator[Failure]:
    """Yield what somebody has forbidden: a masked unit is not unmasked."""
    for name in daemons(have, system):
        for unit in (f"{name}.socket", f"{name}.service"):
            if have.has(unit, "masked"):
                yield Failure(
                    f"{unit} is masked on this host", f"'systemctl unmask {unit}' if it may run, then run again", "masked"
                )


def missing(have: Libvirt, system: Os, programs: Sequence[str]) -> list[str]:
    """Return the packages that are still to come.

    Args:
        have: libvirt as it is.
        system: the distribution.
        programs: names of programs that are there.

    """
    there = {
        "daemon": any(have.has(f"{name}.socket", "loaded") for name in daemons(have, system)),
        "virsh": "virsh" in programs,
        "network": "known" in have.network,
        "dnsmasq": "dnsmasq" in programs,
    }
    names = _PACKAGES[system.packages or "apt"]
    return list(dict.fromkeys(names[what] for what, found in there.items() if not found))


def changes(
    have: Libvirt, system: Os, programs: Sequence[str], users: Mapping[str, tuple[str, ...] | None], wanted: Sequence[str]
) -> Iterator[Step]:
    """Plan packages, sockets, network and members.

    Args:
        have: libvirt as it is.
        system: the distribution.
        programs: names of programs that are there.
        users: the groups of each user.
        wanted: who may use it.

    """
    if names := missing(have, system, programs):
        yield Step(f"install {', '.join(names)}", (Packages(system.packages or "", tuple(names)),))
    for name in daemons(have, system):
        yield from _daemon(have, name)
    yield from _network(have)
    for user in wanted:
        if GROUP not in (users.get(user) or ()):
            sentence = f"{user} joins the group {GROUP}: its members may do what root may"
            yield Step(sentence, (join(user, GROUP),), "from the next logon on")


def _daemon(have: Libvirt, name: str) -> Iterator[Step]:
    socket, service = f"{name}.socket", f"{name}.service"
    if not have.has(socket, "active", "enabled"):
        # A socket does not start beside its service; guests live on without the daemon (libvirtd(8)).
        start = f"{{ systemctl start {socket} 2>/dev/null || {{ systemctl stop {service} && systemctl start {socket}; }}; }}"
        yield Step(f"{socket} runs and starts with the host", (Shell(f"systemctl enable -q {socket} && {start}"),))
    if not have.has(service, "enabled"):
        yield Step(f"{service} starts with the host", (Shell(f"systemctl enable -q {service}"),), "for what is to start with it")


def _network(have: Libvirt) -> Iterator[Step]:
    if "defined" not in have.network:
        yield _virsh("define", f"net-define {_TEMPLATE}", "{ [ -e /etc/libvirt/qemu/networks/default.xml ] && exit 0; }; ")
    if "autostart" not in have.network:
        yield _virsh("starts with the host", "net-autostart default")
    if "active" not in have.network:
        # The package or the daemon's start may have started it meanwhile.
        yield _virsh("runs", "net-start default", f"{_VIRSH} net-list --name | grep -qx default && exit 0; ")


def _virsh(words: str, command: str, unless: str = "") -> Step:
    sentence = "define libvirt's network default" if words == "define" else f"libvirt's network default {words}"
    refused = Failure(
        f"{sentence}: virsh: {{said}}",
        "mend what virsh names; where the subnet is in use, choose another with 'virsh net-edit default'; then run again",
        "network",
    )
    one_line = "said=$(printf %s \"$said\" | tr '\\n' ' ')"
    line = f"{unless}said=$({_VIRSH} {command} 2>&1) || {{ {one_line}; {refuse('network', '$said')}; }}"
    return Step(sentence, (Shell(line, {"network": refused}),))
