"""The table at the end of a run: each host, what changed, what waits and why, what failed and the next step."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.plan import WHAT_FAILED
from pyinfra_wsl.report.results import Document

_COLOURS = {"converged": "green", "deferred": "yellow", "failed": "red", "offline": "magenta"}


def console() -> Console:
    """Return where the table is printed; where nobody tells the width, it is wide enough for one."""
    return Console(highlight=False, width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else 140)


def print_table(documents: list[Document], where: str, console: Console) -> None:
    """Print the table and the line of totals.

    Args:
        documents: one per host.
        where: where the documents were written.
        console: where to print.

    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for _figure in ("requests", "restarts", "seconds"):
        table.add_column(justify="right", no_wrap=True)
    for one in documents:
        table.add_row(Text(escape(one["host"])), Text(one["outcome"], _COLOURS[one["outcome"]]), _what(one), *_figures(one))
    console.print()
    console.print(table)
    console.print(f"\n{_totals(documents)}  Results: {where}   again: pyinfra-wsl report", soft_wrap=True, highlight=False)


def _what(one: Document) -> Text:
    lines = [_changes(one)] if one["changes"] or not (one["failures"] or one["deferred"]) else []
    held, waiting = _parted(one["deferred"])
    lines += [f"{entry['sentence']}: waits for {entry['waits_for']} ({entry['reason']})" for entry in waiting]
    for entry in one["failures"]:
        lines += [entry["cause"], *([f"Next: {entry['remedy']}"] if entry["remedy"] else [])]
    lines += [f"not tried, since it needs what failed: {', '.join(held)}"] if held else []
    lines += [f"note: {entry['text']}" for entry in one["warnings"]]
    return Text("\n".join(escape(line) for line in lines))


def _parted(deferred: list[dict[str, str]]) -> tuple[list[str], list[dict[str, str]]]:
    """Part what was not tried because of a failure, from what waits for something else."""
    held = [entry["sentence"] for entry in deferred if entry["waits_for"] == WHAT_FAILED]
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
        f"{one['seconds']:.0f} s",
    ]


def _totals(documents: Iterable[Document]) -> str:
    counts = Counter(one["outcome"] for one in documents)
    first = f"{counts['converged']} of {counts.total()} converged"
    return ", ".join([first, *(f"{counts[one]} {one}" for one in ("deferred", "failed", "offline") if counts[one])]) + "."
