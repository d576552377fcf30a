"""Which entries of the catalogue a text speaks of, and how much each of them says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from pyinfra_wsl.errors.catalogue import Catalogue
from pyinfra_wsl.errors.codes import Code
from pyinfra_wsl.errors.normalise import Paste
from pyinfra_wsl.errors.sentences import Said
from pyinfra_wsl.known.table import CODE, CONTEXT, Entry

WORDS, TEXT = 60, 40
"""What a sign weighs beside a name or number: a program's own words, and Windows' text for one."""

_OF_WINDOWS = 45
"""Below this an entry of a weight of its own is known by words that any program may say."""

LIGHT = 20
"""Below this an entry is no cause, where anything else is known."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One entry that a text speaks of.

    Args:
        entry: the entry.
        name: as the text has it, or the entry's own.
        weight: how much it says.
        place: where it stands last, as a share of the text between 0 and 1.
        code: whether only a code speaks for it.

    """

    entry: Entry
    name: str
    weight: int
    place: float
    code: Code | None = None

    @property
    def of_windows(self) -> bool:
        """Whether only a code speaks for it, or words of Windows that any program may say."""
        return self.code is not None or 0 < self.entry.weight < _OF_WINDOWS


def find(paste: Paste, catalogue: Catalogue, codes: Sequence[Code], said: Sequence[Said]) -> list[Hit]:
    """Return the entries that a text speaks of, the heaviest first; of those of equal weight, what stands last."""
    found = [hit for entry in catalogue.entries if (hit := _hit(entry, paste, codes, said)) is not None]
    found = [hit for hit in found if not _is_told_better(hit, found)]
    return sorted(found, key=lambda hit: (-hit.weight, -hit.place))


def _hit(entry: Entry, paste: Paste, codes: Sequence[Code], said: Sequence[Said]) -> Hit | None:
    if hits := [*_by_words(entry, paste), *_by_exit(entry, paste), *_by_said(entry, paste, codes, said)]:
        if (entry.where and not _search(entry.where, paste)) or (entry.unless and _search(entry.unless, paste)):
            return None
        best = max(hits, key=lambda hit: (hit.weight, hit.place))
        name = next((hit.name for hit in hits if hit.code), best.name)
        return replace(best, name=name, weight=entry.weight or best.weight + (CONTEXT if entry.where else 0))
    return None


def _by_words(entry: Entry, paste: Paste) -> Iterator[Hit]:
    for pattern in entry.match:
        found = _last(pattern, paste)
        if found is not None:
            name = found.groupdict().get("name") or entry.id
            yield Hit(entry, name, WORDS, found.start() / len(found.string))


def _by_exit(entry: Entry, paste: Paste) -> Iterator[Hit]:
    for program, exits in entry.exits.items():
        found = _last(_exit_of(program, tuple(exits)), paste)
        if found is not None:
            yield Hit(entry, f"{program} {found['code']}", WORDS, found.start() / len(found.string))


@cache
def _exit_of(program: str, exits: tuple[int, ...]) -> re.Pattern[str]:
    """Return what finds that a program ended with one of some exit codes, as it says itself or others of it."""
    said = r"(?:exit(?:ed)?|ended|failed|returned|status|code)(?:[ :=]{1,2}(?:with|status|code|exit|error)){0,3}[ :=(]{1,3}"
    codes = "|".join(f"{one}|{one & 0xFFFFFFFF}|0x{one & 0xFFFFFFFF:x}" for one in exits)
    own = r"(?:\.exe)?: \(|(?:\.exe)?.{0,80}?" + said
    return re.compile(rf"\b{re.escape(program)}(?:{own})(?P<code>{codes})(?!\w)", re.IGNORECASE)


def _by_said(entry: Entry, paste: Paste, codes: Iterable[Code], said: Iterable[Said]) -> Iterator[Hit]:
    yield from _by_message(entry, said)
    yield from _by_code(entry, codes, len(paste.flat[0]))


def _by_message(entry: Entry, said: Iterable[Said]) -> Iterator[Hit]:
    for one in said:
        if one.name in entry.wsl:
            yield Hit(entry, one.name, WORDS, one.place)


def _by_code(entry: Entry, codes: Iterable[Code], length: int) -> Iterator[Hit]:
    for code in codes:
        if code.name in entry.names and (code.sure or not entry.sure):
            yield Hit(entry, code.name, CODE if code.sure else TEXT, code.place / max(1, length), code)


def _last(pattern: re.Pattern[str], paste: Paste) -> re.Match[str] | None:
    for text in (*paste.flat, *paste.again):
        found = None
        for found in pattern.finditer(text):  # noqa: B007  the last one is what is looked for
            pass
        if found is not None:
            return found
    return None


def _search(pattern: re.Pattern[str], paste: Paste) -> bool:
    return any(pattern.search(text) for text in (*paste.flat, *paste.again))


def _is_told_better(hit: Hit, hits: Iterable[Hit]) -> bool:
    """Whether only a code speaks for an entry, and another one of the same code fits the surroundings."""
    if hit.code is None or hit.entry.where:
        return False
    others = (one for one in hits if one.entry is not hit.entry and hit.name in one.entry.names)
    return any(one.entry.where or one.code is None for one in others)
