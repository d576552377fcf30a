"""One JSON document per run and host: what was found, done, left and spent. ``schemas/result.json`` describes it."""

from __future__ import annotations

import dataclasses
import marshal
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pyinfra_wsl.core.escape import escape_json
from pyinfra_wsl.core.resource import plain as shown
from pyinfra_wsl.report import file_name
from pyinfra_wsl.report.plain import plain
from pyinfra_wsl.report.written import Written, entry, entry_of_short, lines

if TYPE_CHECKING:  # a report is made of results without what makes them: pyinfra alone takes longer to load than all of it
    from pyinfra_wsl.core.windows.laptop import Laptop
    from pyinfra_wsl.core.windows.reading import Resources
    from pyinfra_wsl.core.windows.resource import WindowsResource
    from pyinfra_wsl.report.journal import Journal, Part

_MACHINE = ("target", "windows", "user")
_EXACT = 2
"""The last version of Python's own format in which a value has the same bytes however often it is used elsewhere."""
_SHORT = 8192
"""Bytes of a part that is kept for the next laptop that has it too."""

T = TypeVar("T")

Document = dict[str, Any]


def before(resources: Resources, laptop: Laptop) -> dict[str, Any]:
    """Return a laptop as a result has it: the machine, the person, and each resource as its fact shows it."""
    machine = {name: shown(getattr(laptop, name)) for name in _MACHINE}
    return machine | {one.name: _part(one, laptop, plain) for one in resources}


def found(resources: Resources, laptop: Laptop) -> Written:
    """Return `before` as it is kept until the end of a run; a part that several laptops have alike is written and kept once."""
    machine = [entry(name, plain(shown(getattr(laptop, name)))) for name in _MACHINE]
    return Written.having(machine + [_part(one, laptop, partial(_entry, one.name)) for one in resources])


def _part(resource: WindowsResource[Any, Any], laptop: Laptop, write: Callable[[Any], T]) -> T:
    if resource.name in laptop.faults:
        return write("cannot be read")
    state = laptop.of(resource.state)
    try:
        return write(resource.show(state))
    except Exception as error:  # noqa: BLE001 - what cannot be shown is no reason to leave a laptop alone
        return write(f"cannot be shown ({type(error).__name__})")


def _entry(name: str, value: Any) -> str:
    try:
        spelled = marshal.dumps(value, _EXACT)
    except ValueError:
        return entry(name, plain(value))
    return _entry_once(name, spelled) if len(spelled) <= _SHORT else entry(name, plain(value))


@lru_cache(maxsize=128)
def _entry_once(name: str, spelled: bytes) -> str:
    return entry_of_short(name, marshal.loads(spelled))  # noqa: S302 - it was written just before, in this process


def document(
    name: str, run: Mapping[str, str], journal: Journal, spent: Mapping[str, int | None], groups: Iterable[str] = ()
) -> Document:
    """Put one host's results together, of plain values of bounded size.

    Args:
        name: the host's name.
        run: id, end and holder of the run.
        journal: what was noted.
        spent: processes, requests and restarts; None where they were not counted.
        groups: the host's groups.

    """
    every = journal.every.items()
    failures = [_item(whose, of, dataclasses.asdict(one)) for whose, own in every for of, one in own.failures]
    if journal.offline:
        failures.append({"resource": "connection", **dataclasses.asdict(journal.offline), "code": "offline"})
    made: Document = plain(
        {
            "run": dict(run),
            "host": name,
            "groups": list(groups),
            "outcome": journal.outcome,
            "seconds": journal.seconds,
            **spent,
            "resources": _parts(journal.every.values()),
            "changes": [_whose(whose, dataclasses.asdict(one)) for whose, own in every for one in own.changes],
            "deferred": [_item(whose, of, dataclasses.asdict(one)) for whose, own in every for of, one in own.waiting],
            "failures": failures,
            "not_proved": [_item(whose, of, {"text": text}) for whose, own in every for of, text in own.unproved],
            "not_reached": list(journal.left or ()),
            "warnings": [_item(whose, of, {"text": text}) for whose, own in every for of, text in own.warnings],
            "left_out": list(journal.left_out),
        }
    )
    people = {"people": {plain(one): _person(journal, one) for one in sorted(journal.people)}} if journal.people else {}
    return {**made, **people, "before": _before(journal)}


def _person(journal: Journal, name: str) -> Document:
    own = journal.people[name]
    return {"outcome": journal.outcome_of(name), "resources": plain(_parts([own])), "before": _before(own)}


def _before(journal: Journal) -> Any:
    return journal.before if isinstance(journal.before, Written) else plain(journal.before)


def _parts(journals: Iterable[Journal]) -> dict[str, Any]:
    """Return what is declared, as far as the run came to it: known where it is so of everybody, who all have the same."""
    found: dict[str, Any] = {}
    for journal in journals:
        for of, part in journal.parts.items():
            now = _declared(part)
            found[of] = _both(found[of], now) if of in found else now
    return found


def _both(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    settings = list(dict.fromkeys([*before.get("settings", ()), *now.get("settings", ())]))
    return {**now, "known": now["known"] and before["known"], **({"settings": settings} if settings else {})}


def _item(person: str, resource: str, noted: Document) -> Document:
    return _whose(person, {"resource": resource, **noted})


def _whose(person: str, item: Document) -> Document:
    """Return an item of the host or of one of its people, with the name of whose it is."""
    return item | {"person": person} if person else item


def _declared(part: Part) -> dict[str, Any]:
    settings = {"settings": list(part.settings)} if part.settings else {}
    return {"words": part.words, "known": part.begun == part.known, **settings}


def write(documents: Iterable[Document], folder: Path) -> list[str]:
    """Write the documents of one run into a folder of their own; return what kept some from being written, by host."""
    problems, taken, into, ready = [], set[str](), str(folder), False
    for one in documents:
        name = file_name.of(one["host"])
        while name.lower() in taken:
            name += "_"
        taken.add(name.lower())
        try:
            if not ready:
                folder.mkdir(parents=True, exist_ok=True)
                ready = True
            text = written(one) + b"\n"
            with open(f"{into}/{name}.json", "wb") as file:  # noqa: PTH123 - for each host of a fleet
                file.write(text)
        except (OSError, ValueError, RecursionError) as error:
            problems.append(f"{one['host']}: {error}")
    return problems


def written(value: Any) -> bytes:
    """Return a document, or several, as JSON; what no terminal should get, and no file can hold, is escaped as JSON has it."""
    return escape_json(lines(value)).encode()
