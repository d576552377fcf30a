"""One JSON document per run and host: what was found, done, left and spent. ``schemas/result.json`` describes it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyinfra_wsl.core.escape import escape_json
from pyinfra_wsl.core.resource import plain as shown
from pyinfra_wsl.report.plain import plain
from pyinfra_wsl.report.written import Written, lines

if TYPE_CHECKING:  # a report is made of results without what makes them: pyinfra alone takes longer to load than all of it
    from pyinfra_wsl.core.windows.laptop import Laptop
    from pyinfra_wsl.core.windows.reading import Resources
    from pyinfra_wsl.report.journal import Journal, Part

_MACHINE = ("target", "windows", "user")

Document = dict[str, Any]


def before(resources: Resources, laptop: Laptop) -> dict[str, Any]:
    """Return a laptop as a result has it: the machine, the person, and each resource as its fact shows it."""
    unread = dict.fromkeys(laptop.faults, "cannot be read")
    parts = {one.name: unread.get(one.name) or _part(one.show, laptop.of(one.state)) for one in resources}
    return {**{name: shown(getattr(laptop, name)) for name in _MACHINE}, **parts}


def found(resources: Resources, laptop: Laptop) -> Written:
    """Return `before` as it is kept until the end of a run."""
    seen = before(resources, laptop)
    return Written.of(seen | {name: plain(seen[name]) for name in _MACHINE})


def _part(show: Callable[[Any], Any], state: Any) -> Any:
    try:
        return plain(show(state))
    except Exception as error:  # noqa: BLE001 - what cannot be shown is no reason to leave a laptop alone
        return f"cannot be shown ({type(error).__name__})"


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
    failures = _items(journal, lambda one: [{"resource": of, **dataclasses.asdict(failure)} for of, failure in one.failures])
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
            "changes": _items(journal, lambda one: [dataclasses.asdict(change) for change in one.changes]),
            "deferred": _items(journal, lambda one: [{"resource": of, **dataclasses.asdict(waits)} for of, waits in one.waiting]),
            "failures": failures,
            "not_proved": _items(journal, lambda one: _texts(one.unproved)),
            "not_reached": list(journal.left or ()),
            "warnings": _items(journal, lambda one: _texts(one.warnings)),
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
    for of, one in ((of, one) for journal in journals for of, one in journal.parts.items()):
        before, now = found.get(of, {"known": True}), _declared(one)
        settings = dict.fromkeys([*before.get("settings", ()), *now.get("settings", ())])
        found[of] = {**now, "known": now["known"] and before["known"], **({"settings": list(settings)} if settings else {})}
    return found


def _items(journal: Journal, of: Callable[[Journal], list[Document]]) -> list[Document]:
    """Return items of the host and of each of its people, with the name of whose they are."""
    return [item | ({"person": name} if name else {}) for name, own in journal.every.items() for item in of(own)]


def _declared(part: Part) -> dict[str, Any]:
    settings = {"settings": list(part.settings)} if part.settings else {}
    return {"words": part.words, "known": part.begun == part.known, **settings}


def _texts(notes: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"resource": of, "text": text} for of, text in notes]


def write(documents: Iterable[Document], folder: Path) -> list[str]:
    """Write the documents of one run into a folder of their own; return what kept some from being written, by host."""
    problems, taken = [], set[str]()
    for one in documents:
        name = file_name(one["host"])
        while name.lower() in taken:
            name += "_"
        taken.add(name.lower())
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.json").write_bytes(written(one) + b"\n")
        except (OSError, ValueError, RecursionError) as error:
            problems.append(f"{one['host']}: {error}")
    return problems


def file_name(host: str) -> str:
    """Return the name of a host's file, without its ending."""
    return host.replace("/", "_")


def written(value: Any) -> bytes:
    """Return a document, or several, as JSON; what no terminal should get, and no file can hold, is escaped as JSON has it."""
    return escape_json(lines(value)).encode()
