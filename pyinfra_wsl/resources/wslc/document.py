"""The file of ``wslc`` as text: read by its own places, and changed line by line, so that a person's comments stay.

What cannot be changed so that it then reads as wanted is left alone: whoever wrote it in another style knows why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import yaml

LONGEST = 1 << 16
"""Bytes of a settings file that is read."""
SECTIONS = frozenset({"session", "experimental"})
"""The keys that have keys below; one without any, as in the template that ``wslc settings`` opens, says nothing."""

_STYLE = "it is written in a style that cannot be changed line by line"


class DocumentError(Exception):
    """A text is no settings file; says why."""


def values(text: str) -> dict[str, str]:
    """Return each setting as it stands there, by its name with a dot; what is no plain value is left out.

    Raises:
        DocumentError: it is no YAML, or none of a mapping.

    """
    return {name: node.value for name, node in _settings(text)}


def _settings(text: str) -> Iterator[tuple[str, yaml.ScalarNode]]:
    root = _root(text)
    _once(root)
    for key, below in root.value if root is not None else ():
        if not isinstance(key, yaml.ScalarNode):
            continue
        if isinstance(below, yaml.ScalarNode) and (below.value or key.value not in SECTIONS):
            yield key.value, below
        elif isinstance(below, yaml.MappingNode):
            _once(below)
            pairs = [(one, node) for one, node in below.value if isinstance(one, yaml.ScalarNode)]
            yield from ((f"{key.value}.{one.value}", node) for one, node in pairs if isinstance(node, yaml.ScalarNode))


def _once(mapping: yaml.MappingNode | None) -> None:
    """Refuse a key that stands there twice: readers differ in which of them counts."""
    names = [key.value for key, _ in mapping.value if isinstance(key, yaml.ScalarNode)] if mapping is not None else []
    if len(set(names)) != len(names):
        raise DocumentError("it has a key twice")


def _root(text: str) -> yaml.MappingNode | None:
    try:
        # An alias may stand for more than any memory holds, and nobody writes one here.
        if any(isinstance(one, yaml.AliasToken | yaml.AnchorToken) for one in yaml.scan(text)):
            raise DocumentError("it has an anchor or an alias of YAML")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = "" if line is None else f" in line {line + 1}"
        raise DocumentError(f"it is no YAML{where}") from None
    if root is None or isinstance(root, yaml.MappingNode):
        return root
    raise DocumentError("it has no keys")


def changed(text: str, wanted: Mapping[str, str | None]) -> str:
    """Return the text with settings changed; None takes a setting out.

    Raises:
        DocumentError: it cannot be changed line by line.

    """
    others = {name: value for name, value in values(text).items() if name not in wanted}
    lines = text.splitlines(keepends=True)
    try:
        for name, value in wanted.items():
            lines = _change("".join(lines), lines, name, value)
        found = values(made := "".join(lines))
    except DocumentError:
        raise DocumentError(_STYLE) from None
    if {name: found.get(name) for name in wanted} != dict(wanted) or not others.items() <= found.items():
        raise DocumentError(_STYLE)
    return made


def _change(text: str, lines: list[str], name: str, value: str | None) -> list[str]:
    node = dict(_settings(text)).get(name)
    section, _, key = name.rpartition(".")
    if node is not None:
        line = node.start_mark.line
        indent = len(lines[line]) - len(lines[line].lstrip(" "))
        rest = lines[line][node.end_mark.column :] if node.end_mark.line == line else ""  # a comment, and how the line ends
        return [*lines[:line], *([] if value is None else [_line(key, value, indent, rest or "\n")]), *lines[line + 1 :]]
    if value is None:
        return lines
    if lines and not lines[-1].endswith("\n"):
        lines = [*lines[:-1], f"{lines[-1]}\n"]
    if not section:
        return [*lines, _line(key, value)]
    head = next((number for number, line in enumerate(lines) if re.match(rf"{re.escape(section)}:\s*(#.*)?$", line)), None)
    if head is None:
        return [*lines, f"{section}:\n", _line(key, value, indent=2)]
    indent = next((len(line) - len(line.lstrip(" ")) for line in lines[head + 1 :] if re.match(r" +[^ #\r\n]", line)), 2)
    return [*lines[: head + 1], _line(key, value, indent), *lines[head + 1 :]]


def _line(key: str, value: str, indent: int = 0, rest: str = "\n") -> str:
    plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", value)
    quoted = value if plain else "'" + value.replace("'", "''") + "'"
    return f"{' ' * indent}{key}: {quoted}{rest}"
