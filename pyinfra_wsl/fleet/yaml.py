"""YAML with the line of everything in it, and with its mistakes told in a fleet engineer's words.

Plain values are those of YAML 1.2's core schema ("YAML Ain't Markup Language 1.2.2", 10.3): ``off`` and ``no`` are text, dates
too; PyYAML itself follows YAML 1.1. A number with leading zeros is kept as text, since what it means differs between readers.
"""

from __future__ import annotations

import re

import yaml

from pyinfra_wsl.core import show
from pyinfra_wsl.core.control import CONTROL, kind
from pyinfra_wsl.core.problem import Problem
from pyinfra_wsl.fleet import slashes
from pyinfra_wsl.fleet.nodes import FORMS, MOST_DEEP, TAG, Document, read

_MOST_UNSEEN = 500
_UNSEEN = re.compile(f"{CONTROL.pattern}|[\u2028\u2029\x85]")
_ESCAPE = re.compile(r"unknown escape|hexa?decimal|invalid Unicode character escape")  # one x is libyaml's spelling
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
    text = _shown(text, document)
    node, text = _compose(text, document)
    if node is not None:
        read(node, document, text)
    return document


def _shown(text: str, document: Document) -> str:
    """Return a text with a space for each character that nobody sees, and tell of these; YAML takes some for a line's end."""
    lines: dict[int, str] = {}
    number, begin = 1, 0
    for found in _UNSEEN.finditer(text):
        number += text.count("\n", begin, found.start())
        begin = found.start()
        lines.setdefault(number, found[0])
        if len(lines) >= _MOST_UNSEEN:
            break
    for line, one in lines.items():
        said = f"holds the {kind(one)} U+{ord(one):04X}"
        document.problems.append((line, Problem((), said, "remove it, or save the file as UTF-8 text")))
    return _UNSEEN.sub(" ", text) if lines else text


def _compose(text: str, document: Document) -> tuple[yaml.Node | None, str]:
    """Return the nodes and of what text they are: a backslash that is no escape is told, and taken for itself."""
    try:
        try:
            return _Loader(text).get_single_node(), text
        except yaml.MarkedYAMLError as error:
            if not _ESCAPE.search(error.problem or ""):
                raise
        text, lines = slashes.doubled(text)
        document.problems += [(line, Problem((), _single_backslash(written))) for line, written in lines.items()]
        return _Loader(text).get_single_node(), text
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        number = mark.line + 1 if mark else 1
        if number not in {line for line, _ in document.problems}:
            document.problems.append((number, Problem((), _syntax(error))))
    except yaml.YAMLError:  # what a reader cannot read, none of which is left
        document.problems.append((1, Problem((), "is not YAML; save the file as UTF-8 text")))
    except RecursionError:  # of PyYAML's own parser; libyaml has a bound
        document.problems.append((1, Problem((), _TOO_DEEP)))
    return None, text


def _single_backslash(written: str) -> str:
    right = f": write '{show.name(written)}'" if written and "@" not in written else ""
    return f"a single backslash in double quotes is YAML's escape; use single quotes or double each backslash{right}"


def _syntax(error: yaml.MarkedYAMLError) -> str:
    problem = show.line(error.problem or "not YAML")
    if "maximum nesting depth" in problem:
        return _TOO_DEEP
    if _ESCAPE.search(problem):
        return _single_backslash("")
    if "another document" in problem:
        return "a second document begins here; write one file for each fleet, without further --- lines"
    if "incompatible YAML document" in problem:
        return "%YAML names another version; remove this line"
    if "'\\t'" in problem or "cannot start any token" in problem or "tab character" in problem:
        return "not YAML here: perhaps a TAB, or a value that begins with @, ` or %; indent with spaces, and quote the value"
    context = f" {error.context}" if error.context else ""
    return f"not YAML{context}: {problem}; look at the indentation, colons, brackets and quotes here and just above"
