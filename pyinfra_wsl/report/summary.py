"""The table at the end of a run: each host, what changed, what waits and why, what failed and the next step."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pyinfra_wsl.report.results import Document

_COLOURS = {"converged": "green", "deferred": "yellow", "failed": "red", "offline": "magenta"}


_WORDS = {
    "windows_feature": "features",
    "hypervisor": "hypervisor",
    "wslconfig": ".wslconfig",
    "wsl": "WSL",
    "reboot": "restart",
    "wsl_distro": "distributions",
    "wsl_conf": "wsl.conf",
    "docker_integration": "Docker's WSL integration",
    "kvm": "KVM",
    "docker_engine": "Docker Engine",
    "docker_desktop_linux": "Docker Desktop",
}


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
        table.add_row(one["host"], Text(one["outcome"], _COLOURS[one["outcome"]]), _what(one), *_figures(one))
    console.print()
    console.print(table)
    console.print(f"\n{_totals(documents)}  Results: {where}   again: pyinfra-wsl report", soft_wrap=True, highlight=False)


def _what(one: Document) -> Text:
    lines = [_changes(one)] if one["changes"] or not (one["failures"] or one["deferred"]) else []
    lines += [f"{entry['sentence']}: waits for {entry['waits_for']} ({entry['reason']})" for entry in one["deferred"]]
    for entry in one["failures"]:
        lines += [entry["cause"], *([f"Next: {entry['remedy']}"] if entry["remedy"] else [])]
    lines += [f"note: {entry['text']}" for entry in one["warnings"]]
    return Text("\n".join(lines))


def _changes(one: Document) -> str:
    counts = Counter(_WORDS.get(change["noun"], change["noun"]) for change in one["changes"])
    if not counts:
        return "no change"
    words = ", ".join(f"{noun} ({count})" if count > 1 else noun for noun, count in counts.items())
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
