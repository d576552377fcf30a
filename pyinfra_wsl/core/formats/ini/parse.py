"""What WSL does with each line of ``.wslconfig`` or ``wsl.conf``: takes it, drops it, or takes it for something else; and why.

Sources: ``ParseConfigFile``, ``SetConfig`` and ``ConfigKey::Parse`` in src/shared/configfile/configfile.cpp;
src/windows/common/WslCoreConfig.cpp and src/linux/init/WslDistributionConfig.cpp for the two files.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from pyinfra_wsl.core import show
from pyinfra_wsl.core.formats import size
from pyinfra_wsl.core.formats.ini.keys import Key, Slot, Table, Value
from pyinfra_wsl.core.formats.ini.scan import Dialect, Entry, Fault, Kind, scan
from pyinfra_wsl.core.formats.ini.values import bad_ports, form, stored

Effect = Literal["set", "section", "nothing", "duplicate", "unknown", "invalid", "fatal", "dropped", "unread"]
"""``set``: in force; ``nothing``: blank or comment; ``duplicate``, ``unknown``: no effect; ``invalid``: the value is refused and
the default stays; ``fatal``: WSL does not start; ``dropped``: the line is broken; ``unread``: WSL never gets there."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 byte order mark"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16 byte order mark"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "byte order mark of big-endian UTF-16"),
)
NO_SECTION = "none"
"""A section that no file has: what stands below it counts as little as what stands in no section."""

_NOT_UTF8 = (
    "the file is not UTF-8: Windows reads it in pieces of 2,048 bytes, and one that ends in such a byte is lost with all that "
    "follows"
)
_DRIVE = re.compile(r"(^|[ \"=])[A-Za-z]:\\")
_NOT_BOOL = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_OVERFLOW = re.compile(r"[+-]?(\d+)([BKMGT]?)")


@dataclass(frozen=True, slots=True)
class File:
    """One of the two files.

    Args:
        name: as people call it.
        dialect: how it is read.
        table: its keys.
        other: the other file's name.
        other_table: the other file's keys, to tell what stands in the wrong file.
        where: what a key of the other file belongs to, for a person.

    """

    name: str
    dialect: Dialect
    table: Table
    other: str
    other_table: Table
    where: str

    @property
    def windows(self) -> bool:
        """Whether Windows reads it."""
        return self.dialect.text_mode


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file as text.

    Args:
        text: its characters.
        encoding: how they are written.
        bom: the byte order mark it began with.
        problem: why WSL reads none of it, if so.
        doubt: why it is not sure that WSL reads all of it, if so.

    """

    text: str
    encoding: str
    bom: bytes = b""
    problem: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line, or several that a backslash joins.

    Args:
        number: of the first line, from 1.
        text: with its line end.
        effect: what WSL does with it.
        message: why, and the right form; empty where there is nothing to say. A line in force may have one too.
        slot: section and key that it sets or means to set.
        value: what it sets.
        entry: as the parser has it.

    """

    number: int
    text: str
    effect: Effect
    message: str = ""
    slot: Slot | None = None
    value: Value | None = None
    entry: Entry = field(default=Entry(Kind.BLANK), repr=False)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file as WSL understands it: every line, the values in force by section and key, and the bytes it was read from."""

    lines: tuple[Line, ...]
    values: dict[Slot, Value]
    decoded: Decoded
    data: bytes = field(default=b"", repr=False, compare=False)

    @property
    def problems(self) -> tuple[str, ...]:
        """What a person should know of the file, line by line."""
        doubt = (self.decoded.doubt,) if self.decoded.doubt else ()
        return (*doubt, *(f"line {line.number}: {line.message}" for line in self.lines if line.message))


def decode(data: bytes, dialect: Dialect) -> Decoded:
    """Turn a file into text; bytes that are no UTF-8 are kept as lone surrogates.

    Windows honours the marks of UTF-8 and little-endian UTF-16 and refuses the big-endian one (Microsoft, "fopen, _wfopen");
    for init a mark is a key that does not begin with a letter, which ends the parsing at once.
    """
    for bom, encoding, called in _BOMS:
        if data.startswith(bom):
            readable = dialect.text_mode and encoding != "utf-16-be"
            errors = "surrogateescape" if encoding == "utf-8" else "replace"
            problem = "" if readable else f"the file begins with a {called}: WSL reads nothing; save it as UTF-8 without one"
            text = data[len(bom) :].decode(encoding, errors)
            return Decoded(text, encoding, bom, problem, "" if problem else _doubt(text, dialect))
    text = data.decode("utf-8", "surrogateescape")
    return Decoded(text, "utf-8", doubt=_doubt(text, dialect))


def _doubt(text: str, dialect: Dialect) -> str:
    """Say what may be lost of a file that is not UTF-8: a whole piece, where it ends within what looks like a character.

    For init bytes are bytes. Source: ``translate_ansi_or_utf8_nolock`` of Microsoft's C library.
    """
    return _NOT_UTF8 if dialect.text_mode and any("\udc80" <= char <= "\udcff" for char in text) else ""


def parse(data: bytes, file: File) -> Parsed:
    """Read a file as WSL does.

    Args:
        data: its bytes.
        file: which one it is.

    """
    return replace(interpret(decode(data, file.dialect), file), data=data)


def interpret(decoded: Decoded, file: File) -> Parsed:
    """Read a file that is text already."""
    if decoded.problem:
        return Parsed((Line(1, decoded.text, "unread", decoded.problem),), {}, decoded)
    taken: dict[Slot, int] = {}
    lines = tuple(_line(entry, file, taken) for entry in scan(decoded.text, file.dialect))
    return Parsed(lines, _in_force(lines, file), decoded)


def _in_force(lines: tuple[Line, ...], file: File) -> dict[Slot, Value]:
    """Return the values in force; a refused value may set another key's, until a later line of that key sets it again."""
    values: dict[Slot, Value] = {}
    for line in lines:
        if line.effect == "set" and line.slot and line.value is not None:
            values[line.slot] = line.value
        elif line.effect == "invalid" and line.slot and (other := file.table.of_slot(line.slot).refused):
            values[other[0]] = other[1]
    return values


def _line(entry: Entry, file: File, taken: dict[Slot, int]) -> Line:
    """Say what one entry does; `taken` are the slots that a line before it has, with that line's number."""
    if entry.kind is Kind.SETTING:
        return _setting(entry, file, taken)
    effects: dict[Kind, Effect] = {Kind.SECTION: "section", Kind.BROKEN: "dropped", Kind.UNREAD: "unread"}
    key = file.table.find(entry.name) if entry.name else None
    if entry.kind is Kind.BROKEN:
        end = "" if file.dialect.skips else "; WSL reads nothing below this line"
        return Line(entry.number, entry.text, "dropped", _fault(entry) + end, key.slot if key else None, None, entry)
    message = _section(entry, file) if entry.kind is Kind.SECTION else ""
    if entry.kind is Kind.UNREAD and file.dialect.text_mode:
        message = "Ctrl-Z ends the file: WSL reads nothing from here on"
    return Line(entry.number, entry.text, effects.get(entry.kind, "nothing"), message, entry=entry)


def _section(entry: Entry, file: File) -> str:
    if entry.section.lower() in {NO_SECTION, *(section.lower() for section in file.table.sections)}:
        return ""
    near = file.table.nearest_section(entry.section)
    if entry.section.lower() in {section.lower() for section in file.other_table.sections}:
        return f"[{entry.section}] is a section of {file.other}, not of {file.name}"
    return f"no such section: [{entry.section}]; " + (f"did you mean [{near}]?" if near else _listed(file.table.sections))


def _listed(sections: tuple[str, ...]) -> str:
    return "there are " + ", ".join(f"[{section}]" for section in sections)


def _fault(entry: Entry) -> str:
    if entry.fault is Fault.ESCAPE:
        shown = "a backslash at the end of the file" if entry.found == "" else f"\\{entry.found} is no escape"
        return f"dropped: {shown}; write every backslash twice, as in C:\\\\Users"
    if entry.fault is Fault.KEY and entry.found == ";":
        return "dropped: ; begins no comment; write # instead"
    return {
        Fault.KEY: "dropped: a line begins with a letter, [ or #",
        Fault.SECTION: "dropped: a section's name begins with a letter; the section above stays in force",
        Fault.BRACKET: "dropped: a section is [ letters and digits ], without spaces; the keys below belong to no section",
        Fault.AFTER_SECTION: "dropped: only a # comment may follow a section; the keys below belong to no section",
        Fault.EQUALS: "dropped: a key is letters and digits and has = behind it",
        Fault.QUOTE: 'dropped: an odd number of quotes; write \\" for a quote that is part of the value',
    }[entry.fault]


def _setting(entry: Entry, file: File, taken: dict[Slot, int]) -> Line:
    key = file.table.find(entry.name)
    if key is None:
        return Line(entry.number, entry.text, "unknown", unknown(entry.name, file), entry=entry)
    if key.slot in taken:
        message = f"ignored: {'.'.join(key.slot)} stands in line {taken[key.slot]} already, and WSL takes the first"
        return Line(entry.number, entry.text, "duplicate", message, key.slot, None, entry)
    taken[key.slot] = entry.number
    value = stored(key, entry.value, windows=file.windows)
    if value is None:
        effect: Effect = "fatal" if key.type == "mac" else "invalid"
        return Line(entry.number, entry.text, effect, _invalid(key, entry), key.slot, None, entry)
    return Line(entry.number, entry.text, "set", "; ".join(_traps(key, entry, value, file)), key.slot, value, entry)


def unknown(full: str, file: File) -> str:
    """Say what is wrong with a name that is no key of the file, and the right one."""
    section, _, name = full.rpartition(".")
    if not section:
        near = file.table.named(name)
        return f"{name} stands in no section" + (f"; put it below [{near[0].section}]" if near else "")
    if not file.table.named(name) and (elsewhere := file.other_table.named(name)):
        return f"{name} is a key of {file.other} [{elsewhere[0].section}]: {file.where}"
    near_key = file.table.nearest(full)
    if near_key is None:
        return f"no such key: {show.name(full)}"
    if near_key.name.lower() == name.lower():
        return f"{name} belongs into [{near_key.section}], not into [{section}]"
    return f"no such key: {show.name(full)}; did you mean {near_key.full}?"


def _invalid(key: Key, entry: Entry) -> str:
    text = entry.value.decode("utf-8", "replace")
    meant = text.split(";")[0].split("//")[0].strip()
    if key.type == "size":
        right = size.suggest(meant)
    else:
        right = _NOT_BOOL.get(meant.lower(), form(key)) if key.type == "bool" else form(key)
    message = f"{key.full}: '{text}' is refused; write {right}"
    if ";" in text:
        message += "; ; begins no comment"
    if key.type == "mac":
        return message + "; until then no distribution starts and none can be installed"
    if key.type == "ipv4":
        return message + "; until then DNS tunnelling is off, unless a line below sets dnsTunneling"
    return message + "; until then the default holds"


def _traps(key: Key, entry: Entry, value: Value, file: File) -> Iterator[str]:
    """Say where a line in force surely does not do what was meant."""
    raw = entry.text[entry.start : entry.stop]
    letters = [letter for letter in entry.escapes if letter in "bnt"]
    if letters and (key.type == "path" or _DRIVE.search(raw)):
        yield (
            f"{key.full}: \\{letters[0]} is a control character, so WSL has the value {value!r}; "
            "write every backslash twice, as in C:\\\\temp"
        )
    if key.type == "path" and "%" in raw:
        yield f"{key.full}: WSL expands no variables here; write the path itself"
    if file.windows and not raw.isascii():
        yield f"{key.full}: WSL cuts every character that is not ASCII to one byte; use ASCII, such as the 8.3 name of a path"
    if isinstance(value, str) and re.search(r"[ \t];", raw):
        yield f"{key.full}: ; begins no comment and is part of the value; write # instead"
    if key.type == "ports" and (bad := bad_ports(entry.value.decode("utf-8", "replace"))):
        yield f"{key.full}: {', '.join(bad)} is no port and left out"
    if key.type == "size" and (match := _OVERFLOW.match(raw)) and size.stored(match[0]) != _unbounded(match):
        yield f"{key.full}: the number is too large or negative; WSL reads it as {value} bytes"
    if key.type == "int" and value in (-(2**31), 2**31 - 1) and str(value) != raw.strip('"'):
        yield f"{key.full}: the number is too large; WSL reads it as {value}"
    if key.deprecated and not key.alias_of and value is True:
        yield f"{key.full}: WSL ignores it: {key.doc}"


def _unbounded(match: re.Match[str]) -> int | None:
    if match[0].startswith("-") or len(match[1]) > 20:
        return None
    return int(match[1]) * {"": 1, "B": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}[match[2]]
