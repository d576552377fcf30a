"""The fleet file: read, checked, and resolved to what each machine must be.

All that is wrong with it is told at once, each with its line, its path and the right form::

    inventory/fleet.yml:14: defaults.wslconfig.wsl2.memory: '8gb' is not a size WSL reads; write 8GB
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from pathlib import Path as File
from typing import Any

from pyinfra_wsl import form, registry, sources
from pyinfra_wsl.core import show, source
from pyinfra_wsl.core.control import control
from pyinfra_wsl.core.nearest import nearest
from pyinfra_wsl.core.problem import Path, Problem, dotted
from pyinfra_wsl.fleet import rules as fleet_rules
from pyinfra_wsl.fleet import yaml as fleet_yaml
from pyinfra_wsl.fleet.key import check_key
from pyinfra_wsl.fleet.merge import Merged, resolve, without, without_nulls
from pyinfra_wsl.fleet.nodes import Document

_Found = list[tuple[int, Problem]]

_MOST_BYTES = 10_000_000
_MOST_VALUES = 2_000_000  # of all machines together, after inheritance
_MOST_PROBLEMS = 500
"""Problems that are told; with more of them, those of the form are told first."""


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

    """

    name: str
    os: str
    groups: tuple[str, ...]
    data: dict[str, Any]
    lines: dict[Path, int] = field(repr=False)

    def line(self, path: Path) -> int:
        """Return the line at which a value is declared, or the nearest thing above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


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
    if len(found) > _MOST_PROBLEMS:
        raise FleetError(_told(file, found))
    hosts, problems = _hosts(document, without(data, gone), gone, file.parent)
    if found + problems:
        raise FleetError(_told(file, found + problems))
    return Fleet(file, hosts, tuple(data.get("groups", {})))


def _hosts(document: Document, sound: Any, gone: list[Path], folder: File) -> tuple[dict[str, Host], _Found]:
    """Return the machines of what is right in a file, and what is wrong with each of them."""
    hosts: dict[str, Host] = {}
    found: _Found = []
    values = 0
    for name in sound["hosts"] if isinstance(sound, dict) and isinstance(sound.get("hosts"), dict) else ():
        hosts[name], problems = _host(document, sound, name, gone, folder)
        found += problems
        values += len(hosts[name].lines)
        if values > _MOST_VALUES:
            message = f"with this machine the fleet has more than {_MOST_VALUES} values"
            found.append((document.line(("hosts", name)), Problem(("hosts", name), message, "divide it into several files")))
            break
    return hosts, found


@cache
def _keys() -> dict[str, list[str]]:
    """Return the keys that are for one system only, by its name."""
    found: dict[str, list[str]] = {"windows": ["user"], "linux": []}
    for one in registry.found():
        found[one.system] += [one.key] if one.key and not one.shared else []
    return found


def _read(file: File) -> str:
    try:
        with file.open("rb") as stream:
            found = stream.read(_MOST_BYTES + 1)
        if len(found) > _MOST_BYTES:
            raise FleetError([f"{file}:1: has more than {_MOST_BYTES} bytes; give the path of a fleet file"])
        return io.StringIO(found.decode("utf-8-sig"), newline=None).read()
    except UnicodeDecodeError:
        raise FleetError([f"{file}:1: is not UTF-8 text; save it as UTF-8"]) from None
    except (OSError, ValueError) as error:  # a path with NUL is a ValueError
        cause = error.strerror if isinstance(error, OSError) else "no file has such a path"
        raise FleetError([f"{show.name(str(file))}: {cause}; give the path of a fleet file"]) from None


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
    told = {problem.path for _, problem in document.problems}
    found = [one for one in (*source.secrets(data), *_lines(data, ())) if one.path not in told]
    clean = without_nulls(without(data, [*(problem.path for problem in found), *document.unread]))
    found += islice(form.of_file(clean, document.written), _MOST_PROBLEMS + 1)
    if isinstance(clean, dict):
        found += _groups(clean)
    return found


_MANY_LINES = ("wsl_conf", "daemon", "settings", "command")
"""Below these TAB and newline may stand in a text: WSL and Docker read them, and programs take them."""


def _lines(value: Any, path: Path) -> Iterator[Problem]:
    """Yield the texts with a TAB or newline, which our own resources take nowhere else; other resources' are their own matter."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in below:
        if key not in _MANY_LINES and key not in _foreign():
            yield from _lines(one, (*path, key))
    if isinstance(value, str) and (wrong := control(value, one_line=True)):
        yield Problem(path, wrong)


@cache
def _foreign() -> frozenset[str]:
    """Return the keys of the resources of other distributions."""
    return frozenset(one.key for one in registry.found()) - {one.key for one in registry.own()}


def _groups(data: dict[str, Any]) -> Iterator[Problem]:
    hosts, groups = data.get("hosts"), data.get("groups", {})
    if not isinstance(hosts, dict) or not isinstance(groups, dict):
        return
    for name, host in hosts.items():
        if name in groups:
            yield Problem(("hosts", name), "is a group's name too, so that --limit could not tell them apart", "rename one")
        named = host.get("groups", []) if isinstance(host, dict) else []
        for index, group in enumerate(named if isinstance(named, list) else []):
            if isinstance(group, str) and group not in groups:
                meant = nearest(group, groups)
                names = ", ".join(show.name(one) for one in sorted(groups)) or "none yet"
                right = f"did you mean {show.name(meant)}?" if meant else f"the groups are {names}"
                yield Problem(("hosts", name, "groups", index), f"no such group {show.value(group)}", right)


def _host(document: Document, data: dict[str, Any], name: str, gone: list[Path], folder: File) -> tuple[Host, _Found]:
    merged, problems = resolve(data, name, _keys())
    found: _Found = [(document.line(problem.path), problem) for problem in problems]
    missed = [path[1:] if path[:1] == ("defaults",) else path[2:] for path in gone]
    for problem in [*fleet_rules.check(merged.data, missed), *sources.check(merged.data, folder)]:
        found.append(_placed(document, merged, name, problem))
    for _path, holder, key in sources.named(merged.data):
        holder[key] = sources.locate(holder[key], folder)
        if "sha256" in holder:
            holder["sha256"] = holder["sha256"].lower()
    lines = {path: document.line(origin) for path, origin in merged.origins.items()}
    groups = tuple(data["hosts"][name].get("groups") or ())
    return Host(name, merged.data["os"], groups, merged.data, {(): document.line(("hosts", name)), **lines}), found


def _placed(document: Document, merged: Merged, name: str, problem: Problem) -> tuple[int, Problem]:
    """Find where in the file a problem of one machine's values stands."""
    origin = merged.origin(problem.path)
    if not origin:
        origin = ("hosts", name)
    depth = next((n for n in range(len(problem.path), 0, -1) if problem.path[:n] in merged.origins), 0)
    return document.line(origin), replace(problem, path=(*origin, *problem.path[depth:]))


def _told(file: File, found: _Found) -> list[str]:
    """Write the problems in the order of the file; what several machines inherit is told once."""
    ordered = sorted(found, key=lambda one: one[0])
    lines = (f"{file}:{line}: " + show.line(": ".join(filter(None, (dotted(one.path), one.said)))) for line, one in ordered)
    told = list(dict.fromkeys(lines))
    more = f"{file}:{ordered[-1][0]}: there are more problems than these {_MOST_PROBLEMS}; correct these first"
    return told if len(told) <= _MOST_PROBLEMS else [*told[:_MOST_PROBLEMS], more]
