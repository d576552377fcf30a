"""From what is declared and what stands in the file to the file's new bytes, and the change in words."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pyinfra_wsl.core.formats.ini import check as ini_check
from pyinfra_wsl.core.formats.ini.keys import Slot
from pyinfra_wsl.core.formats.ini.merge import effective, entries, merge
from pyinfra_wsl.core.formats.ini.parse import File, Parsed, parse
from pyinfra_wsl.core.formats.ini.values import text
from pyinfra_wsl.core.plan import Failure

Entries = list[tuple[str, list[tuple[str, str]]]]
Render = Callable[[Entries], str]
"""Makes the text of a file that is ours, of sections with keys and quoted values: ``templates/*.j2``."""

HEADER = "# Written by pyinfra-wsl; changes made here by hand are replaced."


@dataclass(frozen=True, slots=True)
class Change:
    """A file's change: its bytes before and after, the settings whose value in force becomes another, both in words."""

    old: bytes
    new: bytes
    slots: tuple[Slot, ...]
    sentence: str
    diff: tuple[str, ...]


def failures(noun: str, want: Mapping[str, object], file: File) -> tuple[Failure, ...]:
    """Return what is declared wrongly, for those who do not come by way of a fleet file."""
    problems = [problem for problem in ini_check.check(want, file) if not problem.warning]
    return tuple(
        Failure(
            f"{'.'.join((noun, *problem.path))}: {problem.message}",
            f"write {problem.right_form}" if problem.right_form else "correct the declaration",
        )
        for problem in problems
    )


def change(old: bytes, want: Mapping[str, object], file: File, called: str, render: Render | None = None) -> Change | None:
    """Return the file's change; None where it is as declared.

    Args:
        old: the file; empty for none.
        want: the declaration; `ini_check.check` finds nothing wrong with it.
        file: which file it is.
        called: the file's name in sentences: ``.wslconfig``, ``wsl.conf of Ubuntu``.
        render: the template of a file that is ours whole; without one it gets a header and the values.

    """
    wanted = ini_check.wanted(want, file)
    new = _owned(wanted, file, render) if want.get("mode") == "replace" else merge(old, wanted, file)
    if new == old:
        return None
    before, after = parse(old, file), parse(new, file)
    slots = [key.slot for key in file.table if not key.alias_of]
    changed = tuple(slot for slot in slots if effective(before, slot, file) != effective(after, slot, file))
    words = [f"[{slot[0]}] {slot[1]}: {_shown(before, slot, file)} → {_shown(after, slot, file)}" for slot in changed]
    sentence = f"{called} {'; '.join(words)}" if words else f"{called}: the same values in a file without faults"
    return Change(old, new, changed, sentence, _diff(before, after, called))


def _owned(wanted: Mapping[Slot, object], file: File, render: Render | None) -> bytes:
    values = {slot: value for slot, value in wanted.items() if isinstance(value, bool | int | str | tuple)}
    if render is None:
        return merge(HEADER.encode() + (b"\r\n" if file.windows else b"\n"), values, file)
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
