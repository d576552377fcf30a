"""A table of devices as text: its encoding, its separator, and its rows with their lines in the file.

What writes such tables: the admin centers of Intune and Entra (UTF-8, commas), Windows PowerShell's export (UTF-16 or the ANSI
code page, a first line ``#TYPE …``), ``csvde`` and Excel (semicolons where a comma is the decimal sign, a first line ``sep=;``).
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pyinfra_wsl.core import show

MOST_BYTES = 100_000_000
"""Bytes of a file that are read: five thousand devices with every column have a hundredth of it."""

_MOST_ROWS = 200_000
_SEPARATORS = ",;\t|"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip


class TableError(Exception):
    """A table cannot be read.

    Args:
        line: of the file, from 1.
        said: what is wrong, and what to do.

    """

    def __init__(self, line: int, said: str) -> None:
        """Keep both."""
        super().__init__(said)
        self.line, self.said = line, said


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Args:
        columns: its headers, as they are written.
        rows: the line on which each begins, and its fields.
        encoding: by what it was read.

    """

    columns: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str]]]
    encoding: str


def read(data: bytes) -> Table:
    """Read a table.

    Args:
        data: the whole file.

    Raises:
        TableError: it is empty, no text, or no table.

    """
    text, encoding = _text(data)
    lines = list(io.StringIO(text, newline=""))
    skipped = 0
    separator = ""
    while skipped < len(lines) and (found := _preface(lines[skipped])) is not None:
        separator, skipped = found or separator, skipped + 1
    if skipped == len(lines):
        raise TableError(1, "is empty; export it again, with its headers")
    separator = separator or _separator(lines[skipped])
    rows = list(_rows(lines[skipped:], separator, skipped))
    columns = [name.strip() for name in rows[0][1]]
    return Table(columns, [_whole(line, row, columns) for line, row in rows[1:]], encoding)


def _text(data: bytes) -> tuple[str, str]:
    """Return the text; what is neither marked nor UTF-8 is UTF-16 where every other byte is NUL, else Western European."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    if not encoding:
        even, odd = data[:200:2].count(0), data[1:200:2].count(0)
        encoding = "utf-16-le" if odd > 2 * even + 2 else "utf-16-be" if even > 2 * odd + 2 else "utf-8"
    try:
        return data.decode(encoding), encoding.removesuffix("-sig")
    except UnicodeDecodeError as error:
        if encoding == "utf-8" and b"\0" not in data:
            return data.decode("cp1252", "replace"), "cp1252"
        line = data[: error.start].count(b"\n") + 1
        raise TableError(line, f"is not text in {encoding}; save it as 'CSV UTF-8', or export it again") from None


def _preface(line: str) -> str | None:
    """Return the separator that a line before the headers names, or nothing; None for a line that is the headers."""
    plain = line.strip().strip('"')
    if plain.lower().startswith("sep=") and len(plain) == len("sep=") + 1:
        return plain[-1]
    return "" if not plain or plain.startswith("#TYPE ") else None


def _separator(headers: str) -> str:
    """Return what stands between headers; of several, what stands there most often outside of quotes."""
    outside = "".join(headers.split('"')[::2])
    return max(_SEPARATORS, key=outside.count)


def _rows(lines: Sequence[str], separator: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(iter(lines), delimiter=separator, strict=True)
    begin = 1
    try:
        for count, row in enumerate(reader):
            if count > _MOST_ROWS:
                raise TableError(begin + skipped, f"has more than {_MOST_ROWS} rows; divide it")
            if any(field.strip() for field in row):
                yield begin + skipped, row
            begin = reader.line_num + 1
    except csv.Error as error:
        said = f"no CSV from here on: {show.line(str(error))}; look for a quote that has no end, or export it again"
        raise TableError(begin + skipped, said) from None


def _whole(line: int, row: list[str], columns: Sequence[str]) -> tuple[int, list[str]]:
    if len(row) > len(columns) and any(one.strip() for one in row[len(columns) :]):
        more = f"has {len(row)} fields, and there are {len(columns)} headers; put quotes around a field that holds the separator"
        raise TableError(line, more)
    return line, [*row, *[""] * (len(columns) - len(row))]
