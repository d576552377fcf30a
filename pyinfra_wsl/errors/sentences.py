"""Sentences of WSL and Windows in any language, found by their letters: quote marks, spaces and broken lines do not count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pyinfra_wsl.errors.normalise import Paste, halves, plain, squeeze

_FEWEST = 6
"""Letters that a sentence needs, in scripts of syllables; of ASCII letters it needs more."""
_FEWEST_ASCII = 16
_FEWEST_HALVES = 10  # different ones: of Japanese half of all is the same byte
_GAP = 400
"""Letters that may be filled in for one placeholder."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One wording.

    Args:
        name: which message it is.
        parts: its letters between placeholders.
        ascii: the same for text whose other letters are lost; empty where too little would be left.
        halves: what is left of it where its UTF-16 was read as UTF-8; empty where too little is.

    """

    name: str
    parts: tuple[str, ...]
    ascii: tuple[str, ...]
    halves: str = ""
    longest: tuple[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Keep the longest part of both: most sentences are not in a text, and are told by it."""
        object.__setattr__(self, "longest", tuple(max(one, key=len, default="") for one in (self.parts, self.ascii)))


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence that stands in a text.

    Args:
        name: which message it is.
        filled: the letters and digits that stand at its placeholders.
        place: where it begins, as a share of the text between 0 and 1.

    """

    name: str
    filled: tuple[str, ...]
    place: float


def sentence(name: str, wording: str, fewest: int = _FEWEST) -> Sentence:
    """Prepare a wording; ``{}`` stands for what is filled in.

    Args:
        name: which message it is.
        wording: its text.
        fewest: letters that it needs; one with fewer is never found.

    """
    parts = wording.split("{}")
    letters, few = tuple(map(squeeze, parts)), tuple(map(plain, parts))
    long = sum(map(len, letters))
    needed = fewest if long > len("".join(few)) or fewest < _FEWEST else _FEWEST_ASCII - 4
    rest = sum(map(len, few))
    left = halves(max(parts, key=len).encode("utf-16-le").decode("utf-8", "ignore")) if rest < long else ""
    return Sentence(
        name,
        letters if long >= needed else (),
        few if rest >= _FEWEST_ASCII and rest > long * 0.7 else (),
        left if len(set(left)) >= _FEWEST_HALVES else "",
    )


def stands_in(letters: str, one: Sentence) -> bool:
    """Whether a sentence stands in a text of letters and digits alone."""
    return bool(one.parts) and _found(one.name, one.parts, one.longest[0], (letters,)) is not None


def find(paste: Paste, sentences: Iterable[Sentence]) -> Iterator[Said]:
    """Yield the sentences that stand in a text."""
    for one in sentences:
        letters, plain_letters = one.longest
        found = _found(one.name, one.parts, letters, paste.letters) if letters else None
        if found is None and plain_letters:
            found = _found(one.name, one.ascii, plain_letters, paste.ascii)
        if found is None and one.halves and one.halves in paste.halves:
            found = Said(one.name, (), paste.halves.index(one.halves) / len(paste.halves))
        if found is not None:
            yield found


def _found(name: str, parts: tuple[str, ...], longest: str, texts: Iterable[str]) -> Said | None:
    for text in texts:
        if longest in text and (found := _in(text, name, parts, longest)) is not None:
            return found
    return None


def _in(text: str, name: str, parts: tuple[str, ...], longest: str) -> Said | None:
    for start in _places(text, parts[0] or longest):
        if filled := _filled(text, parts, start if parts[0] else max(0, start - _GAP)):
            return Said(name, filled[1:], start / len(text))
    return None


def _places(text: str, part: str) -> Iterator[int]:
    place, tries = text.find(part), 0
    while place >= 0 and tries < 50:
        yield place
        place, tries = text.find(part, place + 1), tries + 1


def _filled(text: str, parts: tuple[str, ...], start: int) -> tuple[str, ...]:
    """Return what stands at the placeholders, after an empty first; nothing where the parts do not follow one another."""
    filled, place = [""], start
    for number, part in enumerate(parts):
        if not part and number == len(parts) - 1:
            filled.append(text[place : place + _GAP // 4])
            continue
        at = text.find(part, place, place + len(part) + (_GAP if number else len(part) + _GAP))
        if at < 0:
            return ()
        if number:
            filled.append(text[place:at])
        place = at + len(part)
    return tuple(filled)
