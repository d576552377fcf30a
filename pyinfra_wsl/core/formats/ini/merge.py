"""Our values put into somebody's ``.wslconfig`` or ``wsl.conf``: other lines, comments, order and line ends stay.

WSL takes the first line of a key, so that is the one that is replaced; later ones are commented out. What decides is the value
that WSL reads, not the text: 8GB is 8589934592, and a key that is absent has its constant default. A file that already says what
is wanted is returned as it is; one that does not gets a line for every wanted key. What is not wanted keeps its effect: what WSL
reads stays read, what it does not read stays unread, and a line that is broken is still in its section once somebody mends it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pyinfra_wsl.core.formats.ini import place
from pyinfra_wsl.core.formats.ini.keys import Key, Slot, Value
from pyinfra_wsl.core.formats.ini.parse import Decoded, File, Line, Parsed, interpret
from pyinfra_wsl.core.formats.ini.scan import quote
from pyinfra_wsl.core.formats.ini.values import RefusedError, declared, text

Wanted = Mapping[Slot, Value]

_END = re.compile(r"(?:\r?\n|\uffff)\Z")


def effective(parsed: Parsed, slot: Slot, file: File) -> Value | None:
    """Return the value in force: the file's, else the constant default; None where WSL computes the default."""
    return parsed.values.get(slot, file.table.of_slot(slot).default)


def shown(parsed: Parsed, file: File) -> dict[str, str]:
    """Return the values that the file sets, as text by ``section.key``."""
    return {".".join(slot): text(file.table.of_slot(slot), value) for slot, value in parsed.values.items()}


def declarable(parsed: Parsed, file: File) -> tuple[dict[str, dict[str, object]], list[str]]:
    """Return the values that a file sets as a fleet file says them, by section and key; and what of it no fleet file can say.

    Args:
        parsed: the file as it is.
        file: which file it is.

    """
    found: dict[str, dict[str, object]] = {}
    left = []
    for slot, value in parsed.values.items():
        key = file.table.of_slot(slot)
        said = _said(key, value)
        try:
            same = declared(key, said, windows=file.windows) == value
        except RefusedError:
            same = False
        if same:
            found.setdefault(slot[0], {})[slot[1]] = said
        else:
            left.append(f"[{slot[0]}] {slot[1]}: no fleet file can say what the file does")
    return found, left


def _said(key: Key, value: Value) -> object:
    if isinstance(value, bool) or (isinstance(value, int) and key.type == "int"):
        return value
    if isinstance(value, tuple):
        return list(value)
    said = text(key, value)
    return value if key.type == "size" and said.isdecimal() else said  # as a number it may have more digits than as text


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
    file: File
    eol: str

    def others(self, parsed: Parsed) -> Wanted:
        """Return the values in force that nobody declared."""
        return {slot: value for slot, value in parsed.values.items() if slot not in self.wanted}


def merge(parsed: Parsed, wanted: Wanted, file: File) -> bytes | None:
    """Return the file with the wanted values in force; None where they are so already, and it is sure that WSL can read them.

    Args:
        parsed: the file as it is; that of no bytes for a new one.
        wanted: the values by section and key.
        file: which file it is.

    """
    if not differing(parsed, wanted, file) and not (wanted and parsed.decoded.doubt):
        return None
    content = parsed.decoded.text
    if parsed.decoded.problem:  # nothing of it was read: not because of a second mark, so that need not stay
        content = content.lstrip("\ufeff")
    if file.windows:
        content = _as_unicode(content)
    job = _Job(wanted, file, _line_end(content, file))
    # Where init stopped at a broken line of ours, other lines of ours may stand below it: look again.
    for _ in range(content.count("\n") + 3):
        changed = _merged(interpret(Decoded(content, "utf-8"), file), job)
        if changed == content:
            break
        content = changed
    return _encode(content, job.eol, utf16=file.windows and parsed.decoded.bom == codecs.BOM_UTF16_LE)


def _as_unicode(content: str) -> str:
    """Read each byte that is no UTF-8 as Windows-1252, in which editors of the western Windows save what is not UTF-8."""
    return re.sub("[\udc80-\udcff]", lambda one: bytes([ord(one[0]) - 0xDC00]).decode("cp1252", "replace"), content)


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
    """Go over the file once.

    A broken line of ours at which init stops is mended in its place only where that brings nothing else to life; otherwise it
    stays, and ours is put above it.
    """
    mended = _rewritten(parsed, job)
    stops = not job.file.dialect.skips and any(line.effect == "dropped" and line.slot in job.wanted for line in parsed.lines)
    if stops and job.others(interpret(Decoded(mended, "utf-8"), job.file)) != job.others(parsed):
        return _rewritten(parsed, job, mend=False)
    return mended


def _rewritten(parsed: Parsed, job: _Job, *, mend: bool = True) -> str:
    """Replace our lines, comment out what is in their way, and add what has no line yet; broken lines are ours with `mend`."""
    lines, floor = parsed.lines, _floor(parsed, job)
    ours: dict[Slot, list[int]] = {}
    for index, line in enumerate(lines):
        if line.slot is not None and line.slot in job.wanted and (mend or line.effect != "dropped"):
            ours.setdefault(line.slot, []).append(index)
    pieces = [line.text for line in lines]
    absent = {slot: value for slot, value in job.wanted.items() if slot not in ours}
    for slot, places in ours.items():
        right = [index for index in places if index > floor.get(slot, -1)]
        kept = next((index for index in right if lines[index].effect == "set"), right[0] if right else None)
        for index in places:
            new = None if index != kept else _replaced(lines[index], job.file.table.of_slot(slot), job.wanted[slot])
            pieces[index] = _commented(lines[index], job.eol) if new is None else new
        if kept is None:
            absent[slot] = job.wanted[slot]
    if not job.file.dialect.skips and _stops_above(parsed, pieces):
        return "".join(pieces)  # what stands below may hold the rest
    behind = {floor[slot]: _alias(slot, value, job) for slot, value in absent.items() if slot in floor}
    rows = place.Rows(entries({slot: value for slot, value in absent.items() if slot not in floor}, job.file), behind)
    rewritten = {index for places in ours.values() for index in places}
    return place.put(rows, parsed, pieces, place.Edge.of(parsed, rewritten, job.file), job.eol)


def _stops_above(parsed: Parsed, pieces: list[str]) -> bool:
    """Whether the line at which init stopped was replaced, so that it will read on."""
    return any(line.effect == "dropped" and pieces[index] != line.text for index, line in enumerate(parsed.lines))


def _floor(parsed: Parsed, job: _Job) -> dict[Slot, int]:
    """Return the wanted slots that a refused value of another key changes, with the line below which they are in force."""
    floor: dict[Slot, int] = {}
    for index, line in enumerate(parsed.lines):
        if line.effect == "invalid" and line.slot and line.slot not in job.wanted:
            spoilt = job.file.table.of_slot(line.slot).refused
            if spoilt and spoilt[0] in job.wanted and job.wanted[spoilt[0]] != spoilt[1]:
                floor[spoilt[0]] = index
    return floor


def _alias(slot: Slot, value: Value, job: _Job) -> list[tuple[str, str]]:
    """Return the row of a slot under the name that it has in the section of the key that spoils it."""
    key = next(one for one in job.file.table if one.slot == slot and one.alias_of)
    return [(key.name, quote(text(key, value)))]


def _replaced(line: Line, key: Key, value: Value) -> str:
    if line.effect == "set" and line.value == value:
        return line.text
    quoted = quote(text(key, value))
    if line.effect != "dropped":
        return line.text[: line.entry.start] + quoted + line.text[line.entry.stop :]
    end = _END.search(line.text) if line.entry.terminated else None
    return f"{line.entry.name.rpartition('.')[2]}={quoted}{end[0] if end else ''}"


def _commented(line: Line, eol: str) -> str:
    r"""Comment out; a comment ends with a line feed only, so a lone \r that ended the value does not do."""
    ended = line.text[:-1] + eol if line.text.endswith("\r") else line.text
    return "\n".join(f"# not read by WSL: {part}" if part else part for part in ended.split("\n"))
