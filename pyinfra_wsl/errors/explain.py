"""From a text to an answer: clean it, find the signs, weigh them, and say what is known, or that nothing is."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from pyinfra_wsl.errors import catalogue, codes, hits, normalise, sentences, settings, surroundings
from pyinfra_wsl.errors.answer import Answer, Finding
from pyinfra_wsl.errors.codes import Code
from pyinfra_wsl.errors.hits import Hit
from pyinfra_wsl.errors.normalise import Paste
from pyinfra_wsl.errors.sentences import Said
from pyinfra_wsl.known import table
from pyinfra_wsl.known.table import UNKNOWN

MOST = 5
"""Findings of one answer: a log may hold the whole catalogue."""
_TAKEN = 120
"""Characters that are taken over from the text in one place."""

_CAUSE = "not known: it does not tell the cause by itself"
_LOOK = (
    "look at what was printed before it and in the program's own log (dism.log, msiexec /l*v, 'docker desktop diagnose', "
    "journalctl), and paste that too"
)


def explain(text: str) -> Answer:
    """Say what a pasted text of WSL, Windows, Docker, KVM, SSH or WinRM means; any text may be given.

    Args:
        text: error texts as they were printed, in any of WSL's languages; several may stand in one.

    """
    known = catalogue.load()
    paste = normalise.paste(text)
    said = list(sentences.find(paste, known.sentences))
    found = _meant(paste, _codes(paste.flat, said, known.numbers))
    seen = _ours(paste, hits.find(paste, known, found, said), {one.name for one in said})
    told = [*settings.find((paste.flat[0], *paste.again), known.settings), *_findings(seen)]
    sure = {code.shown: code for code in found if code.sure}
    named = tuple(sure)
    if not told:
        return Answer(tuple(_not_known(code, paste.flat[0]) for code in list(sure.values())[:MOST]), named)
    stand = tuple(name for name in (*named, *told[0].codes) if name != told[0].name)
    return Answer((replace(told[0], codes=tuple(dict.fromkeys(stand))[: 2 * MOST]), *told[1:MOST]))


def _codes(texts: Sequence[str], said: Iterable[Said], numbers: Mapping[str, int]) -> list[Code]:
    """Return the codes of all forms of a text, and those whose text stands there."""
    found: dict[str, Code] = {}
    for text in texts:
        for code in codes.find(text, numbers):
            if code.name in numbers or text is texts[0]:  # where lines are joined, words may be that are none
                found.setdefault(code.shown, code)
    for one in said:
        if one.name in numbers:
            code = Code(one.name, numbers[one.name], int(one.place * len(texts[0])), sure=False)
            found.setdefault(code.shown, code)
    return sorted(found.values(), key=lambda code: code.place)


def _meant(paste: Paste, found: list[Code]) -> list[Code]:
    """Return the codes that a text is about: not those that it denies, and no small number where it names nobody."""
    left = surroundings.denied(paste.flat[0], found)
    ours = surroundings.names_ours(paste)
    return [code for code in found if code not in left and (ours or not code.small)]


def _ours(paste: Paste, found: Sequence[Hit], said: Container[str]) -> Sequence[Hit]:
    """Return what is to be told: of another program's error no more than what means the same whoever met it."""
    if surroundings.names_ours(paste):
        return found
    return [hit for hit in found if not (hit.of_windows and surroundings.is_of_others(paste, hit.code, said=hit.name in said))]


def _findings(found: Sequence[Hit]) -> Iterator[Finding]:
    """Yield what is a cause, each area and remedy once; what any failure brings with it is none."""
    seen = set()
    for hit in found:
        if hit.weight >= hits.LIGHT and hit.entry.remedy not in seen:
            seen.add(hit.entry.remedy)
            yield _finding(hit)


def _not_known(code: Code, text: str) -> Finding:
    """Say of a name or number that it tells no cause, in the words of runs where they have some."""
    entry = table.of(code.name, text)
    if entry is None or entry.area != UNKNOWN:
        return Finding(code.shown, UNKNOWN, _CAUSE, _LOOK)
    return Finding(code.shown, UNKNOWN, f"not known: {entry.cause}", entry.remedy)


def _finding(hit: Hit) -> Finding:
    entry, code = hit.entry, hit.code
    shown = (code.shown,) if code and code.name and code.shown != hit.name else ()
    return Finding(hit.name[:_TAKEN], entry.area, entry.cause, entry.remedy, entry.repaired_by, shown)
