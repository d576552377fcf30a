"""The course of a rollout, left beside the results of its laptops for ``report --html``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pyinfra_wsl.rollout.model import Snapshot
from pyinfra_wsl.rollout.watch.happened import Happened


def document(snapshot: Snapshot, events: Sequence[Happened], now: datetime) -> dict[str, Any]:
    """Return the rings, their gates and what happened, over time."""
    raise NotImplementedError


def write(folder: Path, snapshot: Snapshot, events: Sequence[Happened], now: datetime | None = None) -> str:
    """Put it into the folder of the results, in the place of what is there; return what kept it from being written. Never raises.

    To be called when something has happened, and at the end.
    """
    raise NotImplementedError
