"""One JSON document per run and host: what was found, done, left and spent. ``schemas/result.json`` describes it."""

from __future__ import annotations

import dataclasses
import glob
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pyinfra_wsl.core.escape import escape_json
from pyinfra_wsl.core.resource import plain as shown
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.look import Resources
from pyinfra_wsl.report.journal import Journal
from pyinfra_wsl.report.plain import plain

FOLDER = "results"
Document = dict[str, Any]

_KEYS: Mapping[str, tuple[type, ...]] = {
    "host": (str,), "outcome": (str,), "seconds": (int, float), "requests": (int, type(None)), "restarts": (int, type(None)),
    "changes": (list,), "deferred": (list,), "failures": (list,), "warnings": (list,), "not_proved": (list,),
    "not_reached": (list,), "left_out": (list,),
}  # fmt: skip
_ITEMS: Mapping[str, tuple[str, ...]] = {
    "changes": ("words", "sentence"), "deferred": ("sentence", "waits_for", "reason"), "failures": ("cause", "remedy"),
    "warnings": ("text",), "not_proved": ("text",),
}  # fmt: skip
"""What a document must have to be shown: the kinds of its values, and the texts of each item of its lists."""


def before(resources: Resources, laptop: Laptop) -> dict[str, Any]:
    """Return a laptop as a result has it: the machine, the person, and each resource as its fact shows it."""
    unread = dict.fromkeys(laptop.faults, "cannot be read")
    parts = {one.name: unread.get(one.name) or _part(one.show, laptop.of(one.state)) for one in resources}
    return {"target": shown(laptop.target), "windows": shown(laptop.windows), "user": shown(laptop.user), **parts}


def _part(show: Callable[[Any], Any], state: Any) -> Any:
    try:
        return plain(show(state))
    except Exception as error:  # noqa: BLE001 - what cannot be shown is no reason to leave a laptop alone
        return f"cannot be shown ({type(error).__name__})"


def document(name: str, run: Mapping[str, str], journal: Journal, spent: Mapping[str, int | None]) -> Document:
    """Put one host's results together, of plain values of bounded size.

    Args:
        name: the host's name.
        run: id, end and holder of the run.
        journal: what was noted.
        spent: processes, requests and restarts; None where they were not counted.

    """
    failures = [{"resource": of, **dataclasses.asdict(failure)} for of, failure in journal.failures]
    if journal.offline:
        failures.append({"resource": "connection", **dataclasses.asdict(journal.offline), "code": "offline"})
    found: Document = plain(
        {
            "run": dict(run),
            "host": name,
            "outcome": journal.outcome,
            "seconds": journal.seconds,
            **spent,
            "changes": [dataclasses.asdict(change) for change in journal.changes],
            "deferred": [{"resource": of, **dataclasses.asdict(deferred)} for of, deferred in journal.waiting],
            "failures": failures,
            "not_proved": _texts(journal.unproved),
            "not_reached": list(journal.left or ()),
            "warnings": _texts(journal.warnings),
            "left_out": list(journal.left_out),
            "before": journal.before,
        }
    )
    return found


def _texts(notes: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"resource": of, "text": text} for of, text in notes]


def write(documents: Iterable[Document], folder: Path) -> list[str]:
    """Write the documents of one run into a folder of their own; return what kept some from being written, by host."""
    problems, taken = [], set[str]()
    for one in documents:
        name = _file_name(one["host"])
        while name.lower() in taken:
            name += "_"
        taken.add(name.lower())
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.json").write_bytes(written(one) + b"\n")
        except (OSError, ValueError, RecursionError) as error:
            problems.append(f"{one['host']}: {error}")
    return problems


def _file_name(host: str) -> str:
    return host.replace("/", "_")


def of_host(folder: Path, host: str) -> Document | None:
    """Return a host's document of one run; None where there is none, or none that can be read.

    Args:
        folder: of the run.
        host: the host's name in the inventory.

    """
    name = _file_name(host)
    for path in (folder / f"{name}.json", *sorted(folder.glob(f"{glob.escape(name)}_*.json"))):
        try:
            found = _read(path) if path.is_file() else None
        except ValueError:
            continue
        if found is not None and found["host"] == host:
            return found
    return None


def written(value: Any) -> bytes:
    """Return a document, or several, as JSON; what no terminal should get, and no file can hold, is escaped as JSON has it."""
    return escape_json(json.dumps(value, indent=2, ensure_ascii=False)).encode()


def newest(root: Path) -> Path | None:
    """Return the folder of the newest run below `root`; None where there is none."""
    return max((folder for folder in root.glob("*/") if any(folder.glob("*.json"))), default=None, key=lambda one: one.name)


def read(folder: Path) -> list[Document]:
    """Return the documents of one run, by host name.

    Raises:
        ValueError: a file is no result; which one, and why.

    """
    return [_read(path) for path in sorted(folder.glob("*.json"))]


def _read(path: Path) -> Document:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    # A result of an earlier version lacks what came later.
    whole: Document = {"not_proved": [], "not_reached": [], "left_out": [], **found} if isinstance(found, dict) else {}
    if why := _wrong(whole):
        raise ValueError(f"{path.name} has no {why}")
    return whole


def _wrong(found: Document) -> str:
    """Return what a document lacks to be shown, or has in another form; empty where nothing."""
    for name, kinds in _KEYS.items():
        if not isinstance(found.get(name, ...), kinds):
            return name
    for name, texts in _ITEMS.items():
        for item in found[name]:
            if not isinstance(item, dict) or not all(isinstance(item.get(text), str) for text in texts):
                return f"right {name}: each needs {' and '.join(texts)}"
    if not all(isinstance(one.get("seconds", 0), (int, float)) for one in found["changes"]):
        return "right changes: seconds are a number"
    names = next((name for name in ("not_reached", "left_out") if not all(isinstance(one, str) for one in found[name])), "")
    return f"right {names}: it is a list of names" if names else ""
