"""The table at the end of a run: each host, what changed, what waits and why, what failed and the next step."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.plan import WHAT_FAILED
from pyinfra_wsl.report.once import Once, once, whose
from pyinfra_wsl.report.results import Document

_COLOURS = {
    "converged": "green", "deferred": "yellow", "unfinished": "yellow", "not looked at": "yellow", "failed": "red",
    "offline": "magenta",
}  # fmt: skip
_LONGEST = 2000  # characters of one entry; all of it stands in the results
_LISTED = 3


def console() -> Console:
    """Return where the table is printed; where nobody tells the width, it is wide enough for one."""
    if hasattr(sys.stdout, "reconfigure"):  # a terminal without a character shows its number
        sys.stdout.reconfigure(errors="backslashreplace")
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 140
    return Console(highlight=False, markup=False, emoji=False, width=width)


def shown(text: object) -> str:
    """Return a text as it is shown to a person, whoever has written it: the one place through which all of the table goes."""
    return escape(text, _LONGEST)


def print_table(documents: Iterable[Document], console: Console) -> None:
    """Print the table.

    Args:
        documents: one per host.
        console: where to print.

    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for _figure in ("requests", "restarts", "seconds"):
        table.add_column(justify="right", no_wrap=True)
    for one in documents:
        table.add_row(Text(shown(one["host"])), *row(one), *_figures(one))
    console.print()
    console.print(table)


def row(one: Document) -> tuple[Text, Text]:
    """Return how a host ended, and what is said of it."""
    return Text(shown(one["outcome"]), _COLOURS.get(one["outcome"], "red")), _what(one)


def print_totals(documents: Sequence[Document], where: str, console: Console, *, of: int | None = None, again: str = "") -> None:
    """Print the line of totals.

    Args:
        documents: one per host.
        where: where they were written.
        console: where to print.
        of: how many hosts there are in the results, where these are some of them.
        again: the folder that 'pyinfra-wsl report' has to be given to tell the same; empty where it needs none.

    """
    some = f"{len(documents)} of {of} hosts: " if of is not None and of != len(documents) else ""
    console.print(
        f"\n{some}{_totals(documents)}  Results: {shown(where)}   again: pyinfra-wsl report{f' {shown(again)}' if again else ''}",
        soft_wrap=True,
    )


def line(one: Document) -> str:
    """Return the first thing to know of a host, in a line, not escaped."""
    if one["failures"]:
        return once(one["failures"])[0].entry["cause"]
    if one["deferred"]:
        return "waits for " + ", ".join(dict.fromkeys(entry["waits_for"] for entry in one["deferred"]))
    return next(iter(_open(one)), "") or _changes(one)


def _what(one: Document) -> Text:
    looked_at = one["outcome"] not in ("not looked at", "offline")
    left = _open(one)
    told = not looked_at or one["failures"] or one["deferred"] or (left and not one["not_reached"])
    lines = [_changes(one)] if one["changes"] or not told else []
    lines += [f"{name}: {own['outcome']}, {_changes(_of(one, name))}" for name, own in one.get("people", {}).items()]
    held, waiting = _parted(one["deferred"])
    lines += _waiting(waiting)
    for told in _failures(one):
        lines.append(whose(told.entry, told.entry["cause"]))
        lines += [f"so too: {'; '.join(told.too)}"] if told.too else []
        lines += [f"Next: {told.entry['remedy']}"] if told.entry["remedy"] else []
    lines += [f"not tried, since it needs what failed: {', '.join(dict.fromkeys(held))}"] if held else []
    lines += left
    lines += [f"left out, as told: {', '.join(one['left_out'])}"] if one.get("left_out") else []
    lines += [f"not proved: {whose(entry, entry['text'])}" for entry in one["not_proved"]]
    lines += [f"note: {whose(entry, entry['text'])}" for entry in one["warnings"]]
    return Text("\n".join(shown(line) for line in lines))


def _failures(one: Document) -> list[Once]:
    """Return what failed, said once for each person."""
    people = dict.fromkeys(entry.get("person", "") for entry in one["failures"])
    return [told for who in people for told in once([entry for entry in one["failures"] if entry.get("person", "") == who])]


def _of(one: Document, person: str) -> Document:
    """Return a document with what was changed for one person alone."""
    return {"changes": [change for change in one["changes"] if change.get("person") == person]}


def _waiting(waiting: list[dict[str, str]]) -> list[str]:
    """Return what waits, with what it waits for said once."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for entry in waiting:
        found.setdefault((entry.get("person", ""), entry["waits_for"], entry["reason"]), []).append(entry["sentence"])
    return [
        whose({"person": person}, f"{'; '.join(sentences)}: waits for {what} ({why})")
        for (person, what, why), sentences in found.items()
    ]


def _open(one: Document) -> list[str]:
    """Return what to say of a host of which the run did not reach all, or nothing."""
    if one["outcome"] not in ("unfinished", "not looked at"):
        return []
    left = one["not_reached"]
    if not left:
        return ["nothing was carried out", "Next: run again"]
    more = f" and {len(left) - _LISTED} more" if len(left) > _LISTED else ""
    return [f"not reached: {', '.join(left[:_LISTED])}{more}", "Next: run again"]


def _parted(deferred: list[dict[str, str]]) -> tuple[list[str], list[dict[str, str]]]:
    """Part what was not tried because of a failure, from what waits for something else."""
    held = [whose(entry, entry["sentence"]) for entry in deferred if entry["waits_for"] == WHAT_FAILED]
    return held, [entry for entry in deferred if entry["waits_for"] != WHAT_FAILED]


def _changes(one: Document) -> str:
    counts = Counter(change["words"] for change in one["changes"])
    if not counts:
        return "no change"
    words = ", ".join(f"{name} ({count})" if count > 1 else name for name, count in counts.items())
    return f"{counts.total()} change{'s' if counts.total() > 1 else ''}: {words}"


def _figures(one: Document) -> list[str]:
    requests, restarts = one["requests"], one["restarts"]
    return [
        f"{requests} request{'' if requests == 1 else 's'}" if requests is not None else "",
        f"{restarts} restart{'s' if restarts > 1 else ''}" if restarts else "",
        f"{one['seconds']:.1f} s",
    ]


def _totals(documents: Iterable[Document]) -> str:
    counts = Counter(one["outcome"] for one in documents)
    first = f"{counts['converged']} of {counts.total()} converged"
    others = ("deferred", "failed", "offline", "unfinished", "not looked at")
    return ", ".join([first, *(f"{counts[one]} {one}" for one in others if counts[one])]) + "."
