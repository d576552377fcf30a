"""A run of many hosts in a few lines: what failed, waits or is open, each said once with the hosts of which it is so."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from pyinfra_wsl.report import causes, summary
from pyinfra_wsl.report.causes import Cause
from pyinfra_wsl.report.results import Document

TABLE = "PYINFRA_WSL_TABLE"
"""Environment variable with which a run's table is always one line per host (``host``) or by causes (``cause``)."""

LONG = 40
"""Hosts up to which the table has a line for each: about as many as a screen has."""

_LISTED = 5
_ABOUTS = 6


def by_cause(documents: Sequence[Document], by: str = "") -> bool:
    """Whether results are told by cause: as asked, as the environment says, or because there are many.

    Args:
        documents: one per host.
        by: ``host`` or ``cause``; empty where nobody says.

    """
    return {"host": False, "cause": True}.get(by or os.environ.get(TABLE, ""), len(documents) > LONG)


def print_run(documents: Sequence[Document], console: Console, by: str = "") -> None:
    """Print what a run did: the table of all hosts, or where it would be long, by causes; `by` as of `by_cause`."""
    if not by_cause(documents, by):
        summary.print_table(documents, console)
        return
    print_causes(documents, console)
    if not by and not os.environ.get(TABLE):
        console.print(f"\nOne line for each of the {len(documents)}: pyinfra-wsl report --by host", soft_wrap=True)


def print_causes(documents: Sequence[Document], console: Console) -> None:
    """Print what is so of which hosts, the worst first.

    Args:
        documents: one per host.
        console: where to print.

    """
    offline = [one for one in documents if one["outcome"] == "offline"]
    failed = [one for one in documents if one["outcome"] != "offline"]
    _part("failed", "red", causes.failures(failed), console)
    _part("offline", "magenta", causes.failures(offline), console)
    _part("unfinished", "yellow", causes.unfinished(documents), console)
    _part("waiting", "yellow", causes.waits(documents), console)
    _part("not tried, since it needs what failed", "yellow", causes.held(documents), console)
    _part("not proved", "default", causes.unproved(documents), console)
    _part("notes", "default", causes.notes(documents), console)
    _converged(documents, console)


def _part(title: str, colour: str, found: Sequence[Cause], console: Console) -> None:
    if not found:
        return
    console.print()
    console.print(Text(title, colour))
    for cause in found:
        _print(cause, console)


def _print(cause: Cause, console: Console) -> None:
    text = summary.shown(_sentence(cause))
    console.print(Padding(Text(text), (0, 0, 0, 2)))
    differing = f"; {cause.others} more such differ in names or numbers" if cause.others else ""
    lines = [f"Next: {cause.remedy}"] if cause.remedy else []
    lines += [_few(list(cause.abouts), _ABOUTS)] if cause.abouts else []
    lines += [f"{_few(cause.hosts, _LISTED)}{differing}"]
    console.print(Padding(Text("\n".join(summary.shown(line) for line in lines), "dim"), (0, 0, 0, 6)))


def _sentence(cause: Cause) -> str:
    number = len(cause.hosts)
    if cause.waits_for and cause.text == cause.waits_for:
        return f"{number} × left as found"
    if cause.waits_for:
        return f"{number} wait{'s' if number == 1 else ''} for {cause.waits_for}: {cause.text}"
    return f"{number} × {cause.title}"


def _few(names: Sequence[str], most: int) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def _converged(documents: Iterable[Document], console: Console) -> None:
    """Print how many are converged, what was changed, and how long it took: nobody needs the names of those."""
    done = [one for one in documents if one["outcome"] == "converged"]
    changed = [one for one in documents if one["changes"]]
    if done:
        console.print()
        console.print(Text("converged", "green"))
        same = sum(not one["changes"] for one in done)
        what = "no change" if same == len(done) else f"{same} without a change, {len(done) - same} changed"
        console.print(f"  {len(done)}: {what}")
    if changed:
        words = Counter(word for one in changed for word in dict.fromkeys(change["words"] for change in one["changes"]))
        listed = ", ".join(f"{name} ({count})" for name, count in words.most_common())
        console.print(Padding(Text(summary.shown(f"changed on {_hosts(len(changed))}: {listed}")), (1, 0, 0, 0)))
    if seconds := sorted((one["seconds"], one["host"]) for one in documents):
        middle, (longest, name) = median(one for one, _ in seconds), seconds[-1]
        last = summary.shown(f"time of a host: {middle:.1f} s in the middle, {longest:.1f} s at most ({name})")
        console.print(Text(last))


def _hosts(number: int) -> str:
    return f"{number} host{'' if number == 1 else 's'}"
