"""``rollout status``: how a rollout stands, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from pyinfra_wsl.report.summary import shown
from pyinfra_wsl.rollout.model import Snapshot, State
from pyinfra_wsl.rollout.watch import waits
from pyinfra_wsl.rollout.watch.happened import Happened
from pyinfra_wsl.rollout.watch.screen import View
from pyinfra_wsl.rollout.watch.sums import SHOWN, Sum, Sums, summed

_CAUSES = 10
_NAMES = 5
_ROWS = 100
_LATER: tuple[State, ...] = ("offline", "deferred")


@dataclass
class _Cause:
    """Why laptops failed or were given up, with how many of them and the first names."""

    state: State
    why: str
    laptops: int = 0
    names: list[str] = field(default_factory=list)


def print_status(snapshot: Snapshot, events: Sequence[Happened], now: datetime, here: ZoneInfo, console: Console) -> None:
    """Print how a rollout stands, which laptops failed and why, and what happened last.

    Args:
        snapshot: how it stands.
        events: what has happened, the oldest first.
        now: aware.
        here: the time zone in which times are said.
        console: where to print.

    """
    console.print(View(snapshot, events, now, here, failed=False))
    found = _causes(snapshot)
    for one in found[:_CAUSES]:
        console.print()
        console.print(Text(shown(f"{one.laptops} × {one.state}{f': {one.why}' if one.why else ''}"), "red"), soft_wrap=True)
        more = f" and {one.laptops - len(one.names)} more" if one.laptops > len(one.names) else ""
        console.print(Text(shown(f"      {', '.join(one.names)}{more}")), soft_wrap=True)
    if found:
        console.print(Text("\nMore of them: pyinfra-wsl report --failed"), soft_wrap=True)


def document(snapshot: Snapshot, events: Sequence[Happened], now: datetime, here: ZoneInfo) -> dict[str, Any]:
    """Return how a rollout stands as ``schemas/rollout_status.json`` has it; `report.results.written` makes JSON of it.

    Args:
        snapshot: how it stands.
        events: what has happened, the oldest first.
        now: aware.
        here: the time zone in which sentences say times; times of their own are UTC.

    """
    sums = summed(snapshot)
    return {
        "rollout": snapshot.name,
        "inventory": snapshot.inventory,
        "stage": snapshot.stage,
        "why": snapshot.why,
        "begun": stamp(snapshot.begun),
        "holder": snapshot.holder,
        "held": snapshot.held,
        "time": stamp(now),
        "laptops": numbers(sums.counts),
        "waits": waits.of_rollout(snapshot),
        "rings": [_ring(number, snapshot, sums, now, here) for number in range(len(sums.rings))],
        "failed": [{"state": one.state, "why": one.why, "laptops": one.laptops, "names": one.names} for one in _causes(snapshot)],
        "events": rows(snapshot, events, _ROWS),
    }


def _ring(number: int, snapshot: Snapshot, sums: Sums, now: datetime, here: ZoneInfo) -> dict[str, Any]:
    ring = sums.rings[number]
    return {
        **standing(ring),
        "verified": ring.verified,
        "tries": ring.tries,
        "next_try": {state: stamp(when) for state in _LATER if (when := waits.next_try(state, ring, snapshot, now, here))},
        "waits": waits.of_ring(number, snapshot, sums, now, here),
    }


def standing(ring: Sum) -> dict[str, Any]:
    """Return how a ring and its gate stand, of plain values."""
    of, gate = ring.standing, ring.standing.ring.gate
    return {
        "name": ring.name,
        "opened": stamp(of.opened),
        "ready": stamp(of.ready),
        "passed": stamp(of.passed),
        "approved": of.approved,
        "gate": {
            "converged": gate.share,
            "verify": gate.verify,
            "new_failures": gate.new_failures,
            "approve": gate.approve,
            "wait_seconds": gate.wait.total_seconds(),
        },
        "laptops": numbers(ring.counts),
    }


def rows(snapshot: Snapshot, events: Sequence[Happened], most: int) -> list[dict[str, Any]]:
    """Return what has happened last, of plain values, the oldest first."""
    names = [one.ring.name for one in snapshot.rings]
    return [
        {"time": stamp(one.time), "event": one.kind, "ring": None if one.ring is None else names[one.ring], "text": one.text}
        for one in [one for one in events if one.kind != "told"][-most:]
    ]


def numbers(counts: Any) -> dict[str, int]:
    """Return how many laptops stand how, with each state, and all of them."""
    found: dict[str, int] = {state: counts[state] for state in SHOWN}
    return {"all": sum(found.values()), **found}


def stamp(when: datetime | None) -> str | None:
    """Return a time as documents have it; None where there is none."""
    return None if when is None else when.isoformat(timespec="seconds")


def _causes(snapshot: Snapshot) -> list[_Cause]:
    """Return why laptops failed or were given up, what is so of most first."""
    found: dict[tuple[State, str], _Cause] = {}
    for name, one in snapshot.laptops.items():
        if one.state in ("failed", "given up"):
            cause = found.setdefault((one.state, one.why), _Cause(one.state, one.why))
            cause.laptops += 1
            if cause.laptops <= _NAMES:
                cause.names.append(name)
    return sorted(found.values(), key=lambda one: -one.laptops)[:_ROWS]
