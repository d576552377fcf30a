"""The files of a fleet as one: each is read and checked by itself, its machines are named, and nothing is declared twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path as File
from typing import Any

from pyinfra_wsl import form
from pyinfra_wsl.core import show, source
from pyinfra_wsl.core.control import control
from pyinfra_wsl.core.problem import Path, Problem
from pyinfra_wsl.fleet import asked, ranges, reading, rollouts
from pyinfra_wsl.fleet import yaml as fleet_yaml
from pyinfra_wsl.fleet.line import Line, beside
from pyinfra_wsl.fleet.merge import without, without_nulls
from pyinfra_wsl.fleet.nodes import Document
from pyinfra_wsl.fleet.told import MOST

_SECTIONS = ("defaults", "groups", "hosts", rollouts.KEY)
_ASKED = "hosts_from"
_MOST_HOSTS = 50_000

Found = list[tuple[int, Problem]]
"""What is wrong, each with its line."""


class Whole:
    """A fleet as its files have it.

    Args:
        several: whether there are several, so that lines know theirs.
        ask: whether commands that name machines are run.

    """

    def __init__(self, *, several: bool, ask: bool = True) -> None:
        """Begin with nothing."""
        self.unasked: list[tuple[int, str]] = []
        self.document = Document()
        self.data: dict[str, Any] = {}
        self.gone: list[Path] = []
        self.found: Found = []
        self.empty = True
        self._several, self._ask = several, ask

    def add(self, file: File) -> None:
        """Add a file.

        Raises:
            ReadError: it cannot be read.

        """
        document = fleet_yaml.parse(reading.text(file))
        if document.data is None and not document.problems:
            return
        self.empty = False
        if self._several:
            document.lines = {path: Line(line, file) for path, line in document.lines.items()}
            document.problems = [(Line(line, file), problem) for line, problem in document.problems]
            document.lines.setdefault((), Line(1, file))
        data = _own_nulls(document.data)
        self.found += document.problems
        gone = [*document.unread]
        for problem in _form(document, data):
            self.found.append((document.line(problem.path), problem))
            gone.append(problem.path)
        sound = without(data, gone)
        if isinstance(sound, dict) and len(self.found) <= MOST:
            sound["hosts"] = {**self._asked(document, sound, file.parent), **self._named(document, sound, gone)}
        self._join(document, sound, gone)

    def _join(self, document: Document, sound: Any, gone: list[Path]) -> None:
        """Take over what is right in a file, unless another one declares it too."""
        whole = self.document
        for path, line in document.lines.items():
            whole.lines.setdefault(path, line)
        whole.written |= document.written
        self.gone += gone
        for section in _SECTIONS if isinstance(sound, dict) else ():
            below = sound.get(section)
            into = self.data.setdefault(section, {}) if isinstance(below, dict) else {}
            for key, value in below.items() if isinstance(below, dict) else ():
                if key not in into:
                    into[key] = value
                    if section == "hosts" and key in document.places:
                        whole.places[key] = document.places[key]
                    continue
                here, there = document.line((section, key)), whole.line((section, key))
                self.found.append((here, _twice((section, key), there, here)))

    def _named(self, document: Document, sound: Mapping[str, Any], gone: list[Path]) -> dict[str, Any]:
        """Return a file's machines by their names, those of a range too."""
        given, found = sound.get("hosts"), dict[str, Any]()
        written = list(given.items()) if isinstance(given, dict) else []
        for key, values in sorted(written, key=lambda one: ranges.is_range(one[0])):  # what is named by itself comes first
            for name in self._names(document, key, values):
                if name in found:
                    there, here = document.line(("hosts", name)), document.line(("hosts", key))
                    self.found.append((here, _twice(("hosts", key), there, here, name)))
                    continue
                found[name] = values
                if name != key:
                    document.places[name] = ("hosts", key)
                    gone += [("hosts", name, *path[2:]) for path in document.unread if path[:2] == ("hosts", key)]
        return found

    def _names(self, document: Document, key: str, values: Any) -> list[str]:
        if not ranges.is_range(key):
            return [key]
        line, path = document.line(("hosts", key)), ("hosts", key)
        try:
            names = list(ranges.names(key))
        except ranges.RangeError as error:
            message, _, remedy = str(error).partition("; ")
            self.found.append((line, Problem(path, message, remedy)))
            return []
        if isinstance(values, dict) and values.get("address") and len(names) > 1:
            message = f"is of one machine, and {show.name(key)} stands for {len(names)}"
            self.found.append(
                (document.line((*path, "address")), Problem((*path, "address"), message, "remove it, or name that machine"))
            )
        self.found += [(line, problem) for problem in form.of_file({"hosts": {name: {} for name in names}}, {})]
        return names

    def _asked(self, document: Document, sound: Mapping[str, Any], folder: File) -> dict[str, Any]:
        """Return the machines that a command names."""
        declared = sound.get(_ASKED)
        if not isinstance(declared, dict) or not declared.get("command"):
            return {}
        line = document.line((_ASKED,))
        if not self._ask:
            self.unasked.append((line, asked.called(declared["command"])))
            return {}
        try:
            hosts = asked.hosts(without_nulls(declared), folder)
        except asked.AskedError as error:
            message, _, remedy = str(error).rpartition("; ")
            self.found.append((line, Problem((_ASKED,), message, remedy)))
            return {}
        answered = Document(hosts)
        problems = list(islice(_form(answered, {"hosts": hosts}), MOST + 1))
        self.found += [(line, problem) for problem in problems]
        for name in hosts:
            document.lines.setdefault(("hosts", name), line)
        given = sound.get("hosts")
        for name in [one for one in hosts if isinstance(given, dict) and one in given]:
            here = document.line(("hosts", name))
            self.found.append((here, _twice(("hosts", name), line, here)))
        kept = without({"hosts": hosts}, [problem.path for problem in problems])
        return dict(kept.get("hosts", {}))


def whole(path: File, *, ask: bool = True) -> Whole:
    """Read a fleet file, or a folder of them.

    Args:
        path: the file or the folder.
        ask: whether commands that name machines are run.

    Raises:
        ReadError: one of them cannot be read, or a folder has none.

    """
    files = reading.files(path)
    found = Whole(several=path.is_dir(), ask=ask)
    for file in files:
        found.add(file)
    hosts = found.data.get("hosts", {})
    if not found.empty and not hosts and not found.found and not found.unasked:
        found.found.append((found.document.line(()), Problem(("hosts",), "is missing", "write hosts: and below it the machines")))
    if len(hosts) > _MOST_HOSTS:
        message = f"has {len(hosts)} machines; the most is {_MOST_HOSTS}"
        found.found.append((found.document.line(("hosts",)), Problem(("hosts",), message, "divide the fleet")))
        found.data["hosts"] = {}
    return found


def _twice(path: Path, there: int, here: int, name: str = "") -> Problem:
    what = f"names {show.name(name)}, which is" if name else "is"
    return Problem(path, f"{what} declared twice, also in {beside(there, here)}", "keep one")


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
    """Return what is wrong with a file part by part, before inheritance."""
    if data is None:
        return []
    before = {problem.path for _, problem in document.problems}
    found = [one for one in (*source.secrets(data), *_lines(data, ())) if one.path not in before]
    clean = without_nulls(without(data, [*(problem.path for problem in found), *document.unread]))
    better = rollouts.form(clean.get(rollouts.KEY)) if isinstance(clean, dict) else ()
    return [*found, *islice(form.of_file(clean, document.written, better), MOST + 1)]


def _lines(value: Any, path: Path) -> Iterator[Problem]:
    """Yield the texts with a TAB or newline, which our own resources take nowhere else; other resources' are their own matter."""
    below: Iterable[tuple[Any, Any]] = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, one in below:
        if form.one_line((key,)):
            yield from _lines(one, (*path, key))
    if isinstance(value, str) and (wrong := control(value, one_line=True)):
        yield Problem(path, wrong)
