"""The fleet file: read, checked, and resolved to what each machine must be.

All that is wrong with it is told at once, each with its line, its path and the right form::

    inventory/fleet.yml:14: defaults.wslconfig.wsl2.memory: '8gb' is not a size WSL reads; write 8GB
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path as File
from typing import Any

from pyinfra_wsl import registry
from pyinfra_wsl.core import show
from pyinfra_wsl.core.nearest import nearest
from pyinfra_wsl.core.problem import Path, Problem, dotted
from pyinfra_wsl.core.windows import whose
from pyinfra_wsl.core.windows.outlook import CONSENT
from pyinfra_wsl.fleet import contradictions, names, parts, reading, rollouts, rules
from pyinfra_wsl.fleet.alike import Checks
from pyinfra_wsl.fleet.contradiction import Contradiction
from pyinfra_wsl.fleet.contradictions import Place
from pyinfra_wsl.fleet.key import check_files
from pyinfra_wsl.fleet.line import file_of
from pyinfra_wsl.fleet.merge import Merged, resolve, without, without_nulls
from pyinfra_wsl.fleet.nodes import Document
from pyinfra_wsl.fleet.told import MOST, told

_Found = list[tuple[int, Problem]]
_Clash = tuple[Place, Place, Contradiction, str]

_MOST_VALUES = 2_000_000  # of all machines together, after inheritance


class FleetError(Exception):
    """A fleet file cannot be used.

    Args:
        problems: one line for each problem, in the order of the file.

    """

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the problems; the text is all of them."""
        super().__init__("\n".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class Host:
    """One machine of a fleet.

    Args:
        name: as the fleet file has it.
        os: ``windows`` or ``linux``.
        groups: the groups whose values it inherits.
        data: what it must be, by the keys of the fleet file, after inheritance; files are given by their whole paths.
        lines: line in the fleet file of each value, by its path in `data`.
        origins: its path in the fleet file, by the same.

    """

    name: str
    os: str
    groups: tuple[str, ...]
    data: dict[str, Any]
    lines: dict[Path, int] = field(repr=False)
    origins: dict[Path, Path] = field(repr=False, default_factory=dict)

    def line(self, path: Path) -> int:
        """Return the line at which a value is declared, or the nearest thing above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def place(self, path: Path) -> tuple[int, Path]:
        """Return the line of a value and its path in the fleet file, or those of the nearest thing above it."""
        depth = next((n for n in range(len(path), 0, -1) if path[:n] in self.origins), 0)
        origin = self.origins.get(path[:depth], ("hosts", self.name))
        return self.line(path), (*origin, *path[depth:])


@dataclass(frozen=True, slots=True)
class Fleet:
    """A fleet file without mistakes, or a folder of them.

    Args:
        path: of the file or the folder.
        hosts: its machines by name.
        groups: the names of its groups.
        unasked: that a command which names machines was not run, a line each.
        rollout: the section ``rollout`` without nulls; None where there is none.
        remarks: what is to be noted of it, a line each.

    """

    path: File
    hosts: dict[str, Host]
    groups: tuple[str, ...]
    unasked: tuple[str, ...] = ()
    rollout: Mapping[str, Any] | None = None
    remarks: tuple[str, ...] = ()

    @property
    def folder(self) -> File:
        """The folder from which files are named."""
        return self.path if self.path.is_dir() else self.path.parent

    def host(self, name: str) -> Host:
        """Return a machine by its name; raises `FleetError` that names the nearest one."""
        if name in self.hosts:
            return self.hosts[name]
        meant = nearest(name, self.hosts)
        here = "it may be one that hosts_from names: add --ask" if self.unasked else "its hosts are listed below hosts:"
        right = f"did you mean {meant}?" if meant else here
        raise FleetError([f"{self.path}: no such host {show.value(name)}; {right}"])


def keys(found: Fleet, hosts: Iterable[Host]) -> tuple[list[str], list[str]]:
    """Return what is wrong with the keys and certificates that some machines name, and what is only to be noted, a line each.

    Args:
        found: the fleet.
        hosts: which of its machines.

    """
    errors: list[str] = []
    notes: list[str] = []
    for host in hosts:
        for said in check_files(host.data, found.folder):
            line = host.line(said.problem.path)
            where = f"{file_of(line, found.path)}:{line}: {'note: ' if said.here else ''}{dotted(said.problem.path)}"
            (notes if said.here else errors).append(f"{where}: {show.line(said.problem.said)}")
    return list(dict.fromkeys(errors)), list(dict.fromkeys(notes))


def load(path: str | os.PathLike[str], *, ask: bool = True) -> Fleet:
    """Read a fleet file.

    Args:
        path: the file, or a folder of several that are one; sources are found relative to the folder.
        ask: whether commands that name machines are run; a file that is only checked may be a stranger's.

    Raises:
        FleetError: it cannot be read, or anything is wrong with it or with a resource of another distribution.

    """
    try:
        return _load(File(path), ask=ask)
    except registry.RegistryError as error:
        raise FleetError([str(error)]) from None


def _load(path: File, *, ask: bool) -> Fleet:
    try:
        found = parts.whole(path, ask=ask)
    except reading.ReadError as error:
        raise FleetError([str(error)]) from None
    if found.empty:
        raise FleetError([f"{path}:1: is empty; write hosts: and below it the names of the machines"])
    wrong = found.found
    wrong += _misnamed(found)
    if len(wrong) > MOST:
        raise FleetError(told(path, wrong))
    folder = path if path.is_dir() else path.parent
    hosts, problems = _hosts(found.document, without(found.data, found.gone), found.gone, folder)
    section = without_nulls(found.data.get(rollouts.KEY))
    known = _known(found, hosts)
    if section and not any(one[:1] == (rollouts.KEY,) for one in found.gone):
        problems += [(found.document.line(one.path), one) for one in rollouts.check(section, known)]
    if wrong + problems:
        raise FleetError(told(path, wrong + problems))
    remarks = rollouts.notes(section, known, {name: one.data for name, one in hosts.items()}) if section else ()
    why = "was not run; --ask runs it, and checks what it prints"
    unasked = (f"{file_of(line, path)}:{line}: note: hosts_from: {command} {why}" for line, command in found.unasked)
    noted = tuple(_note(path, found.document.line(one.path), one) for one in remarks)
    return Fleet(path, hosts, tuple(found.data.get("groups", {})), tuple(unasked), section, noted)


def _known(found: parts.Whole, hosts: Mapping[str, Host]) -> rollouts.Known:
    """Return the names that a rollout may name; what is wrong elsewhere with who has them is no reason to miss them here."""
    gone = {kind: {str(path[1]) for path in found.gone if path[:1] == (kind,) and len(path) > 1} for kind in ("hosts", "groups")}
    groups = {name: host.groups for name, host in hosts.items()} | dict.fromkeys(gone["hosts"], ())
    return rollouts.Known(
        None if found.unasked else groups, {*found.data.get("groups", {}), *gone["groups"]}, found.document.line
    )


def _note(path: File, line: int, one: Problem) -> str:
    return f"{file_of(line, path)}:{line}: note: {show.line(f'{dotted(one.path)}: {one.said}')}"


def _misnamed(found: parts.Whole) -> _Found:
    """Return what is wrong with names, of a range once; what stands under them is looked at no further."""
    wrong: dict[tuple[int, Problem], None] = {}
    for problem in names.check(without_nulls(found.data), found.document.line):
        wrong[found.document.line(problem.path), replace(problem, path=found.document.written_at(problem.path))] = None
        found.gone.append(problem.path)
        if len(wrong) > MOST:
            break
    return list(wrong)


def _hosts(document: Document, sound: Any, gone: list[Path], folder: File) -> tuple[dict[str, Host], _Found]:
    """Return the machines of what is right in a file, and what is wrong with each of them."""
    hosts: dict[str, Host] = {}
    found: _Found = []
    clashes: list[_Clash] = []
    values = 0
    left_out, checks = _missed(gone), Checks(folder)
    for name in sound["hosts"] if isinstance(sound, dict) and isinstance(sound.get("hosts"), dict) else ():
        hosts[name], problems, against = _host(document, sound, name, left_out, checks)
        found += problems
        clashes += _clashes(hosts[name], against)
        values += len(hosts[name].lines)
        if values > _MOST_VALUES:
            message = f"with this machine the fleet has more than {_MOST_VALUES} values"
            found.append((document.line(("hosts", name)), Problem(("hosts", name), message, "divide it into several files")))
            break
    return hosts, found + list(contradictions.told(clashes))


def _clashes(host: Host, found: Iterable[Contradiction]) -> Iterator[_Clash]:
    """Yield where in the file both values of each contradiction stand."""
    yield from ((host.place(one.path), host.place(one.other), one, host.name) for one in found)


def notes(found: Fleet, hosts: Iterable[Host]) -> list[str]:
    """Return what some machines declare that may be meant, and that no run brings to an end, and of a rollout: a line each.

    Args:
        found: the fleet.
        hosts: which of its machines.

    """
    open_ = [clash for host in hosts for clash in _clashes(host, contradictions.notes(host.data))]
    told = contradictions.told(open_, "is open with")
    return [*(_note(found.path, line, one) for line, one in told), *found.remarks]


@cache
def _keys() -> dict[str, list[str]]:
    """Return the keys that are for one system only, by its name."""
    found: dict[str, list[str]] = {"windows": ["user", CONSENT], "linux": []}
    for one in registry.found():
        found[one.system] += [one.key] if one.key and not one.shared else []
    return found


def _missed(gone: Iterable[Path]) -> dict[Path, list[Path]]:
    """Return where in a machine's values something was left out, by the place in the file where it was declared."""
    found: dict[Path, list[Path]] = {}
    for path in gone:
        length = 1 if path[:1] == ("defaults",) else 2
        found.setdefault(path[:length], []).append(path[length:])
    return found


def _host(
    document: Document, data: dict[str, Any], name: str, gone: Mapping[Path, list[Path]], checks: Checks
) -> tuple[Host, _Found, Iterable[Contradiction]]:
    merged, problems = resolve(data, name, _keys(), registry.unset())
    found: _Found = [
        (document.line(problem.path), replace(problem, path=document.written_at(problem.path))) for problem in problems
    ]
    groups = tuple(data["hosts"][name].get("groups") or ())
    missed = [
        path for place in (("defaults",), *(("groups", one) for one in groups), ("hosts", name)) for path in gone.get(place, ())
    ]
    said = checks.of(merged.data, missed)
    own = (*_whose(merged.data.get("user")), *rules.address(merged.data, name))
    found += [_placed(document, merged, name, problem) for problem in (*said.problems, *own)]
    for path in said.sources:
        holder: Any = merged.data
        for part in path[:-1]:
            holder = holder[part]
        holder[path[-1]] = checks.locate(holder[path[-1]])
        if "sha256" in holder:
            holder["sha256"] = holder["sha256"].lower()
    origins = {path: document.written_at(origin) for path, origin in merged.origins.items()}
    lines = {path: document.line(origin) for path, origin in origins.items()}
    host = Host(name, merged.data["os"], groups, merged.data, {(): document.line(("hosts", name)), **lines}, origins)
    return host, found, said.contradictions


def _whose(user: Any) -> Iterator[Problem]:
    if isinstance(user, str) and (why := whose.localsystem(user)):
        yield Problem(("user",), why, "write console, every, or a person's account")


def _placed(document: Document, merged: Merged, name: str, problem: Problem) -> tuple[int, Problem]:
    """Find where in the file a problem of one machine's values stands."""
    origin = merged.origin(problem.path)
    if not origin:
        origin = ("hosts", name)
    depth = next((n for n in range(len(problem.path), 0, -1) if problem.path[:n] in merged.origins), 0)
    return document.line(origin), replace(problem, path=(*document.written_at(origin), *problem.path[depth:]))
