"""YAML with the line of everything in it, and with its mistakes told in a fleet engineer's words.

Plain values are those of YAML 1.2's core schema ("YAML Ain't Markup Language 1.2.2", 10.3): ``off`` and ``no`` are text, dates
too; PyYAML itself follows YAML 1.1. A number with leading zeros is kept as text, since what it means differs between readers.
"""

from __future__ import annotations

import re

import yaml

from pyinfra_wsl.core import show
from pyinfra_wsl.core.problem import Problem
from pyinfra_wsl.fleet.nodes import FORMS, MOST_DEEP, TAG, Document, read

_MOST_BACKSLASHES = 1000
_MOST_COMPOSED = 2_000_000
"""Characters that are composed again to find further wrong backslashes."""

_MOST_SEARCHED = 1000
_FIRST = {"bool": "tTfF", "int": "-+0123456789", "float": "-+.0123456789", "null": ["~", "n", "N", ""], "merge": "<"}
_TOO_DEEP = f"mappings and lists stand within more than {MOST_DEEP} others; nothing here is that deep"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Resolves plain values as YAML 1.2 does."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # PyYAML's own way


for _name, _pattern in FORMS.items():
    _Loader.add_implicit_resolver(TAG + _name, re.compile(f"^(?:{_pattern})$"), list(_FIRST[_name]))


def parse(text: str) -> Document:
    """Read YAML; mistakes do not raise but are among the document's problems."""
    document = Document()
    node = _compose(text, document)
    if node is not None:
        read(node, document)
    return document


def _compose(text: str, document: Document) -> yaml.Node | None:
    """Compose the nodes; a backslash that is no escape is reported and taken for itself, so that later mistakes are found too."""
    lines = text.split("\n")
    told: set[int] = set()
    for _ in range(min(_MOST_BACKSLASHES, 2 + _MOST_COMPOSED // (len(text) + 1))):
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
        except RecursionError:  # of PyYAML's own parser; libyaml has a bound
            document.problems.append((1, Problem((), _TOO_DEEP)))
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
    found = re.search(r'"((?:[^"\\]|\\.)*)"', line[:_MOST_SEARCHED])
    path = found[1] if found else ""
    right = f": write '{show.name(path)}'" if path and "@" not in path else ""
    return f"a single backslash in double quotes is YAML's escape; use single quotes or double each backslash{right}"


def _syntax(error: yaml.MarkedYAMLError) -> str:
    problem = show.line(error.problem or "not YAML")
    if "maximum nesting depth" in problem:
        return _TOO_DEEP
    if "'\\t'" in problem or "cannot start any token" in problem or "tab character" in problem:
        return "not YAML here: perhaps a TAB, or a value that begins with @, ` or %; indent with spaces, and quote the value"
    context = f" {error.context}" if error.context else ""
    return f"not YAML{context}: {problem}; look at the indentation, colons, brackets and quotes here and just above"
