"""Lines that know their file, which matters where a fleet file is a folder of several."""

from __future__ import annotations

from pathlib import Path as File


class Line(int):
    """A line's number, from 1, of a file."""

    file: File

    def __new__(cls, number: int, file: File) -> Line:
        """Keep both."""
        found = super().__new__(cls, number)
        found.file = file
        return found


def file_of(line: int, whole: File) -> File:
    """Return the file of a line; where it knows none, it is of the whole fleet file."""
    return line.file if isinstance(line, Line) else whole


def beside(line: int, other: int) -> str:
    """Write where a line is for somebody who looks at another one: ``line 7``, or ``line 7 of hosts.yml``."""
    elsewhere = isinstance(line, Line) and not (isinstance(other, Line) and other.file == line.file)
    return f"line {line}{f' of {line.file.name}' if elsewhere and isinstance(line, Line) else ''}"
