"""The tables of ``tests/lab/rows``: what a program of the lab answers, and on what that rests.

``python tests/lab/wsl_rows.py`` counts the rows; with the path of a clone of microsoft/WSL it looks whether every place
that a row names is there, in the release that it names.

A row is a line of a Markdown table: the command as it is typed, the laptop, the release of WSL, the answer, the exit code, the
source. The answer is made of lines between ``⏎``: ``"a line of Windows"``, ``'a line of Linux'``, ``Windows(2)`` (what Windows
says of an error), ``MessageX(value, value)`` (a text of WSL by its name, as the release says it in the laptop's language).
``⇒ Wsl/…`` makes a failure of what is before it; what follows ``err:`` goes to standard error.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pyinfra_wsl.lab.machine import text as windows_texts
from pyinfra_wsl.lab.wsl.texts import Tongue, numbers

FOLDER = Path(__file__).parent / "rows"
RELEASE = "2.6.1"
"""The release of a row that names none."""

NOTHING, NEWLINE, FAILURE, ERRORS = "nothing", "⏎", "⇒", "err:"
KINDS = {"tests": "WSL's tests", "source": "WSL's source", "knowledge": "knowledge alone"}


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    file: str
    line: int
    command: str
    laptop: str
    release: str
    answer: str
    code: int
    source: str

    @property
    def kind(self) -> str:
        """What it rests on: a key of `KINDS`."""
        if self.source.startswith("knowledge"):
            return "knowledge"
        return "tests" if self.source.partition(":")[0].endswith("Tests.cpp") else "source"

    @property
    def program(self) -> str:
        """The program that is asked."""
        return self.command.split()[0]

    def __str__(self) -> str:
        """Return the name of its test."""
        return f"{self.file}:{self.line} {self.command} ({self.release})"


@cache
def rows() -> tuple[Row, ...]:
    """Read all tables."""
    found = []
    for path in sorted(FOLDER.glob("*.md")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
            if not line.startswith("| `"):
                continue
            if len(cells) != 6:
                raise ValueError(f"{path.name}:{number}: {len(cells)} cells")
            command, laptop, releases, answer, code, source = cells
            for release in releases.split() or [RELEASE]:
                plain = (command[1:-1], laptop, release, answer.strip("`"), int(code), source)
                found.append(Row(path.stem, number, *plain))
    return tuple(found)


def expected(row: Row, answer: str, culture: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the lines of standard output and of standard error, each as (``windows`` or ``linux``, its words).

    Args:
        row: the row.
        answer: its answer, with what stands for the laptop's GUIDs filled in.
        culture: the laptop's language.

    """
    out, _, err = answer.partition(ERRORS)
    return _lines(out.strip(" ⏎"), row, culture), _lines(err.strip(), row, culture)


def _lines(cell: str, row: Row, culture: str) -> list[tuple[str, str]]:
    tongue = Tongue(culture, () if row.release == "inbox" else numbers(f"{row.release}.0"))
    if cell in ("", NOTHING):
        return []
    found: list[tuple[str, str]] = []
    for part in cell.split(NEWLINE):
        said, _, error = part.strip().partition(FAILURE)
        words = _words(said.strip(), tongue)
        if error:
            words = tongue.text("MessageErrorCode", words, error.strip())
        found.append(("linux" if said.startswith("'") else "windows", words))
    return found


def _words(part: str, tongue: Tongue) -> str:
    """Return what one part of an answer stands for."""
    if part[:1] in ("'", '"'):
        return part[1:-1]
    warning = "wsl: " if part.startswith("wsl: ") else ""
    match = re.fullmatch(r"(\w+)(?:\((.*)\))?", part.removeprefix("wsl: "), re.DOTALL)
    if match is None:
        raise ValueError(f"not an answer: {part}")
    name, values = match[1], match[2]
    if name in ("Windows", "Text"):
        said = windows_texts.message(tongue.culture, int(values, 0))
        return said if name == "Text" else f"{said} "
    filled = [_words(value, tongue) if value.startswith(("Windows(", "Message")) else value for value in _split(values)]
    return warning + tongue.text(name, *filled)


def _split(values: str | None) -> list[str]:
    return values.split(", ") if values is not None else []


def counts() -> str:
    """Return how many rows there are, by program and by what they rest on."""
    lines = {(row.file, row.line): row for row in rows()}.values()
    table = Counter((row.program, row.kind) for row in lines)
    programs = sorted({row.program for row in lines}, key=lambda name: -sum(table[name, kind] for kind in KINDS))
    shown = [["program", "rows", *(f"on {words}" for words in KINDS.values())]]
    for name in programs:
        numbers_of = [table[name, kind] for kind in KINDS]
        shown.append([name, *(str(number) for number in (sum(numbers_of), *numbers_of))])
    widths = [max(len(line[column]) for line in shown) for column in range(len(shown[0]))]
    told = ["  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip() for line in shown]
    return "\n".join([*told, f"{len(lines)} rows, {len(rows())} with each release that a row names counted"])


def missing(clone: Path) -> list[str]:
    """Return the rows whose place is not in WSL's source."""
    return [f"{row}: {place}" for row in rows() if row.kind != "knowledge" for place in _places(row) if not _there(clone, place)]


def _places(row: Row) -> set[str]:
    """Return the place that a row names, and the same one in the release that is asked."""
    return {row.source, f"{row.source.partition('@')[0]}@{row.release}"}


@cache
def _there(clone: Path, source: str) -> bool:
    """Whether ``File.cpp:Function@release`` names a file of the release and a function in it."""
    match = re.fullmatch(r"([\w.]+):(\w+)@([\d.]+)", source)
    if match is None:
        return False
    paths = [path for path in _paths(clone, match[3]) if path.rpartition("/")[2] == match[1]]
    return any(re.search(rf"\b{match[2]}\b", _git(clone, "show", f"{match[3]}:{path}")) for path in paths)


@cache
def _paths(clone: Path, tag: str) -> list[str]:
    return _git(clone, "ls-tree", "-r", "--name-only", tag, "src", "test").splitlines()


def _git(clone: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(clone), *words], check=True, capture_output=True).stdout.decode(
        "utf-8-sig", "replace"
    )


def main(clone: str = "") -> int:
    """Count the rows, or look for their places in a clone of WSL; 1 where one is missing."""
    if not clone:
        sys.stdout.write(f"{counts()}\n")
        return 0
    wrong = missing(Path(clone))
    sys.stdout.write("".join(f"{line}\n" for line in wrong))
    sys.stdout.write(f"{len(rows()) - len(wrong)} rows name a place that is there, or knowledge; {len(wrong)} do not\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
