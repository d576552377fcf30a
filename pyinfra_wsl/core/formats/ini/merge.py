"""Our values put into somebody's ``.wslconfig`` or ``wsl.conf``: other lines, comments, order and line ends stay.

WSL takes the first line of a key, so that is the one that is replaced; later ones are commented out. What decides is the value
that WSL reads, not the text: 8GB is 8589934592, and a key that is absent has its constant default. A file that already says what
is wanted is returned as it is; one that does not gets a line for every wanted key.
"""

from __future__ import annotations

import codecs
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pyinfra_wsl.core.formats.ini.keys import Key, Slot, Value
from pyinfra_wsl.core.formats.ini.parse import Decoded, File, Line, Parsed, interpret
from pyinfra_wsl.core.formats.ini.scan import Fault, Kind, quote
from pyinfra_wsl.core.formats.ini.values import text

Wanted = Mapping[Slot, Value]


def effective(parsed: Parsed, slot: Slot, file: File) -> Value | None:
    """Return the value in force: the file's, else the constant default; None where WSL computes the default."""
    return parsed.values.get(slot, file.table.of_slot(slot).default)


def shown(parsed: Parsed, file: File) -> dict[str, str]:
    """Return the values that the file sets, as text by ``section.key``."""
    return {".".join(slot): text(file.table.of_slot(slot), value) for slot, value in parsed.values.items()}


def differing(parsed: Parsed, wanted: Wanted, file: File) -> list[Slot]:
    """Return the slots whose value in force is not the wanted one, or for which only a refused or broken line stands."""
    spoilt = {line.slot for line in parsed.lines if line.effect in ("invalid", "fatal", "dropped") and line.slot}
    return [
        slot
        for slot, value in wanted.items()
        if effective(parsed, slot, file) != value or (slot in spoilt and slot not in parsed.values)
    ]


def entries(wanted: Wanted, file: File) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return sections with their keys and quoted values, in the table's order, ready to be written."""
    rows: dict[str, list[tuple[str, str]]] = {}
    for key in file.table:
        if not key.alias_of and key.slot in wanted:
            rows.setdefault(key.section, []).append((key.name, quote(text(key, wanted[key.slot]))))
    return list(rows.items())


@dataclass(frozen=True, slots=True)
class _Job:
    wanted: Wanted
    remove: Collection[Slot]
    file: File
    eol: str


def merge(parsed: Parsed, wanted: Wanted, file: File, remove: Collection[Slot] = ()) -> bytes | None:
    """Return the file with the wanted values in force; None where they are so already.

    Args:
        parsed: the file as it is; that of no bytes for a new one.
        wanted: the values by section and key.
        file: which file it is.
        remove: keys whose lines are taken out.

    """
    if not differing(parsed, wanted, file) and not any(line.slot in remove for line in parsed.lines if line.slot):
        return None
    content = parsed.decoded.text.lstrip("\ufeff")
    job = _Job(wanted, remove, file, _line_end(content, file))
    # Where init stopped at a broken line of ours, what stands below comes to life once that line is replaced: look again.
    for _ in range(content.count("\n") + 3):
        changed = _merged(interpret(Decoded(content, "utf-8"), file), job)
        if changed == content:
            break
        content = changed
    return _encode(content, job.eol, utf16=file.windows and parsed.decoded.bom == codecs.BOM_UTF16_LE)


def _line_end(content: str, file: File) -> str:
    first = content.find("\n")
    if first < 0:
        return "\r\n" if file.windows else "\n"
    return "\r\n" if content[max(first - 1, 0)] == "\r" else "\n"


def _encode(content: str, eol: str, *, utf16: bool) -> bytes:
    """Keep UTF-16 where the user's editor saved it; else UTF-8 without a mark, which both readers understand."""
    if utf16:
        return codecs.BOM_UTF16_LE + content.encode("utf-16-le")
    data = content.encode("utf-8", "surrogateescape")
    marks = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return eol.encode() + data if data.startswith(marks) else data


def _merged(parsed: Parsed, job: _Job) -> str:
    """Go over the file once."""
    pieces = ["" if line.slot in job.remove else line.text for line in parsed.lines]
    ours: dict[Slot, list[int]] = {}
    for index, line in enumerate(parsed.lines):
        if line.slot is not None and line.slot in job.wanted:
            ours.setdefault(line.slot, []).append(index)
    for slot, places in ours.items():
        kept = next((index for index in places if parsed.lines[index].effect == "set"), places[0])
        for index in places:
            line = parsed.lines[index]
            key = job.file.table.of_slot(slot)
            pieces[index] = _replaced(line, key, job.wanted[slot]) if index == kept else _commented(line, job.eol)
    stopped = not job.file.windows and any(line.effect == "unread" for line in parsed.lines)
    if stopped and pieces != [line.text for line in parsed.lines]:
        return "".join(pieces)
    return _with_absent(parsed, pieces, {slot: value for slot, value in job.wanted.items() if slot not in ours}, job)


def _replaced(line: Line, key: Key, value: Value) -> str:
    if line.effect == "set" and line.value == value:
        return line.text
    quoted = quote(text(key, value))
    if line.effect != "dropped":
        return line.text[: line.entry.start] + quoted + line.text[line.entry.stop :]
    end = line.text[len(line.text.rstrip("\r\n")) :] if line.entry.terminated else ""
    return f"{line.entry.name.rpartition('.')[2]}={quoted}{end}"


def _commented(line: Line, eol: str) -> str:
    r"""Comment out; a comment ends with a line feed only, so a lone \r that ended the value does not do."""
    ended = line.text[:-1] + eol if line.text.endswith("\r") else line.text
    return "\n".join(f"# not read by WSL: {part}" if part else part for part in ended.split("\n"))


def _with_absent(parsed: Parsed, pieces: list[str], absent: Wanted, job: _Job) -> str:
    """Put the keys that have no line yet behind the last line of their section, or a new section at the end."""
    end, eol = _end(parsed, job), job.eol
    behind: dict[int, str] = {}
    for section, rows in entries(absent, job.file):
        block = "".join(f"{name}={value}{eol}" for name, value in rows)
        anchor = _anchor(parsed, section)
        if anchor is None:
            follows = end > 0 and (parsed.lines[end - 1].text.strip() != "" or end - 1 in behind)
            blank = eol if follows or behind.get(-1) else ""
            anchor, block = end - 1, f"{blank}[{section}]{eol}{block}"
        behind[anchor] = behind.get(anchor, "") + block
    for anchor, block in behind.items():
        if anchor < 0:
            pieces.insert(0, block)
        else:
            pieces[anchor] += ("" if parsed.lines[anchor].entry.terminated else eol) + block
    return "".join(pieces)


def _anchor(parsed: Parsed, section: str) -> int | None:
    """Return the last line below which a key is in the section."""
    for index in range(len(parsed.lines) - 1, -1, -1):
        entry = parsed.lines[index].entry
        if entry.kind in (Kind.SECTION, Kind.SETTING) and entry.section.lower() == section.lower():
            return index
    return None


def _end(parsed: Parsed, job: _Job) -> int:
    """Return how many lines stand above a new section.

    What WSL does not read stays below it; so does a broken line that ends init's parsing, or one whose last character is a
    backslash, which would swallow what follows.
    """
    count = len(parsed.lines)
    while count:
        line = parsed.lines[count - 1]
        swallows = line.entry.fault is Fault.ESCAPE and not line.entry.terminated
        below = line.effect == "dropped" and (swallows or not job.file.dialect.skips) and line.slot not in job.wanted
        if line.effect != "unread" and not below:
            break
        count -= 1
    return count
