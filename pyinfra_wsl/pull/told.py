"""The document of a pull: as that of any run, with what it was fetched from, and by default without anybody's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.pull.converge import Run
from pyinfra_wsl.pull.values import Told
from pyinfra_wsl.report import results
from pyinfra_wsl.report.plain import plain
from pyinfra_wsl.report.results import Document
from pyinfra_wsl.report.written import Written

_SID = re.compile(r"S-1-(?:5-21|12-1)(?:-\d+)+", re.IGNORECASE)
_PROFILE = re.compile(r"([A-Za-z]:\\Users\\)(?!Public\b)[^\\/:*?\"<>|\r\n]+", re.IGNORECASE)
_MACHINE = ("build", "revision", "edition", "release", "architecture")
_SHORTEST = 2  # letters of a name that is looked for in texts
THEIRS, OTHERS = "the laptop's user", "another user"


def document(name: str, run_of: Mapping[str, str], run: Run, told: Told) -> Document:
    """Put a document together.

    Args:
        name: the laptop's name.
        run_of: id, end and holder of the run.
        run: what became of it.
        told: what it says of the pull.

    """
    session, notes = run.session, run.journal
    spent = {"processes": session.processes, "requests": session.requests, "restarts": session.restarts}
    groups = told.held.slice.groups if told.held else ()
    made = results.document(name, run_of, notes, spent, groups)
    if notes.doing is not None:
        words = f"begun, and its end was not seen: {notes.doing.sentence}"
        made["warnings"].append({"resource": notes.doing.resource, "text": words})
    made["pull"] = told.values
    if told.detail == "full":
        return made
    people = {name: f"user {number}" for number, name in enumerate(made.get("people", {}), 1)}
    brief = {**made, "before": _brief(made["before"], session.seen)}
    if people:
        brief["people"] = {people[name]: {**one, "before": None} for name, one in made["people"].items()}
    found: Document = hidden(brief, session.seen, people)
    return found


def _brief(before: Any, seen: Laptop | None) -> Any:
    """Return of a laptop what says nothing of people."""
    if seen is None or before is None:
        return None
    return {"windows": {name: plain(getattr(seen.windows, name)) for name in _MACHINE}}


def hidden(value: Any, seen: Laptop | None, people: Mapping[str, str] = MappingProxyType({})) -> Any:
    """Return a value without names, SIDs and profile folders of a laptop's people.

    Args:
        value: of mappings, whose keys stay, lists and texts.
        seen: the laptop; None where it was not seen.
        people: what stands for those by whose names its parts are told.

    """
    names = _names(seen)
    for name, word in people.items():
        names |= dict.fromkeys([form for form in _forms(name) if _is_told(form)], word)
    words = sorted(names, key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<![\w-]){re.escape(one)}(?![\w-])" for one in words) or r"(?!)", re.IGNORECASE)
    return _without(value, pattern, {one.casefold(): whose for one, whose in names.items()})


def _names(seen: Laptop | None) -> dict[str, str]:
    """Return what people are called on a laptop: in all forms, with what stands there instead."""
    if seen is None:
        return {}
    windows, own = seen.windows, seen.user.sid if seen.user else ""
    found: dict[str, str] = {}
    for sid, one in _called(windows.desktops, windows.profiles, windows.local or {}, windows.cached):
        found.update(dict.fromkeys(_forms(one), THEIRS if sid == own else OTHERS))
    for one, whose in ((windows.console, OTHERS), (windows.account, OTHERS), (seen.user.account if seen.user else "", THEIRS)):
        for form in _forms(one):
            found[form] = THEIRS if found.get(form) == THEIRS else whose
    return {one: whose for one, whose in found.items() if _is_told(one)}


def _is_told(name: str) -> bool:
    return len(name) >= _SHORTEST and name.upper() != "SYSTEM"


def _called(
    desktops: Mapping[str, str], profiles: Mapping[str, str], local: Mapping[str, str], cached: Mapping[str, tuple[str, ...]]
) -> Iterable[tuple[str, str]]:
    yield from desktops.items()
    yield from ((sid, path.rpartition("\\")[2]) for sid, path in profiles.items() if _SID.fullmatch(sid))
    yield from local.items()
    yield from ((sid, one) for sid, several in cached.items() for one in several)


def _forms(name: str) -> set[str]:
    plain_name = name.rpartition("\\")[2]
    return {name, plain_name, plain_name.partition("@")[0]} - {""}


def _without(value: Any, pattern: re.Pattern[str], instead: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        text = pattern.sub(lambda found: instead.get(found[0].casefold(), OTHERS), value)
        return _PROFILE.sub(r"\1…", _SID.sub("S-…", text))
    if isinstance(value, dict):
        return {key: _without(one, pattern, instead) if key not in _OURS else one for key, one in value.items()}
    if isinstance(value, list):
        return [_without(one, pattern, instead) for one in value]
    return OTHERS if isinstance(value, Written) else value


_OURS = ("run", "host", "groups", "outcome", "pull", "resource", "code", "waits_for", "words")
"""What of a document is never of a person."""
