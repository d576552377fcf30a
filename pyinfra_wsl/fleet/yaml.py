"""YAML with the line of everything in it, and with its mistakes told in a fleet engineer's words.

Plain values are those of YAML 1.2's core schema ("YAML Ain't Markup Language 1.2.2", 10.3): ``off`` and ``no`` are text, dates
too; PyYAML itself follows YAML 1.1. A number with leading zeros is kept as text, since what it means differs between readers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from pyinfra_wsl.core.problem import Path, Problem

_ESCAPES = {"\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "e",
            "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P"}  # fmt: skip
_WINDOWS_PATH = re.compile(r"[A-Za-z]:|\\|%[A-Za-z]+%")
_MOST_BACKSLASHES = 1000
_TAG = "tag:yaml.org,2002:"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Resolves plain values as YAML 1.2 does."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # PyYAML's own way


for _name, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(f"^(?:{_pattern})$"), list(_first))


@dataclass(slots=True)
class Document:
    """A YAML file as data.

    Args:
        data: mappings, lists and plain values; the keys of mappings are text.
        lines: the line of each value, counted from 1; of a value in a mapping it is its key's line.
        written: numbers and truth values as they are written.
        problems: mistakes of form, each with its line: ``(line, problem)``.

    """

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    written: dict[Path, str] = field(default_factory=dict)
    problems: list[tuple[int, Problem]] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """Return the line of a value, or of the nearest thing above it."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse(text: str) -> Document:
    """Read YAML; mistakes do not raise but are among the document's problems."""
    document = Document()
    node = _compose(text, document)
    if node is not None:
        document.data = _Reader(document).value(node, ())
    return document


def _compose(text: str, document: Document) -> yaml.Node | None:
    """Compose the nodes; a backslash that is no escape is reported and taken for itself, so that later mistakes are found too."""
    lines = text.split("\n")
    told: set[int] = set()
    for _ in range(_MOST_BACKSLASHES):
        try:
            return _Loader("\n".join(lines)).get_single_node()  # type: ignore[no-any-return]
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            number, column = (mark.line, mark.column) if mark else (0, 0)
            if not _double(lines, number, column, error.problem or ""):
                document.problems.append((number + 1, Problem((), _syntax(error))))
                return None
            if number not in told:
                told.add(number)
                document.problems.append((number + 1, Problem((), _single_backslash(text.split("\n")[number]))))
        except yaml.YAMLError as error:
            where = text.count("\n", 0, getattr(error, "position", 0)) + 1
            document.problems.append((where, Problem((), "a character that YAML does not allow; save the file as UTF-8 text")))
            return None
    return None


def _double(lines: list[str], number: int, column: int, problem: str) -> bool:
    """Double the backslash that a parser takes for a wrong escape; False if the problem is another one."""
    if "unknown escape" in problem:
        begin = column
    elif "hexdecimal" in problem or "hexadecimal" in problem:  # the first is libyaml's spelling
        begin = column - 1  # the mark is behind the letter, perhaps on the next backslash
    else:
        return False
    line = lines[number] if number < len(lines) else ""
    slash = line.rfind("\\", 0, begin + 1)
    lines[number : number + 1] = [line[:slash] + "\\" + line[slash:]]
    return slash >= 0


def _single_backslash(line: str) -> str:
    found = re.search(r'"((?:[^"\\]|\\.)*)"', line)
    path = found[1] if found else ""
    right = f": write '{path}'" if path else ""
    return f"a single backslash in double quotes is YAML's escape; use single quotes or double each backslash{right}"


def _syntax(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "not YAML"
    if "'\\t'" in problem or "cannot start any token" in problem or "tab character" in problem:
        return "not YAML here: perhaps a TAB, or a value that begins with @, ` or %; indent with spaces, and quote the value"
    context = f" {error.context}" if error.context else ""
    return f"not YAML{context}: {problem}; look at the indentation, colons, brackets and quotes here and just above"


class _Reader:
    """Turns nodes into data, and notes lines and mistakes."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.open: list[yaml.Node] = []

    def problem(self, node: yaml.Node, path: Path, message: str) -> None:
        self.document.problems.append((node.start_mark.line + 1, Problem(path, message)))

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.document.lines.setdefault(path, node.start_mark.line + 1)
        if any(node is one for one in self.open):
            self.problem(node, path, "an alias that holds itself; write its values out")
            return None
        if not node.tag.startswith(_TAG):
            self.problem(node, path, f"the tag {node.tag} means nothing here; remove it")
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, path)
        self.open.append(node)
        try:
            if isinstance(node, yaml.MappingNode):
                return self.mapping(node, path)
            return [self.value(one, (*path, index)) for index, one in enumerate(node.value)]
        finally:
            self.open.pop()

    def mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        first: dict[str, int] = {}
        inherited: dict[str, Any] = {}
        for key, value in node.value:
            if key.tag == _TAG + "merge":
                for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    below = self.value(source, path)
                    inherited = {**(below if isinstance(below, dict) else {}), **inherited}
                continue
            if not isinstance(key, yaml.ScalarNode):
                self.problem(key, path, "a key must be plain text")
                continue
            name, line = str(key.value), key.start_mark.line + 1
            if name in first:
                self.problem(key, (*path, name), f"declared twice, first in line {first[name]}; keep one")
                continue
            first[name] = line
            self.document.lines[(*path, name)] = line
            found[name] = self.value(value, (*path, name))
        return {**inherited, **found}

    def scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        text = str(node.value)
        kind = node.tag.removeprefix(_TAG)
        if kind == "null":
            return None
        if kind in {"bool", "int", "float"}:
            self.document.written[path] = text
            if kind == "bool":
                return text.lower() == "true"
            return float(text) if kind == "float" else int(text, 0 if text[:2] in {"0x", "0o"} else 10)
        self.backslashes(node, text, path)
        return text

    def backslashes(self, node: yaml.ScalarNode, text: str, path: Path) -> None:
        if any(line == node.start_mark.line + 1 for line, _ in self.document.problems):
            return
        if node.style == '"' and _WINDOWS_PATH.match(text) and any(one in _ESCAPES for one in text):
            meant = "".join(f"\\{_ESCAPES[one]}" if one in _ESCAPES else one for one in text)
            self.problem(node, path, f"a backslash in double quotes is YAML's escape; write '{meant}' in single quotes")
        elif node.style != '"' and re.match(r"[A-Za-z]:\\\\", text):
            right = text.replace("\\\\", "\\")
            self.problem(node, path, f"double backslashes are needed in double quotes only; write {right}")
