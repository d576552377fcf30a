"""How the doctor's lines are shown: to people as text, to programs as JSON; what a host said in them is escaped."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from pyinfra_wsl.core.escape import escape, escape_json
from pyinfra_wsl.doctor import told
from pyinfra_wsl.doctor.line import Line, Verdict

COLOURS: Mapping[Verdict, str] = {"ok": "green", "note": "yellow", "fault": "red"}
_WIDTH = 15  # characters of the longest name of a check that is usual
_LONGEST = 2000  # characters of one sentence; all of it stands in the JSON


def text(name: str, lines: Sequence[Line]) -> Iterator[tuple[Verdict | None, str]]:
    """Yield the rows of one host, each as its verdict (None for a row that goes on) and what stands there.

    Args:
        name: the host's.
        lines: of the host.

    """
    counts = Counter(line.verdict for line in lines)
    total = ", ".join(f"{counts[one]} {one}{'s' if counts[one] > 1 and one != 'ok' else ''}" for one in COLOURS if counts[one])
    yield None, f"{_short(name)}: {total}"
    for line in lines:
        seen = f" ({_short(line.evidence)})" if line.evidence and line.verdict != "ok" else ""
        yield line.verdict, f"{_short(line.check):{_WIDTH}}  {_short(line.cause)}{seen}"
        if line.deploy:
            yield None, f"deploy.py {_short(line.deploy)}"
        if line.remedy:
            yield None, f"Next: {_short(line.remedy)}"


def _short(said: str) -> str:
    return escape(said, _LONGEST)


def as_json(hosts: Mapping[str, Sequence[Line]], inventory: str) -> str:
    """Return everything as JSON: ``{"hosts": [{"host", "verdict", "lines": […]}], "next": …}``.

    Args:
        hosts: the lines of each host.
        inventory: as it was named.

    """
    document = {
        "hosts": [
            {"host": name, "verdict": _worst(lines), "lines": [dataclasses.asdict(line) for line in lines]}
            for name, lines in hosts.items()
        ],
        "next": told.next_step(hosts, inventory),
    }
    return escape_json(json.dumps(document, indent=2, ensure_ascii=False))


def _worst(lines: Sequence[Line]) -> str:
    found = {line.verdict for line in lines}
    return next((verdict for verdict in ("fault", "note") if verdict in found), "ok")
