"""How a rollout stands as a text file for node_exporter's textfile collector."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pyinfra_wsl.rollout.model import Snapshot


def text(snapshot: Snapshot, now: datetime) -> str:
    """Return the metrics."""
    raise NotImplementedError


def write(snapshot: Snapshot, path: Path, now: datetime | None = None) -> str:
    """Put the metrics in the place of a file; return what kept them from being written, empty for nothing. It never raises."""
    raise NotImplementedError
