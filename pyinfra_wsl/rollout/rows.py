"""How laptops, rings and times of a rollout stand in the rows of its state file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from pyinfra_wsl.rollout import kept
from pyinfra_wsl.rollout.model import Laptop, Ring, RingStanding, Snapshot, Stage, Standing, State


def moment(told: str | None) -> datetime | None:
    """Return the time of a text; None of none."""
    if told is None:
        return None
    found = datetime.fromisoformat(told)
    if found.tzinfo is None:
        raise ValueError(f"{told} is of no time zone")
    return found


def told(moment: datetime | None) -> str | None:
    """Return a time as text; None of none."""
    return None if moment is None else moment.isoformat()


def about(told: Mapping[str, str]) -> Snapshot:
    """Return what is kept of a rollout as a whole; raises KeyError or ValueError for what is none."""
    if (stage := told["stage"]) not in get_args(Stage):
        raise ValueError(f"{stage} is no stage")
    begun = moment(told["begun"])
    if begun is None:
        raise ValueError("it has not begun")
    declared = kept.rollout(told["declared"])
    name, inventory, holder, why = (told[one] for one in ("name", "inventory", "holder", "why"))
    return Snapshot(name, inventory, stage, begun, holder, False, declared, (), {}, why)  # type: ignore[arg-type] # looked up


def standing(row: sqlite3.Row, rings: int) -> Standing:
    """Return the laptop of a row, in one of so many rings; raises ValueError or TypeError for what is none."""
    if row["state"] not in get_args(State):
        raise ValueError(f"{row['name']}: {row['state']} is no state")
    if row["ring"] not in range(rings):
        raise ValueError(f"{row['name']}: {row['ring']} is no ring")
    if not all(isinstance(row[one], int) for one in ("tries", "losses")):
        raise ValueError(f"{row['name']}: tries are a number")
    return Standing(
        laptop=Laptop(row["name"], tuple(json.loads(row["groups"])), row["site"], row["zone"]),
        ring=row["ring"],
        state=row["state"],
        tries=row["tries"],
        again=moment(row["again"]),
        outcome=row["outcome"],
        verified=None if row["verified"] is None else bool(row["verified"]),
        kinds=tuple(json.loads(row["kinds"])),
        why=row["why"],
        shard=row["shard"],
        changed=moment(row["changed"]),
        losses=row["losses"],
    )


STANDS = (
    "UPDATE laptop SET state = ?, tries = ?, again = ?, outcome = ?, verified = ?, kinds = ?, why = ?, shard = ?, changed = ?,"
    " losses = ? WHERE name = ?"
)


def stands(one: Standing) -> tuple[Any, ...]:
    """Return the values of `STANDS` for a laptop."""
    verified = None if one.verified is None else int(one.verified)
    return (
        one.state, one.tries, told(one.again), one.outcome, verified, json.dumps(one.kinds), one.why, one.shard,
        told(one.changed), one.losses, one.laptop.name,
    )  # fmt: skip


LAPTOP = "INSERT INTO laptop (name, groups, site, zone, digest, ring) VALUES (?, ?, ?, ?, ?, ?)"


def laptop(one: Laptop, digest: str, ring: int) -> tuple[Any, ...]:
    """Return the values of `LAPTOP` for a laptop."""
    return one.name, json.dumps(one.groups), one.site, one.zone, digest, ring


def ring(row: sqlite3.Row, declared: Ring) -> RingStanding:
    """Return the ring of a row; raises ValueError for what is none."""
    if row["name"] != declared.name:
        raise ValueError(f"{row['name']} is not the ring {declared.name}")
    return RingStanding(declared, moment(row["opened"]), moment(row["passed"]), moment(row["ready"]), row["approved"])


RING = "UPDATE ring SET opened = ?, passed = ?, ready = ?, approved = ? WHERE number = ?"


def rings(one: RingStanding, number: int) -> tuple[Any, ...]:
    """Return the values of `RING` for a ring."""
    return told(one.opened), told(one.passed), told(one.ready), one.approved, number
