r"""Access lists as ``icacls.exe`` writes them: which entry means what, where, and for whom.

An entry is ``(OI)(CI)(IO)(M)``: how it is inherited, and what it grants. A right in brackets without such flags is for the folder
or file itself. A bare word (``F``) is the lab's short form of what is inherited by everything below, ``(OI)(CI)F``. (Microsoft,
"icacls"; "ACE Inheritance Rules"; "File Access Rights Constants".)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

CREATOR = "S-1-3-0"
"""CREATOR OWNER: in a folder's entry, whoever makes something below it."""

_ENTRY = re.compile(r"((?:\((?:OI|CI|IO|NP)\))*)(?:\(([A-Z,]+)\)|([A-Z]+))")
SIMPLE = {
    "F": frozenset({"RD", "WD", "AD", "WA", "DC", "D", "WDAC"}),
    "M": frozenset({"RD", "WD", "AD", "WA", "D"}),
    "RX": frozenset({"RD"}),
    "R": frozenset({"RD"}),
    "W": frozenset({"WD", "AD", "WA"}),
}
"""The simple rights by what they are made of: ``WD`` writes data or makes a file, ``AD`` adds data or makes a folder, ``D``
deletes, ``DC`` deletes what is in a folder, whatever its own rights are, ``WDAC`` changes the list."""
_UNUSED = frozenset({"RA", "REA", "WEA", "X", "S", "RC", "WO"})
"""Rights that nothing here asks for."""
KNOWN = frozenset({*SIMPLE, *_UNUSED}).union(*SIMPLE.values())
"""All rights that are understood."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: what it grants, and whether here, to files and to folders below, and how far down."""

    rights: frozenset[str]
    here: bool
    files: bool
    folders: bool
    deep: bool
    words: str

    def holds(self, depth: int, *, folder: bool) -> bool:
        """Whether it holds for something so many levels below what it is on."""
        if depth == 0:
            return self.here
        return (self.folders if folder else self.files) and (self.deep or depth == 1)

    def passed_on(self, depth: int, *, folder: bool) -> str:
        """Return the entry as something so many levels below gets it; empty where it gets none."""
        if not folder:
            return f"({self.words})" if self.holds(depth, folder=False) else ""
        if not (self.deep or depth == 1) or not (self.files or self.folders):
            return ""
        flags = ("(OI)" if self.files else "") + ("(CI)" if self.folders else "") + ("" if self.folders else "(IO)")
        return f"{flags if self.deep else ''}({self.words})"


def specific(rights: frozenset[str]) -> frozenset[str]:
    """Return rights by what they are made of: ``M`` as its five."""
    return frozenset(part for right in rights for part in SIMPLE.get(right, {right})) - _UNUSED


@cache
def entries(text: str) -> tuple[Entry, ...]:
    """Read the entries of one account, with a blank between them; raises ValueError."""
    return tuple(_entry(word) for word in text.split())


def _entry(word: str) -> Entry:
    found = _ENTRY.fullmatch(word)
    if found is None:
        raise ValueError(f"no entry of an access list: {word}")
    flags, brackets, bare = found.groups()
    words = str(bare or brackets)
    rights = specific(frozenset(words.split(",")))
    if bare and not flags:
        return Entry(rights, here=True, files=True, folders=True, deep=True, words=words)
    return Entry(rights, "(IO)" not in flags, "(OI)" in flags, "(CI)" in flags, "(NP)" not in flags, words)
