"""The nodes of a YAML file as data, with the line of each value; within bounds, however much aliases repeat and nesting hides."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import yaml

from pyinfra_wsl.core import show
from pyinfra_wsl.core.control import control, plain
from pyinfra_wsl.core.problem import Path, Problem

TAG = "tag:yaml.org,2002:"
"""What all of YAML's own tags begin with; ``!!int`` is short for it."""

MOST_DEEP = 50
"""Mappings and lists within one another."""

MOST_REPEATED = 200_000
"""Values that stand in the data once more because of an alias."""

MOST_CHARACTERS = 10_000
"""Characters of a text: a script in one is a tenth of it."""

MOST_ITEMS = 1000
"""Items of a list, and keys of a mapping that is not of machines or groups."""

FORMS: dict[str, str] = {
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?(0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+",
    "float": r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?",
    "null": r"~|null|Null|NULL|",
    "merge": r"<<",
}
"""Plain values by their kind, as YAML 1.2's core schema has them."""

_FITS = {"str": re.compile(".*", re.DOTALL), **{kind: re.compile(form) for kind, form in FORMS.items()}}
_FITS["float"] = re.compile(f"{FORMS['float']}|{FORMS['int']}")
_MOST_DIGITS = 40
_UNCOUNTED: tuple[Path, ...] = (("hosts",), ("groups",))
_ESCAPES = {"\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "e",
            "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P"}  # fmt: skip
_ESCAPED = re.compile(r"\\[^\n]")
_BACKSLASH = re.compile(r"\\\\")
_DOUBLED = re.compile(r"[A-Za-z]:\\\\")
_WINDOWS_PATH = re.compile(r"[A-Za-z]:|\\|%[A-Za-z]+%")

_Entries = dict[str, tuple[yaml.Node, yaml.Node]]


@dataclass(slots=True)
class Document:
    """A YAML file as data.

    Args:
        data: mappings, lists and plain values; the keys of mappings are text.
        lines: the line of each value, counted from 1; of a value in a mapping it is its key's line.
        written: numbers and truth values as they are written.
        problems: mistakes of form, each with its line: ``(line, problem)``.
        unread: where the data has None because what stands there cannot be read.
        places: of machines that the file names in another way than by their names: the path under which they stand there.

    """

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    written: dict[Path, str] = field(default_factory=dict)
    problems: list[tuple[int, Problem]] = field(default_factory=list)
    unread: list[Path] = field(default_factory=list)
    places: dict[str, Path] = field(default_factory=dict)

    def written_at(self, path: Path) -> Path:
        """Return the path of a value as the file has it, where a range stands for a machine."""
        place = self.places.get(str(path[1])) if len(path) > 1 and path[0] == "hosts" else None
        return (*place, *path[2:]) if place else path

    def line(self, path: Path) -> int:
        """Return the line of a value, or of the nearest thing above it."""
        path = self.written_at(path)
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(node: yaml.Node, document: Document, text: str) -> None:
    """Read the nodes of a file into its document.

    Args:
        node: the first one.
        document: what is to be filled.
        text: of which the nodes were made.

    """
    reader = _Reader(document, text)
    data = reader.value(node, ())
    document.data = None if reader.repeated > MOST_REPEATED else data


def _repeated(form: str, text: str) -> str:
    """Return a text that is said again in its right form; only ``it`` where an account may stand in it."""
    return "it" if "@" in text else form.format(show.name(text))


def _long(text: str) -> str:
    return f"has {len(text)} characters; the most is {MOST_CHARACTERS}" if len(text) > MOST_CHARACTERS else ""


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _tag(node: yaml.Node) -> str:
    """Return what is wrong with a tag, empty for one that fits."""
    kind = node.tag.removeprefix(TAG)
    own = "map" if isinstance(node, yaml.MappingNode) else "seq" if isinstance(node, yaml.SequenceNode) else ""
    if not node.tag.startswith(TAG) or (kind != own if own else kind not in _FITS):
        return f"the tag {_called(node)} means nothing here; remove it"
    if not own and kind != "str" and not _FITS[kind].fullmatch(node.value):
        return f"{show.value(node.value)} is not what the tag {_called(node)} says; remove the tag"
    return ""


def _called(node: yaml.Node) -> str:
    return show.name(f"!!{node.tag.removeprefix(TAG)}" if node.tag.startswith(TAG) else node.tag)


class _Reader:
    """Turns nodes into data, and notes lines and mistakes."""

    def __init__(self, document: Document, text: str) -> None:
        self.document = document
        self.text = text
        self.open: list[yaml.Node] = []
        self.seen: set[int] = set()
        self.repeated = 0
        self.told = {line for line, _ in document.problems}

    def problem(self, line: int, path: Path, message: str) -> None:
        self.told.add(line)
        self.document.problems.append((line, Problem(path, message)))

    def unread(self, line: int, path: Path, message: str) -> Any:
        """Tell a problem because of which there is no value, and return None in its place."""
        self.problem(line, path, message)
        self.document.unread.append(path)
        return None

    def bounded(self, node: yaml.Node, path: Path) -> bool:
        """Whether a node may be read, once more perhaps; else that is told."""
        if self.repeated > MOST_REPEATED:
            return False
        again = id(node) in self.seen
        if again:
            self.repeated += 1 if isinstance(node, yaml.ScalarNode) else 1 + len(node.value)
        self.seen.add(id(node))
        if again and any(node is one for one in self.open):
            self.unread(_line(node), path, "an alias that holds itself; write its values out")
        elif self.repeated > MOST_REPEATED:
            message = f"aliases repeat more than {MOST_REPEATED} values; write what machines share below defaults or groups"
            self.unread(*self.alias(path), message)
        elif len(self.open) >= MOST_DEEP and not isinstance(node, yaml.ScalarNode):
            self.unread(_line(node), path, f"stands within more than {MOST_DEEP} mappings and lists; nothing here is that deep")
        else:
            return True
        return False

    def alias(self, path: Path) -> tuple[int, Path]:
        """Return line and path of the first alias above what is read now."""
        for depth, (above, below) in enumerate(pairwise(self.open)):
            if not above.start_mark.index <= below.start_mark.index < above.end_mark.index:
                place = path[: depth + 1]
                return (_line(above) if isinstance(above, yaml.SequenceNode) else self.document.line(place)), place
        return self.document.line(path), path

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.document.lines.setdefault(path, _line(node))
        if not self.bounded(node, path):
            return None
        if wrong := _tag(node):
            if isinstance(node, yaml.ScalarNode):
                return self.unread(_line(node), path, wrong)
            self.problem(_line(node), path, wrong)
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, path)
        if len(node.value) > MOST_ITEMS and path not in _UNCOUNTED:
            return self.unread(_line(node), path, f"has {len(node.value)} entries; the most is {MOST_ITEMS}")
        return self.within(node, path, self.mapping if isinstance(node, yaml.MappingNode) else self.items)

    def within(self, node: yaml.Node, path: Path, read: Callable[[yaml.Node, Path], Any]) -> Any:
        self.open.append(node)
        try:
            return read(node, path)
        finally:
            self.open.pop()

    def items(self, node: yaml.Node, path: Path) -> list[Any]:
        return [self.value(one, (*path, index)) for index, one in enumerate(node.value)]

    def mapping(self, node: yaml.Node, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, (key, value) in self.entries(node, path).items():
            self.document.lines[(*path, name)] = _line(key)
            found[name] = self.value(value, (*path, name))
        return found

    def entries(self, node: yaml.Node, path: Path) -> _Entries:
        """Return what stands in a mapping, by name: what its merge key brings, and over it its own."""
        own: _Entries = {}
        inherited: _Entries = {}
        merged = 0
        for key, value in node.value:
            if key.tag != TAG + "merge":
                self.entry(own, key, value, path)
            elif merged:
                message = f"declared twice, first in line {merged}; keep one, as <<: [*one, *other]"
                self.problem(_line(key), (*path, "<<"), message)
            else:
                merged = _line(key)
                for source in self.sources(key, value, path):
                    inherited = {**self.within(source, path, self.entries), **inherited}
        return {**inherited, **own}

    def sources(self, key: yaml.Node, value: yaml.Node, path: Path) -> Iterator[yaml.Node]:
        """Yield the mappings that a merge key names."""
        for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            if not isinstance(one, yaml.MappingNode):
                found = show.value([] if isinstance(one, yaml.SequenceNode) else one.value or None)
                message = f"takes a mapping or a list of mappings, and {found} is none; write <<: *name or <<: [*one, *other]"
                self.problem(_line(key), (*path, "<<"), message)
            elif self.bounded(one, (*path, "<<")):
                yield one

    def entry(self, own: _Entries, key: yaml.Node, value: yaml.Node, path: Path) -> None:
        if not isinstance(key, yaml.ScalarNode):
            self.problem(_line(key), path, "a key must be plain text")
            return
        name = str(key.value)
        if wrong := _tag(key) or _long(name) or control(name, one_line=True):
            self.problem(_line(key), (*path, name), wrong)
            if path in _UNCOUNTED:  # they are still looked at, as the names that were meant
                own.setdefault(plain(name, one_line=True), (key, value))
        elif name in own:
            self.problem(_line(key), (*path, name), f"declared twice, first in line {_line(own[name][0])}; keep one")
        else:
            own[name] = (key, value)

    def scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        text = str(node.value)
        kind = node.tag.removeprefix(TAG)
        if kind == "null":
            return None
        if kind in {"bool", "int", "float"}:
            self.document.written[path] = text
            return text.lower() == "true" if kind == "bool" else self.number(node, text, kind, path)
        if wrong := _long(text) or self.backslashes(node, text, path) or control(text, one_line=False):
            if not isinstance(path[-1:] and path[-1], int):
                return self.unread(_line(node), path, wrong)
            self.problem(_line(node), path, wrong)  # a list without this item would be another one
        return plain(text, one_line=False)

    def number(self, node: yaml.ScalarNode, text: str, kind: str, path: Path) -> Any:
        hexadecimal = text[:2] in {"0x", "0o"}
        if len(text) > _MOST_DIGITS and (kind == "int" or hexadecimal):
            message = f"{show.short(text)} has more than {_MOST_DIGITS} digits; write a smaller number, or quotes for text"
            return self.unread(_line(node), path, message)
        if kind == "int":
            return int(text, 0 if hexadecimal else 10)
        found = float(int(text, 0)) if hexadecimal else float(text)
        return found if math.isfinite(found) else self.unread(_line(node), path, f"{show.short(text)} is too large for a number")

    def backslashes(self, node: yaml.ScalarNode, text: str, path: Path) -> str:
        """Return what is wrong with the backslashes of a Windows path or account; empty if nothing is, or its line is told."""
        if _line(node) in self.told:
            return ""
        if node.style == '"' and path[-1:] == ("user",):
            written = self.text[node.start_mark.index + 1 : node.end_mark.index - 1]
            if _ESCAPED.search(_BACKSLASH.sub("", written)):
                right = _repeated("'{}'", written)
                return f"a backslash in double quotes is YAML's escape; write {right} in single quotes"
        if node.style == '"' and _WINDOWS_PATH.match(text) and any(one in _ESCAPES for one in text):
            meant = "".join(f"\\{_ESCAPES[one]}" if one in _ESCAPES else one for one in text)
            right = _repeated("'{}'", meant)
            return f"a backslash in double quotes is YAML's escape; write {right} in single quotes"
        if node.style != '"' and _DOUBLED.match(text):
            right = _repeated("{}", text.replace("\\\\", "\\"))
            return f"double backslashes are needed in double quotes only; write {right}"
        return ""
