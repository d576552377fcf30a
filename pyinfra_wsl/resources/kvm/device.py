"""Who may open ``/dev/kvm``: owner, group, mode, and its access control list.

acl(5): with a list, the middle digit that stat(1) shows is the list's mask, and no longer what the group may; systemd gives those
who sit at the machine such an entry (70-uaccess.rules).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyinfra_wsl.core.acts import Act, Packages, Shell
from pyinfra_wsl.core.linux.host import Part
from pyinfra_wsl.core.plan import Step

SCRIPT = r"""device() { stat -c '%a
%U
%G
%g' /dev/kvm && ls -ld /dev/kvm | cut -c11; }
part device device
part acl getfacl -cpE /dev/kvm
"""
"""The device, each value on a line of its own, since the name of a group may hold a space."""


@dataclass(frozen=True, slots=True)
class Device:
    """Who may use ``/dev/kvm``.

    Args:
        owner: name of its owner.
        group: name of its group, or the number of one that has no name.
        mode: three octal digits: what owner, group and others may, with an access control list too.
        acl: whom else the list names: ``user:ada:rw-``; None where there is a list and no getfacl to read it.

    """

    owner: str
    group: str
    mode: str
    acl: tuple[str, ...] | None = ()


def read(device: Part, acl: Part) -> Device | None:
    """Read what `SCRIPT` printed; None where there is no device."""
    lines = device.lines
    if not device.ok or len(lines) < 4:
        return None
    mode, owner, group, number = lines[:4]
    group = number if group == "UNKNOWN" else group
    if "+" not in lines[4:]:
        return Device(owner, group, mode)
    if not acl.ok:
        return Device(owner, group, mode, None)
    entries = [line.split(":") for line in acl.lines if line.count(":") == 2]
    owned = {kind: _digit(rights) for kind, name, rights in entries if not name}
    named = tuple(":".join(entry) for entry in entries if entry[1])
    of_group = owned.get("group", 0) & owned.get("mask", 7)
    return Device(owner, group, f"{mode[:-2]}{of_group}{mode[-1:]}", named)


def _digit(rights: str) -> int:
    return sum(value for letter, value in (("r", 4), ("w", 2), ("x", 1)) if letter in rights)


def changes(mode: str, have: Device | None, manager: str) -> Iterator[Step]:
    """Plan the group and mode of the device; those whom a list names stay in it.

    Args:
        mode: the declared one, four octal digits.
        have: the device as it is; None where it is yet to appear.
        manager: ``apt``, ``dnf`` or ``pacman``.

    """
    wanted = mode.removeprefix("0")
    if have is not None and have.acl is not None and (have.group, have.mode) == ("kvm", wanted):
        return
    was = f"{have.owner}:{have.group} 0{have.mode} → " if have else ""
    owner = have.owner if have else "root"
    own = "getent group kvm >/dev/null || groupadd --system kvm; chgrp kvm /dev/kvm && chmod"
    line = f"{own} {mode} /dev/kvm"
    tool: tuple[Act, ...] = ()
    if have is not None and have.acl != ():
        rights = "".join(letter if int(wanted[1]) & bit else "-" for letter, bit in (("r", 4), ("w", 2), ("x", 1)))
        line += f" && setfacl -m g::{rights},m::{rights} /dev/kvm"
        tool = () if have.acl else (Packages(manager, ("acl",)),)
    note = "an access control list stands beside its mode" if have is not None and have.acl != () else ""
    yield Step(f"/dev/kvm {was}{owner}:kvm {mode}", (*tool, Shell(line)), note)
