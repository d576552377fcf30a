"""What a page carries as data: a short list of all hosts, and all that is known of each, packed until somebody asks for it."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.report import history, reading, summary
from pyinfra_wsl.report.causes import Cause
from pyinfra_wsl.report.once import once
from pyinfra_wsl.report.page import compliance
from pyinfra_wsl.report.results import Document

PACKED = 50
"""Hosts that are unpacked together: few enough to be shown at once, and many enough to be packed well."""

_LONGEST = 2000  # characters of one text
_DEEPEST = 60
_DIFFERENCES = 200
_LARGEST = 2**20  # characters of what a run found on one host
STATES: Mapping[str, str] = {"as declared": "o", "changed": "c", "waits": "w", "failed": "f", "not known": "u", "": "."}
"""States as one character each, in the list of all hosts."""
_TOLD = (
    "host", "groups", "outcome", "seconds", "requests", "restarts", "changes", "deferred", "not_proved",
    "not_reached", "warnings",
)  # fmt: skip

Runs = Sequence[tuple[Path, Sequence[Document]]]


def shown(value: Any, depth: int = 0) -> Any:
    """Return a value with all of its texts as they may be shown: what a laptop says gives no orders.

    Args:
        value: plain values, as JSON has them.
        depth: how deep it lies; what lies deeper than any result goes is cut off.

    """
    if isinstance(value, str):
        return escape(value, _LONGEST)
    if isinstance(value, dict | list | tuple) and depth > _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {escape(name, _LONGEST): shown(one, depth + 1) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [shown(one, depth + 1) for one in value]
    return value


def embedded(value: Any) -> str:
    """Return a value as JSON that nothing in an HTML page takes for markup, whatever its texts are."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def index(documents: Sequence[Document], causes: Sequence[Cause]) -> dict[str, Any]:
    """Return the list of all hosts: of each its name, outcome, groups, seconds, what to say in a line, causes and states.

    Args:
        documents: one per host.
        causes: what failed, waits or is open, by the numbers by which the page calls them.

    """
    settings = compliance.settings(documents)
    groups = sorted({group for one in documents for group in one["groups"]})
    numbers = {name: number for number, name in enumerate(groups)}
    caused: dict[str, list[int]] = {}
    for number, cause in enumerate(causes):
        for host in cause.hosts:
            caused.setdefault(host, []).append(number)
    says: dict[str, int] = {}
    rows = [
        [
            escape(one["host"]),
            reading.OUTCOMES.index(one["outcome"]),
            [numbers[name] for name in one["groups"]],
            round(one["seconds"], 1),
            says.setdefault(escape(summary.line(one), 300), len(says)),
            caused.get(one["host"], []),
            "".join(STATES[compliance.state(one, name)] for name in settings),
        ]
        for one in documents
    ]
    return {
        "hosts": rows,
        "outcomes": reading.OUTCOMES,
        "groups": shown(groups),
        "settings": shown(list(settings.values())),
        "says": list(says),
        "packed": PACKED,
        "causes": [escape(cause.label, 300) for cause in causes],
    }


def packed(documents: Sequence[Document], runs: Runs) -> Iterator[str]:
    """Yield all that is known of the hosts, `PACKED` of them at a time: JSON in gzip in base64."""
    settings = compliance.settings(documents)
    former: dict[str, list[Document]] = {}
    for _folder, run in runs:
        for one in run:
            former.setdefault(one["host"], []).append(one)
    for first in range(0, len(documents), PACKED):
        some = [_all(one, former.get(one["host"], []), settings) for one in documents[first : first + PACKED]]
        data = gzip.compress(json.dumps(some, separators=(",", ":")).encode(), 6, mtime=0)
        yield base64.b64encode(data).decode()


def _all(one: Document, former: Sequence[Document], settings: Mapping[str, str]) -> Any:
    """Return what the page of a host shows."""
    now = next((number for number, run in enumerate(former) if run is one), len(former))
    states = {name: state for name in settings if (state := compliance.state(one, name))}
    before = shown(one.get("before"))
    return {
        **shown({name: one[name] for name in _TOLD}),
        "failures": [{**shown(told.entry), "too": shown(told.too)} for told in once(one["failures"])],
        "run": shown({name: str(one["run"].get(name, "")) for name in ("id", "ended", "holder")}),
        "settings": shown([[settings[name], state, name] for name, state in states.items()]),
        "before": before if len(json.dumps(before)) <= _LARGEST else "too much to be shown here; it stands in the result",
        "since": _since(before, former[:now]),
        "runs": shown([[run["run"].get("ended", ""), run["outcome"], len(run["changes"])] for run in former]),
    }


def _since(before: Any, earlier: Sequence[Document]) -> Any:
    """Return what is different from what the run before found: when that was, and where what was and is there."""
    last = next((run for run in reversed(earlier) if isinstance(run.get("before"), dict)), None)
    if last is None or not isinstance(before, dict):
        return None
    return [shown(last["run"].get("ended", "")), history.differences(shown(last["before"]), before, _DIFFERENCES)]
