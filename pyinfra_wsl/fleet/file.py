"""The fleet file: read, checked, and resolved to what each machine must be.

All that is wrong with it is told at once, each with its line, its path and the right form::

    inventory/fleet.yml:14: defaults.wslconfig.wsl2.memory: '8gb' is not a size WSL reads; write 8GB
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from pathlib import Path as File
from typing import Any

from pyinfra_wsl import form, registry
from pyinfra_wsl.core import show, source
from pyinfra_wsl.core.control import control
from pyinfra_wsl.core.nearest import nearest
from pyinfra_wsl.core.problem import Path, Problem, dotted
from pyinfra_wsl.core.windows.outlook import CONSENT
from pyinfra_wsl.fleet import contradictions, names
from pyinfra_wsl.fleet import yaml as fleet_yaml
from pyinfra_wsl.fleet.alike import Checks
from pyinfra_wsl.fleet.contradictions import Contradiction, Place
from pyinfra_wsl.fleet.key import check_key
from pyinfra_wsl.fleet.merge import Merged, resolve, without, without_nulls
from pyinfra_wsl.fleet.nodes import Document
from pyinfra_wsl.fleet.told import MOST, told

_Found = list[tuple[int, Problem]]
_Clash = tuple[Place, Place, Contradiction, str]

_MOST_BYTES = 10_000_000
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
    """A fleet file without mistakes: its path, its machines by name, and the names of its groups."""

    path: File
    hosts: dict[str, Host]
    groups: tuple[str, ...]

    def host(self, name: str) -> Host:
        """Return a machine by its name; raises `FleetError` that names the nearest one."""
        if name in self.hosts:
            return self.hosts[name]
        meant = nearest(name, self.hosts)
        right = f"did you mean {meant}?" if meant else "its hosts are listed below hosts:"
        raise FleetError([f"{self.path}: no such host {show.value(name)}; {right}"])


def keys(found: Fleet, hosts: Iterable[Host]) -> tuple[list[str], list[str]]:
    """Return what is wrong with the private keys of some machines, and what is only to be noted, a line each.

    Args:
        found: the fleet.
        hosts: which of its machines.

    """
    errors: list[str] = []
    notes: list[str] = []
    for host in hosts:
        said = check_key(host.data, found.path.parent)
        if said is not None:
            where = f"{found.path}:{host.line(said.problem.path)}: {'note: ' if said.here else ''}{dotted(said.problem.path)}"
            (notes if said.here else errors).append(f"{where}: {show.line(said.problem.said)}")
    return list(dict.fromkeys(errors)), list(dict.fromkeys(notes))


def load(path: str | os.PathLike[str]) -> Fleet:
    """Read a fleet file.

    Args:
        path: the file; sources are found relative to its folder.

    Raises:
        FleetError: it cannot be read, or anything is wrong with it or with a resource of another distribution.

    """
    try:
        return _load(File(path))
    except registry.RegistryError as error:
        raise FleetError([str(error)]) from None


def _load(file: File) -> Fleet:
    document = fleet_yaml.parse(_read(file))
    found: _Found = list(document.problems)
    data = _own_nulls(document.data)
    if document.data is None and not found:
        raise FleetError([f"{file}:1: is empty; write hosts: and below it the names of the machines"])
    gone = list(document.unread)
    for problem in _form(document, data):
        found.append((document.line(problem.path), problem))
        gone.append(problem.path)
    if len(found) > MOST:
        raise FleetError(told(file, found))
    hosts, problems = _hosts(document, without(data, gone), gone, file.parent)
    if found + problems:
        raise FleetError(told(file, found + problems))
    return Fleet(file, hosts, tuple(data.get("groups", {})))


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
    """Return what some machines declare that may be meant, and that no run brings to an end: a line each.

    Args:
        found: the fleet.
        hosts: which of its machines.

    """
    open_ = [clash for host in hosts for clash in _clashes(host, contradictions.notes(host.data))]
    told = contradictions.told(open_, "is open with")
    return [f"{found.path}:{line}: note: {show.line(f'{dotted(one.path)}: {one.said}')}" for line, one in told]


@cache
def _keys() -> dict[str, list[str]]:
    """Return the keys that are for one system only, by its name."""
    found: dict[str, list[str]] = {"windows": ["user", CONSENT], "linux": []}
    for one in registry.found():
        found[one.system] += [one.key] if one.key and not one.shared else []
    return found


def _read(file: File) -> str:
    try:
        with open(file, "rb", opener=_opened) as stream:
            found = stream.read(_MOST_BYTES + 1)
        if len(found) > _MOST_BYTES:
            raise FleetError([f"{file}:1: has more than {_MOST_BYTES} bytes; give the path of a fleet file"])
        return io.StringIO(found.decode("utf-8-sig"), newline=None).read()
    except UnicodeDecodeError:
        raise FleetError([f"{file}:1: is not UTF-8 text; save it as UTF-8"]) from None
    except (OSError, ValueError) as error:  # a path with NUL is a ValueError
        cause = error.strerror if isinstance(error, OSError) else "no file has such a path"
        raise FleetError([f"{show.name(str(file))}: {cause}; give the path of a fleet file"]) from None


def _opened(path: str, flags: int) -> int:
    """Open a file without waiting for someone who writes to it: a pipe that nobody writes to is empty."""
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    os.set_blocking(descriptor, True)
    return descriptor


def _own_nulls(data: Any) -> Any:
    """Machines and groups of which nothing is said have no values; that does not remove them."""
    if not isinstance(data, dict):
        return data
    kept = dict(data)
    for key in ("hosts", "groups"):
        if isinstance(kept.get(key), dict):
            kept[key] = {name: {} if value is None else value for name, value in kept[key].items()}
    return {key: value for key, value in kept.items() if value is not None}


def _form(document: Document, data: Any) -> list[Problem]:
    """Return what is wrong with the file part by part, before inheritance."""
    if data is None:
        return []
    before = {problem.path for _, problem in document.problems}
    found = [one for one in (*source.secrets(data), *_lines(data, ())) if one.path not in before]
    clean = without_nulls(without(data, [*(problem.path for problem in found), *document.unread]))
    found += islice(form.of_file(clean, document.written), MOST + 1)
    if isinstance(clean, dict):
        found += islice(names.check(clean, document.line), MOST + 1)
    return found


def _lines(value: Any, path: Path) -> Iterator[Problem]:
    """Yield the texts with a TAB or newline, which our own resources take nowhere else; other resources' are their own matter."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in below:
        if form.one_line((key,)):
            yield from _lines(one, (*path, key))
    if isinstance(value, str) and (wrong := control(value, one_line=True)):
        yield Problem(path, wrong)


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
    found: _Found = [(document.line(problem.path), problem) for problem in problems]
    groups = tuple(data["hosts"][name].get("groups") or ())
    missed = [
        path for place in (("defaults",), *(("groups", one) for one in groups), ("hosts", name)) for path in gone.get(place, ())
    ]
    said = checks.of(merged.data, missed)
    found += [_placed(document, merged, name, problem) for problem in said.problems]
    for path in said.sources:
        holder: Any = merged.data
        for part in path[:-1]:
            holder = holder[part]
        holder[path[-1]] = checks.locate(holder[path[-1]])
        if "sha256" in holder:
            holder["sha256"] = holder["sha256"].lower()
    lines = {path: document.line(origin) for path, origin in merged.origins.items()}
    host = Host(name, merged.data["os"], groups, merged.data, {(): document.line(("hosts", name)), **lines}, merged.origins)
    return host, found, said.contradictions


def _placed(document: Document, merged: Merged, name: str, problem: Problem) -> tuple[int, Problem]:
    """Find where in the file a problem of one machine's values stands."""
    origin = merged.origin(problem.path)
    if not origin:
        origin = ("hosts", name)
    depth = next((n for n in range(len(problem.path), 0, -1) if problem.path[:n] in merged.origins), 0)
    return document.line(origin), replace(problem, path=(*origin, *problem.path[depth:]))
