"""``rollout status``: how a rollout stands, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from rich.console import Console

from pyinfra_wsl.rollout.model import Snapshot
from pyinfra_wsl.rollout.watch.happened import Happened


def print_status(snapshot: Snapshot, events: Sequence[Happened], now: datetime, here: tzinfo, console: Console) -> None:
    """Print how a rollout stands, which laptops failed and why, and what happened last."""
    raise NotImplementedError


def document(snapshot: Snapshot, events: Sequence[Happened], now: datetime, here: tzinfo) -> dict[str, Any]:
    """Return how a rollout stands as ``schemas/rollout_status.json`` has it; print it with `report.results.written`."""
    raise NotImplementedError
