"""One JSON document per run and host: what was found, done, left and spent. ``schemas/result.json`` describes it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyinfra_wsl.core.escape import escape_json
from pyinfra_wsl.core.resource import plain
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.look import Resources
from pyinfra_wsl.report.journal import Journal

FOLDER = "results"

Document = dict[str, Any]


def before(resources: Resources, laptop: Laptop) -> dict[str, Any]:
    """Return a laptop as a result has it: the machine, the person, and each resource as its fact shows it."""
    parts = {one.name: one.show(laptop.of(one.state)) for one in resources}
    return {"target": plain(laptop.target), "windows": plain(laptop.windows), "user": plain(laptop.user), **parts}


def document(name: str, run: Mapping[str, str], journal: Journal, spent: Mapping[str, int | None]) -> Document:
    """Put one host's results together.

    Args:
        name: the host's name.
        run: id, end and holder of the run.
        journal: what was noted.
        spent: processes, requests and restarts; None where they were not counted.

    """
    failures = [{"resource": of, **dataclasses.asdict(failure)} for of, failure in journal.failures]
    if journal.offline:
        failures.append({"resource": "connection", **dataclasses.asdict(journal.offline), "code": "offline"})
    return {
        "run": dict(run),
        "host": name,
        "outcome": journal.outcome,
        "seconds": journal.seconds,
        **spent,
        "changes": [dataclasses.asdict(change) for change in journal.changes],
        "deferred": [{"resource": of, **dataclasses.asdict(deferred)} for of, deferred in journal.waiting],
        "failures": failures,
        "warnings": [{"resource": of, "text": text} for of, text in journal.warnings],
        "before": journal.before,
    }


def write(documents: list[Document], folder: Path) -> None:
    """Write the documents of one run into a folder of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in documents:
        path = folder / f"{one['host'].replace('/', '_')}.json"
        path.write_text(escape_json(json.dumps(one, indent=2, ensure_ascii=False, default=_plain)) + "\n", encoding="utf-8")


def newest(root: Path) -> Path | None:
    """Return the folder of the newest run below `root`; None where there is none."""
    return max((folder for folder in root.glob("*/") if any(folder.glob("*.json"))), default=None, key=lambda one: one.name)


def read(folder: Path) -> list[Document]:
    """Return the documents of one run, by host name."""
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]


def _plain(value: object) -> object:
    if isinstance(value, frozenset | set | tuple):
        return sorted(value, key=str)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)
