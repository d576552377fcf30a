"""The section ``rollout`` of a fleet file: what is wrong with it beyond its schema, and what is only to be noted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pyinfra_wsl.core import show
from pyinfra_wsl.core.formats import quantities
from pyinfra_wsl.core.nearest import nearest
from pyinfra_wsl.core.problem import Path, Problem
from pyinfra_wsl.fleet import ranges
from pyinfra_wsl.fleet.line import beside

KEY = "rollout"
_Readers = dict[tuple[str, ...], Callable[[Any], object]]

_KINDS = ("percent", "size")
_EXPLICIT = ("groups", "hosts")
_FIRST = timedelta(minutes=10)
"""The first wait where none is declared (schemas/rollout.json)."""
_SHORT = timedelta(minutes=30)
_MOST_NAMED = 20
_GATE: _Readers = {("gate", "wait"): quantities.span, ("gate", "converged"): quantities.share}
_READERS: Mapping[str, _Readers] = {
    "": _GATE | {("retry", key): quantities.span for key in ("first", "longest", "until")},
    "rings": _GATE | {("percent",): quantities.percent},
    "windows": {("from",): quantities.of_day, ("to",): quantities.ending, ("days",): quantities.days},
}
"""What reads single values, by their paths: of the section itself, and of each item of its lists."""

_NAMED = 3
_NEEDED = (
    ("per_site", "site", "any number of them is worked on at once"),
    ("windows", "time_zone", "that of the machine from which it is rolled out counts"),
)

Section = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """What a section's names are held against.

    Args:
        hosts: the groups of each machine, by its name; None where a command that names machines was not run.
        groups: the names of the groups.
        line: returns the line of a path.

    """

    hosts: Mapping[str, Collection[str]] | None
    groups: Collection[str]
    line: Callable[[Path], int]


def form(section: Any) -> Iterator[Problem]:
    """Yield what is wrong with single values, said better than by the schema: spans, times of day, days, percentages.

    Args:
        section: of any form, without nulls.

    """
    yield from (one.below(KEY) for one in _misread(section, _READERS[""]))
    for kind in ("rings", "windows"):
        items = section.get(kind) if isinstance(section, Mapping) else None
        for index, item in enumerate(items) if isinstance(items, list) else ():
            yield from (one.below(KEY, kind, index) for one in _misread(item, _READERS[kind]))


def _misread(holder: Any, readers: _Readers) -> Iterator[Problem]:
    for path, read in readers.items():
        value = holder
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        try:
            if value is not None:
                read(value)
        except quantities.MeantError as error:
            yield Problem(path, error.message, error.remedy)


def check(section: Section, known: Known) -> Iterator[Problem]:
    """Yield what a schema cannot say: names that are not there, rings that nobody is left for, spans that exclude each other.

    Args:
        section: its form is right.
        known: the fleet's names.

    """
    yield from (one.below(KEY) for one in (*_rings(section.get("rings") or [], known), *_retry(section.get("retry") or {})))


def _rings(rings: list[Section], known: Known) -> Iterator[Problem]:
    taken: dict[tuple[str, str], int] = {}
    percent = Decimal(0)
    for index, ring in enumerate(rings):
        for problem in (*_kind(ring), *_once(ring, index, taken, known), *_names(ring, known)):
            yield problem.below("rings", index)
        percent += quantities.percent(ring.get("percent") or 0)
        if ring.get("percent") is not None and percent > 100:
            said = f"with the rings before it, this is {percent.normalize():f} % of the fleet"
            yield Problem(("rings", index, "percent"), said, "let all together be 100 at most")
            return
        if index < len(rings) - 1 and _takes_rest(ring):
            said = "takes all that are left, so that nobody is left for the rings behind it"
            yield Problem(("rings", index), said, "put it last, or give it groups, hosts, percent or size")
            return
    if rings and percent < 100 and not _takes_rest(rings[-1]):
        yield Problem(("rings",), "leave out who is in none of them", "write as the last one: - name: rest")


def _takes_rest(ring: Section) -> bool:
    return not any(ring.get(key) is not None for key in (*_EXPLICIT, *_KINDS))


def _kind(ring: Section) -> Iterator[Problem]:
    """Yield that a ring is declared in two ways at once, or of none."""
    said = [key for key in (*_EXPLICIT, *_KINDS) if ring.get(key) is not None]
    if len(said) > 1 and set(said) != set(_EXPLICIT):
        yield Problem((said[-1],), f"cannot be beside {said[0]}", "make two rings of it")
    if ring.get("percent") is not None and quantities.percent(ring["percent"]) == 0:
        yield Problem(("percent",), "0 % is nobody", "write more, or leave the ring out")


def _once(ring: Section, index: int, taken: dict[tuple[str, str], int], known: Known) -> Iterator[Problem]:
    """Yield what two rings have both."""
    keys: list[tuple[str, str, Path]] = [("name", ring["name"].casefold(), ("name",))]
    keys += [(kind, name, (kind, at)) for kind in _EXPLICIT for at, name in enumerate(ring.get(kind) or ())]
    for kind, name, place in keys:
        if (other := taken.setdefault((kind, name), index)) != index:
            there, here = known.line((KEY, "rings", other)), known.line((KEY, "rings", index, *place))
            of = "is the name of another ring" if kind == "name" else "belongs to another ring already"
            yield Problem(place, f"{show.value(name)} {of}, in {beside(there, here)}", "keep one")


def _names(ring: Section, known: Known) -> Iterator[Problem]:
    """Yield the groups and machines that there are not."""
    for at, group in enumerate(ring.get("groups") or ()):
        if group not in known.groups:
            yield Problem(("groups", at), f"no such group {show.value(group)}", _meant(group, known.groups, "groups"))
    for at, written in enumerate(ring.get("hosts") or ()):
        try:
            missing = [one for one in ranges.names(written) if known.hosts is not None and one not in known.hosts]
        except ranges.RangeError as error:
            message, _, remedy = str(error).partition("; ")
            yield Problem(("hosts", at), message, remedy)
            continue
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            message = f"no such host {show.value(missing[0])}{more}"
            yield Problem(("hosts", at), message, _meant(missing[0], known.hosts or (), "hosts"))


def _meant(name: str, known: Collection[str], kind: str) -> str:
    if meant := nearest(name, known):
        return f"did you mean {show.name(meant)}?"
    if kind == "groups" and known and len(known) <= _MOST_NAMED:
        return f"the groups are {', '.join(map(show.name, sorted(known)))}"
    return f"name one that stands below {kind}:"


def _retry(retry: Section) -> Iterator[Problem]:
    spans = {key: quantities.span(value) for key, value in retry.items()}
    first = spans.get("first", _FIRST)
    if first < timedelta(seconds=1):
        yield Problem(("retry", "first"), f"{show.value(retry['first'])} is too short", "the least is 1s")
    if "longest" in spans and spans["longest"] < first:
        yield Problem(("retry", "longest"), "the longest wait is shorter than the first", f"write {_at_least(retry)}")
    if "until" in spans and timedelta(0) < spans["until"] < first:
        yield Problem(
            ("retry", "until"), "nobody would be tried again before it", f"write {_at_least(retry)}, or 0s for no tries"
        )


def _at_least(retry: Section) -> str:
    return f"{retry.get('first', '10m')} or more"


def notes(section: Section, known: Known, machines: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    """Yield what may be meant, and is worth a word.

    Args:
        section: nothing is wrong with it.
        known: the fleet's names.
        machines: what each of them must be, by name.

    """
    for index, window in enumerate(section.get("windows") or ()):
        if (length := _length(window)) < _SHORT:
            said = f"is {length.seconds // 60} minutes long: who is begun in it goes on to their end, and few can be begun"
            yield Problem((KEY, "windows", index), said)
    for index, ring in enumerate(section.get("rings") or ()):
        groups = set(ring.get("groups") or ())
        members = known.hosts.values() if known.hosts is not None else [groups]
        if groups and not ring.get("hosts") and not any(groups.intersection(one) for one in members):
            yield Problem((KEY, "rings", index), "has no machine: nobody is in its groups")
    for key, name, meaning in _NEEDED:
        without = [one for one, values in machines.items() if values.get(name) is None]
        if section.get(key) and without and (key == "per_site" or len(without) < len(machines)):
            more = f" and {len(without) - _NAMED} more" if len(without) > _NAMED else ""
            yield Problem((KEY, key), f"{', '.join(map(show.name, without[:_NAMED]))}{more}: no {name} is declared, so {meaning}")


def _length(window: Section) -> timedelta:
    begins, ends = (datetime.combine(date(1, 1, 1), one) for one in (
        quantities.of_day(window["from"]), quantities.ending(window["to"])))  # fmt: skip
    return ends - begins if begins < ends else ends + timedelta(days=1) - begins
