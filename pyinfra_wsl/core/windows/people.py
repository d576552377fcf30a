r"""Who of a laptop's people uses WSL or Docker Desktop: those for whom ``user: every`` is declared.

Somebody uses WSL who has a distribution registered (a key ``{GUID}`` below ``Lxss`` of their hive), and Docker Desktop who has
its settings, an installation of their own, or one that runs. The hive of who is logged off is read from a copy (`hive`), and
only where nothing else shows that they are meant. Who is seen to use neither is left alone; of whom it could not be seen, that
is told and waited for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.talk import Request, Talk
from pyinfra_wsl.core.windows import hive, machine, whose, work
from pyinfra_wsl.core.windows.machine import Windows
from pyinfra_wsl.core.windows.user import User

LXSS = r"Software\Microsoft\Windows\CurrentVersion\Lxss"
_SECONDS = 300.0
_AT_ONCE = 10  # hives of one request: a school's laptop has a hundred profiles, and each takes a second or more
_PEOPLE = 500  # of one request, which asks a few things of each; a terminal server has thousands, and an answer is bounded
_PROGRAM = "Docker Desktop.exe"
_ROAMING, _LOCAL = r"AppData\Roaming\Docker", r"AppData\Local\Programs\DockerDesktop"
_DOCKERS = (rf"{_ROAMING}\settings-store.json", rf"{_ROAMING}\settings.json", rf"{_LOCAL}\{_PROGRAM}")


@dataclass(frozen=True, slots=True)
class Person:
    r"""Somebody with a profile who uses WSL or Docker Desktop, or of whom that is not known.

    Args:
        sid: the account's security identifier.
        account: ``DOMAIN\name``, or the SID where no name is known.
        closed: whether their registry is loaded with their desktop alone, so that without one it is read from a copy.
        unknown: why it is not known whether they use either; empty where they do.

    """

    sid: str
    account: str
    closed: bool = False
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class _Seen:
    """One of the people as far as they were looked at; `uses` is None while that is not known, or `why` it cannot be."""

    person: Person
    profile: str
    uses: bool | None
    why: str = ""


_Step = tuple[str, str, Call]
"""Of whom, by which name the answer is kept, and what is asked."""


def look(windows: Windows) -> Talk[tuple[Person, ...]]:
    """Return who uses WSL or Docker Desktop, by name; who is at the screen where nobody does so far.

    Args:
        windows: the laptop as it was just seen.

    """
    profiles = {**{sid: one.folder for sid, one in windows.unfit.items() if one.folder}, **windows.profiles}
    everybody = machine.known(windows)
    sids = sorted(sid for sid in profiles if not whose.is_deleted(sid, everybody))
    head = [work.probe(), call.registry_read("HKU", depth=1)]
    told: dict[str, dict[str, Answer]] = {}
    running = hives = Answer(False)
    for first in range(0, max(len(sids), 1), _PEOPLE):
        steps = [(sid, *step) for sid in sids[first : first + _PEOPLE] for step in _asked(sid, profiles[sid]).items()]
        answers = yield Request([*head, *(one for _sid, _name, one in steps)], True, "looking for who uses WSL", _SECONDS)
        if head:
            running, hives, *answers = answers
            head = []
        told |= _by_person(steps, answers)
    busy = {one.sid for one in work.read(running) or () if one.docker or one.client}
    seen = [_seen(windows, sid, profiles[sid], told[sid], busy) for sid in sids]
    seen = yield from _opened(windows, seen, hive.left(hives))
    found = [replace(one.person, unknown="" if one.uses else one.why) for one in seen if one.uses is not False]
    return tuple(sorted(_apart(found or _at_screen(windows)), key=lambda one: one.account.lower()))


def _asked(sid: str, profile: str) -> dict[str, Call]:
    return {
        "loaded": call.registry_read(rf"HKU\{sid}\Software"),
        "lxss": call.registry_read(rf"HKU\{sid}\{LXSS}", depth=1),
        "file": hive.header(profile),
        **{f"docker{number}": call.file_state(rf"{profile}\{name}") for number, name in enumerate(_DOCKERS)},
    }


def _seen(windows: Windows, sid: str, profile: str, answers: Mapping[str, Answer], busy: set[str]) -> _Seen:
    loaded, lxss, file = (answers[name] for name in ("loaded", "lxss", "file"))
    closed = loaded.ok and not loaded.exists
    name = whose.called(sid, machine.known(windows)) or sid
    person = Person(sid, name, sid in windows.desktops or (closed and file.exists))
    docker = any(answers[f"docker{number}"].exists for number in range(len(_DOCKERS)))
    if docker or sid in busy or distros(lxss):
        return _Seen(person, profile, True)
    if unseen := next((one for name, one in answers.items() if name.startswith("docker") and not one.ok), None):
        return _Seen(person, profile, None, f"whether they use Docker Desktop cannot be seen: {unseen.message}")
    if not closed:
        fault = loaded.message or lxss.message
        return _Seen(person, profile, False if loaded.ok and lxss.ok else None, f"their registry cannot be read: {fault}")
    if file.exists:
        return _Seen(person, profile, None)
    # Without a hive there is no profile yet: a key in ProfileList whose folder is gone.
    gone = file.ok or file.kind == "not_found"
    return _Seen(person, profile, False if gone else None, f"{profile}\\{hive.FILE} cannot be read: {file.message or file.kind}")


def distros(lxss: Answer) -> bool:
    """Whether a distribution is registered."""
    keys = lxss.value.get("keys") if lxss.exists else None
    return isinstance(keys, Mapping) and any(str(name).startswith("{") for name in keys)


def _opened(windows: Windows, seen: Sequence[_Seen], left: Sequence[str]) -> Talk[list[_Seen]]:
    """Look into the hives of those of whom nothing else is known, and unload what earlier runs have left."""
    closed = [one for one in seen if one.person.closed and one.uses is None and not one.why]
    found: dict[str, _Seen] = {}
    stale = list(_stale(left, windows.program_files))
    for first in range(0, max(len(closed), bool(stale)), _AT_ONCE):
        found |= yield from _read(closed[first : first + _AT_ONCE], stale if first == 0 else (), windows.program_files)
    return [found.get(one.person.sid, one) for one in seen]


def _read(closed: Sequence[_Seen], before: Iterable[_Step], program_files: str) -> Talk[dict[str, _Seen]]:
    """Look into the hives of some people, after what has to be done before; return what they show, by SID."""
    steps = [*before, *(step for one in closed for step in _reading(one, program_files))]
    answers = yield Request([one for _sid, _name, one in steps], True, "looking for who uses WSL", _SECONDS)
    told = _by_person(steps, answers)
    found = {one.person.sid: _judged(one, told[one.person.sid]) for one in closed}
    for sid, one in found.items():
        if hive.loaded(told[sid]) and (why := (yield from hive.closed(sid, program_files, told[sid]["unload"]))):
            found[sid] = replace(one, uses=None, why=f"a copy of their registry is loaded still: {why}")
    return found


def _by_person(steps: Sequence[_Step], answers: Sequence[Answer]) -> dict[str, dict[str, Answer]]:
    told: dict[str, dict[str, Answer]] = {}
    for (sid, name, _call), answer in zip(steps, answers, strict=True):
        told.setdefault(sid, {})[name] = answer
    return told


def _reading(one: _Seen, program_files: str) -> Iterator[_Step]:
    sid = one.person.sid
    read = {"lxss": call.registry_read(rf"{hive.key(sid)}\{LXSS}", depth=1)}
    opening, closing = hive.opening(sid, one.profile, program_files), hive.closing(sid, program_files)
    yield from ((sid, name, step) for name, step in {**opening, **read, **closing}.items())


def _stale(left: Sequence[str], program_files: str) -> Iterator[_Step]:
    for sid in left:
        yield from ((f"left {sid}", name, step) for name, step in hive.taking_away(sid, program_files).items())


def _judged(one: _Seen, answers: Mapping[str, Answer]) -> _Seen:
    if why := hive.why_not(answers):
        return replace(one, why=f"their registry is not known: {why}")
    lxss = answers["lxss"]
    return replace(one, uses=distros(lxss)) if lxss.ok else replace(one, why=f"their registry cannot be read: {lxss.message}")


def _apart(found: Sequence[Person]) -> Iterator[Person]:
    """Yield people under names that are each their own: of two whose domains are not known, with the SID."""
    names = Counter(one.account.lower() for one in found)
    for one in found:
        yield one if names[one.account.lower()] == 1 else replace(one, account=f"{one.account} ({one.sid})")


def _at_screen(windows: Windows) -> list[Person]:
    found = machine.find_user(windows, whose.CONSOLE)
    return [Person(found.sid, found.account, closed=True)] if isinstance(found, User) else []
