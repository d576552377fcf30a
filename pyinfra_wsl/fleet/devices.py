"""Devices that Intune, Entra or Active Directory know, as the hosts of a fleet file.

Headers: of Intune, the export of "All devices"; of Entra, "Download devices" and the properties of Microsoft Graph's ``device``
and ``managedDevice``; of Active Directory, the properties of a computer and the attributes that ``csvde`` writes.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from pyinfra_wsl import form
from pyinfra_wsl.core import show
from pyinfra_wsl.core.nearest import nearest
from pyinfra_wsl.core.windows import zone
from pyinfra_wsl.fleet.table import Table

KNOWN: Mapping[str, Sequence[str]] = {
    "name": (
        "Device name",
        "DeviceName",
        "Computer name",
        "ComputerName",
        "Hostname",
        "Name",
        "cn",
        "displayName",
        "DNSHostName",
    ),
    "address": ("DNSHostName", "FQDN", "IPv4Address"),
    "os": ("OS", "Operating system", "operatingSystem", "deviceOSType", "OSType", "Platform"),
    "user": ("Primary user UPN", "UPN", "userPrincipalName", "Primary user email address", "userNames"),
    "enabled": ("Enabled", "accountEnabled"),
    "groups": (),
    "site": (),
    "time_zone": (),
}
"""What a host is made of, and the headers under which it is known, the surest first; without any it is only taken where asked."""

_OTHERS = re.compile(r"windows\s*(server|phone|mobile|holographic|ce|embedded compact)", re.IGNORECASE)
_NO = ("false", "no", "0", "disabled", "falsch", "nein", "faux", "non", "falso")
_YES = (
    "", "true", "yes", "1", "enabled", "wahr", "ja", "vrai", "oui", "vero", "verdadero", "verdadeiro", "sì", "sí", "si", "sim",
)  # fmt: skip
_UPN = re.compile(r"[^\s@\\/$]+@[^\s@\\/]+")  # a computer's own has a $ before its @


@dataclass(slots=True)
class Devices:
    """What became of a table.

    Args:
        columns: the header that each part of a host was taken from.
        hosts: their values by name.
        lines: the line of each.
        left_out: why rows were left out, and how many.
        notes: what else is to be told, each with its line.
        problems: what is wrong, each with its line: then there is nothing to be used.

    """

    columns: dict[str, str]
    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    notes: list[tuple[int, str]] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)


class ColumnError(Exception):
    """A column that is asked for, or needed, is not there; the text says which, and what there is."""


def columns(table: Table, asked: Mapping[str, str]) -> dict[str, str]:
    """Return the header that each part of a host is taken from.

    Args:
        table: the devices.
        asked: headers by part, as a user gave them; they count before the known ones, and an empty one takes its part away.

    Raises:
        ColumnError: a header is not there, or none of the known ones for the name is.

    """
    found = {part: header for part in KNOWN if (header := _header(table, KNOWN[part]))}
    for part, header in asked.items():
        if header and not (there := _header(table, (header,))):
            meant = nearest(header, table.columns)
            raise ColumnError(
                f"no column {show.value(header)}; {f'did you mean {show.value(meant)}?' if meant else _listed(table)}"
            )
        found[part] = there if header else ""
    found = {part: header for part, header in found.items() if header}
    if "name" not in found:
        raise ColumnError(f"no column is known as the devices' names; name it with --map name=COLUMN: {_listed(table)}")
    if found.get("address") == found["name"]:
        del found["address"]
    return found


def _header(table: Table, names: Sequence[str]) -> str:
    """Return the first of some headers that a table has, in any case and with any spaces."""
    there = {_plain(one): one for one in reversed(table.columns) if one}
    return next((there[_plain(name)] for name in names if _plain(name) in there), "")


def _plain(header: str) -> str:
    return re.sub(r"[^a-z0-9]", "", header.casefold()) or header


def _listed(table: Table) -> str:
    return f"the columns are {', '.join(show.value(one) for one in table.columns[:40] if one)}"


def read(table: Table, taken: Mapping[str, str], groups: Sequence[str] = ()) -> Devices:
    """Make hosts of a table.

    Args:
        table: the devices.
        taken: the header of each part, from `columns`.
        groups: that every host belongs to.

    """
    found = Devices(dict(taken))
    at = {part: table.columns.index(header) for part, header in taken.items()}
    known: dict[str, str] = {}
    for line, row in table.rows:
        given = {part: row[index].strip() for part, index in at.items()}
        if reason := _left_out(given):
            found.left_out[reason] += 1
            continue
        name = given["name"]
        host = _host(given, groups)
        if (enabled := given.get("enabled", "")).casefold() not in _YES:
            said = f"{taken['enabled']}: {show.value(enabled)} is neither true nor false; write one, or --map enabled="
            found.problems.append((line, said))
        elif not name:
            found.problems.append((line, f"has no {taken['name']}; fill it in, or remove the row"))
        elif (first := known.setdefault(name.casefold(), name)) in found.hosts:
            found.notes.append((line, _again(name, host, found, first)))
        else:
            found.hosts[name], found.lines[name] = host, line
    found.problems = sorted([*found.problems, *_problems(found)])
    return found


def _left_out(given: Mapping[str, str]) -> str:
    """Return why a row is no laptop with Windows; empty where it is one, or where no column says."""
    if "os" in given:
        system = given["os"]
        if not system:
            return "no operating system"
        if not system.casefold().startswith("windows") or _OTHERS.match(system):
            return show.name(system)
    return "disabled" if given.get("enabled", "").casefold() in _NO else ""


def _host(given: Mapping[str, str], groups: Sequence[str]) -> dict[str, Any]:
    own = [one.strip() for one in re.split("[,;]", given.get("groups", "")) if one.strip()]
    address, user = given.get("address", ""), given.get("user", "")
    return {
        **({"groups": list(dict.fromkeys([*groups, *own]))} if groups or own else {}),
        **({"address": address} if address and address.casefold() != given["name"].casefold() else {}),
        **({"user": user} if _UPN.fullmatch(user) else {}),
        **{key: given[key] for key in ("site", "time_zone") if given.get(key)},
    }


def _again(name: str, host: Mapping[str, Any], found: Devices, first: str) -> str:
    same = host == found.hosts[first]
    said = "says the same" if same else "says something else, which is left out"
    return f"{show.name(name)} is in line {found.lines[first]} already, and this row {said}"


def _problems(found: Devices) -> Iterator[tuple[int, str]]:
    """Yield what a fleet file would not take of the hosts."""
    declared = {"hosts": {name: dict(host) for name, host in found.hosts.items()}}
    for problem in form.of_file(declared, {}) if found.hosts else ():
        name = str(problem.path[1]) if len(problem.path) > 1 else ""
        key = str(problem.path[2]) if len(problem.path) > 2 else "name"
        yield found.lines.get(name, 1), f"{found.columns.get(key, key)}: {problem.said}"
    for name, declared_zone in ((name, host["time_zone"]) for name, host in found.hosts.items() if "time_zone" in host):
        try:
            zone.find(declared_zone)
        except zone.ZoneError as error:
            yield found.lines[name], f"{found.columns['time_zone']}: {error.message}; {error.remedy}"


def written(found: Devices, source: str) -> str:
    """Return the hosts as a part of a fleet file.

    Args:
        found: hosts without problems.
        source: what they are of, for people.

    """
    made = ", ".join(f"{part} of {show.value(header)}" for part, header in found.columns.items() if part not in ("os", "enabled"))
    hosts = (f"  {_flow(name)}: {_flow(host)}\n" for name, host in found.hosts.items())
    return f"# {len(found.hosts)} hosts of {show.line(source)}: {show.line(made)}\nhosts:\n{''.join(hosts)}"


def _flow(value: Any) -> str:
    """Write a value in one line, in quotes where any reader could take it for something else."""
    dumped: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=math.inf, default_flow_style=True)
    return dumped.removesuffix("...\n").rstrip("\n")
