"""From what is declared and what stands in the file to the file's new bytes, and the change in words."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyinfra_wsl.core.formats.ini.check import Want
from pyinfra_wsl.core.formats.ini.keys import Slot, Value
from pyinfra_wsl.core.formats.ini.merge import effective, entries, merge
from pyinfra_wsl.core.formats.ini.parse import File, Parsed, parse
from pyinfra_wsl.core.formats.ini.values import text

Entries = list[tuple[str, list[tuple[str, str]]]]
Render = Callable[[Entries], str]
"""Makes the text of a file that is ours, of sections with keys and quoted values: ``templates/*.j2``."""

HEADER = "# Written by pyinfra-wsl; changes made here by hand are replaced."


@dataclass(frozen=True, slots=True)
class Change:
    """A file's change.

    Args:
        new: its new bytes.
        after: how WSL reads them.
        slots: the settings whose value in force becomes another.
        sentence: the change in words.
        diff: the change line by line.
        beside: what it brings about that nobody declared, each in a sentence.
        parts: the change of each setting in words: ``.wslconfig [wsl2] memory: 9GB → 8GB``.

    """

    new: bytes
    after: Parsed
    slots: tuple[Slot, ...]
    sentence: str
    diff: tuple[str, ...]
    beside: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


def change(before: Parsed, want: Want, file: File, called: str, render: Render | None = None) -> Change | None:
    """Return the file's change; None where it is as declared.

    Args:
        before: the file as it is; that of no bytes for none.
        want: the declaration.
        file: which file it is.
        called: the file's name in sentences: ``.wslconfig``, ``wsl.conf of Ubuntu``.
        render: the template of a file that is ours whole; without one it gets a header and the values.

    """
    new = _owned(want.values, file, render) if want.mode == "replace" else merge(before, want.values, file)
    if new is None or new == before.data:
        return None
    after = parse(new, file)
    slots = [key.slot for key in file.table if not key.alias_of]
    changed = tuple(slot for slot in slots if effective(before, slot, file) != effective(after, slot, file))
    words = {slot: f"[{slot[0]}] {slot[1]}: {_shown(before, slot, file)} → {_shown(after, slot, file)}" for slot in changed}
    sentence = f"{called} {'; '.join(words.values())}" if words else f"{called}: the same values in a file without faults"
    others = [text for slot, text in words.items() if slot not in want.values]
    beside = tuple(_beside(before, others, called)) if want.mode == "merge" else ()
    parts = tuple(f"{called} {one}" for one in words.values())
    return Change(new, after, changed, sentence, _diff(before, after, called), beside, parts)


def _beside(before: Parsed, others: Sequence[str], called: str) -> Iterator[str]:
    """Say what a merge could not leave as it was: a file that WSL did not read, or perhaps not as a whole."""
    if before.decoded.doubt:
        yield f"{called}: {before.decoded.doubt}; bytes that are no UTF-8 are taken for Windows-1252, and it is written as UTF-8"
    if others:
        why = "so far WSL reads nothing of this file" if before.decoded.problem else "what is declared changes more than itself"
        yield f"{called}: {why}; not declared, but in force from now on: {'; '.join(others)}"


def _owned(values: Mapping[Slot, Value], file: File, render: Render | None) -> bytes:
    if render is None:
        header = parse(HEADER.encode() + (b"\r\n" if file.windows else b"\n"), file)
        return merge(header, values, file) or header.data
    content = render(entries(values, file))
    return (content.replace("\n", "\r\n") if file.windows else content).encode()


def _shown(parsed: Parsed, slot: Slot, file: File) -> str:
    key = file.table.of_slot(slot)
    if slot in parsed.values:
        return text(key, parsed.values[slot]) or "''"
    spoilt = next((line for line in parsed.lines if line.slot == slot and line.effect in ("invalid", "fatal", "dropped")), None)
    if spoilt is not None:
        return f"'{spoilt.text.partition('=')[2].strip()}' (refused)"
    return "default" if key.default is None else f"default ({text(key, key.default)})"


def _diff(before: Parsed, after: Parsed, called: str) -> tuple[str, ...]:
    old, new = (_lines(parsed) for parsed in (before, after))
    return tuple(difflib.unified_diff(old, new, f"{called} (now)", f"{called} (declared)", lineterm=""))


def _lines(parsed: Parsed) -> Sequence[str]:
    printable = parsed.decoded.text.encode("utf-8", "replace").decode("utf-8", "replace")
    return printable.replace("\r\n", "\n").split("\n")
