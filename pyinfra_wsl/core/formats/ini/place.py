"""Where in a file a line is put that is not there yet, so that everything else keeps its section and its effect."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pyinfra_wsl.core.formats.ini.parse import NO_SECTION, File, Line, Parsed
from pyinfra_wsl.core.formats.ini.scan import Fault, Kind

Row = tuple[str, str]
"""A key's name and its quoted value."""

_HEADINGS = (Fault.SECTION, Fault.BRACKET, Fault.AFTER_SECTION)
_FENCE = f"# The lines below stand in no section, and WSL reads none of them.{{eol}}[{NO_SECTION}]{{eol}}"


@dataclass(frozen=True, slots=True)
class Rows:
    """What is put into a file.

    Args:
        sections: sections with their rows.
        behind: rows that have to stand right behind a line, by its index.

    """

    sections: Sequence[tuple[str, Sequence[Row]]]
    behind: Mapping[int, Sequence[Row]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edge:
    """Up to where WSL reads a file, and where a new section goes.

    Args:
        end: the first line below which nothing that is put is read: what WSL does not read, a broken line that ends init's
            parsing, one whose last character is a backslash and would swallow what follows; else the number of lines.
        top: the line above which a new section goes: at the end of the file, or above the whole section in which `end` stands,
            because a broken line that somebody mends must still be in it.
        fenced: whether the lines from `top` on stood in no section, and need one without keys to stay so.

    """

    end: int
    top: int
    fenced: bool = False

    @classmethod
    def of(cls, parsed: Parsed, rewritten: Collection[int], file: File) -> Edge:
        """Look over a file, of which the lines `rewritten` are as they should be."""
        lines = parsed.lines
        end = next((index for index, line in enumerate(lines) if index not in rewritten and _closes(line, file)), len(lines))
        if end == len(lines):
            return cls(end, end)
        top = next((index for index in range(end - 1, -1, -1) if lines[index].entry.kind is Kind.SECTION), None)
        if top is None:
            return cls(end, end, _has_keys("".join(line.text for line in lines[end:])))
        while top and lines[top - 1].entry.kind is Kind.COMMENT and "=" not in lines[top - 1].text:  # the heading's, no setting
            top -= 1
        return cls(end, top)


def _closes(line: Line, file: File) -> bool:
    swallows = line.entry.fault is Fault.ESCAPE and line.entry.found == ""
    return line.effect == "unread" or (line.effect == "dropped" and (swallows or not file.dialect.skips))


def _has_keys(text: str) -> bool:
    """Whether something that is a setting, or was one and may be again, stands above the first heading."""
    above = itertools.takewhile(lambda line: not line.lstrip().startswith("["), text.split("\n"))
    return any("=" in line or (line.strip() and line.lstrip()[0] not in "#;") for line in above)


def put(rows: Rows, parsed: Parsed, pieces: Sequence[str], edge: Edge, eol: str) -> str:
    """Return the file with further rows: behind the last line of their section, or in a new one.

    Args:
        rows: what is put.
        parsed: the file.
        pieces: the text that each of its lines has become.
        edge: where it ends for WSL.
        eol: a line's end.

    """
    behind = {index: _block(found, eol) for index, found in rows.behind.items()}
    new = []
    for section, found in rows.sections:
        anchor = _anchor(parsed, section, edge.end)
        if anchor is None:
            new.append(f"[{section}]{eol}{_block(found, eol)}")
        else:
            behind[anchor] = behind.get(anchor, "") + _block(found, eol)
    made = list(pieces)
    for index, block in behind.items():
        made[index] += ("" if _ended(parsed.lines[index]) else _end(made[index], eol)) + block
    return _with_sections(new, parsed, made, edge, eol) if new else "".join(made)


def _ended(line: Line) -> bool:
    return line.entry.terminated and line.text.endswith(("\n", "\r"))


def _end(text: str, eol: str) -> str:
    r"""Return what ends a line that the file's end cut off: behind a lone \r a \n alone would make one line's end of both."""
    return "\r\n" if text.endswith("\r") else eol


def _block(rows: Sequence[Row], eol: str) -> str:
    return "".join(f"{name}={value}{eol}" for name, value in rows)


def _with_sections(new: Sequence[str], parsed: Parsed, pieces: Sequence[str], edge: Edge, eol: str) -> str:
    above, below = "".join(pieces[: edge.top]), "".join(pieces[edge.top :])
    if edge.top and not _ended(parsed.lines[edge.top - 1]) and not above.endswith("\n"):
        above += _end(above, eol)
    if edge.fenced:
        below = _FENCE.format(eol=eol) + below
    blank = eol if edge.top and pieces[edge.top - 1].strip() else ""
    return above + blank + eol.join(new) + (eol if below else "") + below


def _anchor(parsed: Parsed, section: str, end: int) -> int | None:
    """Return the last line behind which a key is in the section, whatever somebody makes of the broken lines of the file."""
    found, inside = None, False
    for index, line in enumerate(parsed.lines[:end]):
        if line.entry.kind is Kind.SECTION:
            inside = line.entry.section.lower() == section.lower()
        elif line.entry.fault in _HEADINGS:
            inside = False
        if inside and line.entry.kind in (Kind.SECTION, Kind.SETTING):
            found = index
    return found
