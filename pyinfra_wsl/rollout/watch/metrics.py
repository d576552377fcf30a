"""How a rollout stands as a text file for the textfile collector of node_exporter.

The form: https://prometheus.io/docs/instrumenting/exposition_formats/; names: https://prometheus.io/docs/practices/naming/. No
series is of one laptop: there may be 100,000, and what became of each stands in its result.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.rollout.model import Snapshot, Stage
from pyinfra_wsl.rollout.watch import sums

_PREFIX = "pyinfra_wsl_rollout"
_LONGEST = 200  # characters of a label's value

_Series = Iterator[tuple[Mapping[str, str], float]]


def text(snapshot: Snapshot, now: datetime) -> str:
    """Return the metrics.

    Args:
        snapshot: how the rollout stands.
        now: aware; so that an alert can tell a rollout that nobody watches any more.

    """
    found = sums.summed(snapshot)
    own = {"rollout": snapshot.name}
    return "".join(
        [
            _family("info", "What is rolled out.", iter([({**own, "inventory": snapshot.inventory}, 1)])),
            _family("stage", "Whether it is at this stage.", _stages(snapshot, own)),
            _family("held", "Whether a process runs it.", iter([(own, snapshot.held)])),
            _family("begun_timestamp_seconds", "When it began.", iter([(own, snapshot.begun.timestamp())])),
            _family("written_timestamp_seconds", "When this was written.", iter([(own, now.timestamp())])),
            *_rings(found, own),
        ]
    )


def _stages(snapshot: Snapshot, own: Mapping[str, str]) -> _Series:
    for one in get_args(Stage):
        yield {**own, "stage": one}, snapshot.stage == one


def _rings(found: sums.Sums, own: Mapping[str, str]) -> Iterator[str]:
    """Yield what is told of each ring."""
    of = [({**own, "ring": one.name}, one) for one in found.rings]
    yield _family("ring_number", "Its place among the rings, from 0.", ((label, at) for at, (label, _) in enumerate(of)))
    yield _family(
        "laptops", "Laptops by their state.",
        (({**label, "state": state}, one.counts[state]) for label, one in of for state in sums.SHOWN),
    )  # fmt: skip
    yield _family(
        "laptops_verified", "Laptops found as declared by their own programs.", ((label, one.verified) for label, one in of)
    )
    yield _family("tries", "How often laptops were tried.", ((label, one.tries) for label, one in of))
    yield _family("converged_ratio", "Share of its laptops that is converged.", ((label, one.share) for label, one in of))
    yield _family(
        "gate_converged_ratio", "Share of its laptops that has to be, before the next ring opens.",
        ((label, one.standing.ring.gate.share) for label, one in of),
    )  # fmt: skip
    yield _family(
        "gate_waits_for_approval", "Whether its gate waits for nothing but a person's word.",
        ((label, _waits_for_word(one)) for label, one in of),
    )  # fmt: skip
    for name, what in (
        ("opened", "its laptops might be begun"),
        ("ready", "all else of its gate is true"),
        ("passed", "its gate opened"),
    ):
        times = ((label, getattr(one.standing, name)) for label, one in of)
        yield _family(f"ring_{name}_timestamp_seconds", f"Since when {what}.", ((one, at.timestamp()) for one, at in times if at))
    yield _family(
        "next_try_timestamp_seconds", "From when on, within its window, the next of those is tried that were offline, or wait.",
        (({**label, "state": state}, when.timestamp()) for label, one in of for state, when in sorted(one.next_try.items())),
    )  # fmt: skip


def _waits_for_word(one: sums.Sum) -> bool:
    return bool(one.open and one.standing.ring.gate.approve and one.standing.ready and not one.standing.approved)


def _family(name: str, what: str, series: _Series) -> str:
    """Return one metric, with nothing where no series is of it."""
    whole = f"{_PREFIX}_{name}"
    lines = [f"{whole}{{{_labels(labels)}}} {_number(value)}" for labels, value in series]
    return "\n".join([f"# HELP {whole} {what}", f"# TYPE {whole} gauge", *lines, ""]) if lines else ""


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_value(value)}"' for name, value in labels.items())


def _value(value: str) -> str:
    r"""Return a label's value: of what ends it, ``\\``, ``\"`` and ``\n`` are its escapes, and there are no others."""
    return escape(value, _LONGEST).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def write(snapshot: Snapshot, path: Path, now: datetime | None = None) -> str:
    """Put the metrics in the place of a file, readable by all; it never raises.

    Args:
        snapshot: how the rollout stands.
        path: the file, in a folder that is there; its name should end in ``.prom``, which is what node_exporter looks for.
        now: aware; the time of this machine where it is None.

    Returns:
        What kept them from being written; empty for nothing.

    """
    try:
        _put(path, text(snapshot, now or datetime.now(UTC)).encode())
    except OSError as error:
        return f"metrics cannot be written to {path}: {error.strerror or error}. Next: look at its folder, space and rights"
    return ""


def _put(path: Path, data: bytes) -> None:
    """Write a file beside its place and rename it: who reads it meets the old one or the new one."""
    if path.exists() and not path.is_file():
        raise OSError("it is no file")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:50]}-")  # which node_exporter does not read
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), 0o644)  # node_exporter runs as a user of its own
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
