"""What waits for what, in sentences: which gate and why, how many laptops and until when, and who has the last word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

from pyinfra_wsl.rollout import gate, windows
from pyinfra_wsl.rollout.model import Snapshot
from pyinfra_wsl.rollout.watch.sums import Sum, Sums

_REASONS = 3


def of_rollout(snapshot: Snapshot) -> list[str]:
    """Return what is to be said of the rollout as a whole: who stopped it and why, or that nobody runs it."""
    why = f": {snapshot.why}" if snapshot.why else ""
    again = f"pyinfra-wsl rollout {snapshot.inventory}"
    if snapshot.stage == "paused":
        goes = "pyinfra-wsl rollout resume" if snapshot.held else f"pyinfra-wsl rollout resume, then {again}"
        return [f"paused{why}. Next: {goes}"]
    if snapshot.stage == "aborted":
        return [f"aborted{why}. Next: {again} --anew begins a new one"]
    if snapshot.stage == "stuck":
        return [f"stuck{why}"]
    if snapshot.stage == "running" and not snapshot.held:
        return [f"nobody runs it; {snapshot.holder} did last. Next: {again} goes on with it"]
    return []


def of_ring(number: int, snapshot: Snapshot, sums: Sums, now: datetime, here: tzinfo) -> list[str]:
    """Return what a ring waits for; nothing where its gate was passed and all of its laptops came to their end.

    Args:
        number: of the ring.
        snapshot: how the rollout stands.
        sums: the same in numbers.
        now: aware.
        here: the time zone in which times are said.

    """
    ring = sums.rings[number]
    if ring.standing.opened is None:
        before = sums.rings[number - 1] if number else None
        first = before is None or before.standing.passed is not None
        return [] if snapshot.stage in ("ended", "aborted") else [
            "opens next" if first or before is None else f"opens after the gate of {before.name}"
        ]  # fmt: skip
    found = [*_gate(number, snapshot, ring, now)]
    if snapshot.stage not in ("ended", "aborted"):
        found += [*_due(ring, snapshot, sums, now, here), *_later(ring, snapshot, now, here)]
    return [*found, *_failed(ring)]


def _gate(number: int, snapshot: Snapshot, ring: Sum, now: datetime) -> Iterator[str]:
    """Yield what keeps the gate of a ring shut."""
    if not ring.open or snapshot.stage == "aborted":
        return
    verdict = gate.judge(snapshot, number, now)
    if verdict.never:
        yield f"its gate cannot open: {verdict.never}"
    for one in verdict.waits:
        yield f"its gate: {one}"


def _due(ring: Sum, snapshot: Snapshot, sums: Sums, now: datetime, here: tzinfo) -> Iterator[str]:
    """Yield why laptops that may be tried are not."""
    shut = 0
    opens: dict[datetime | None, int] = {}
    for many, laptop in ring.zones.values():
        if windows.open_at(snapshot.declared, laptop, now, here):
            continue
        shut += many
        when = windows.next_open(snapshot.declared, laptop, now, here)
        opens[when] = opens.get(when, 0) + many
    for when, many in sorted(opens.items(), key=lambda one: (one[0] is None, one[0] or now)):
        yield f"{laptops(many)} until their window opens, {moment(when, now, here) if when else 'which it never does'}"
    most = snapshot.declared.per_site
    full = {site: many for site, many in ring.sites.items() if most is not None and sums.busy[site] >= most}
    if full and not shut:
        where = next(iter(full)) if len(full) == 1 else f"{len(full)} sites"
        yield f"{laptops(sum(full.values()))} for their turn at {where}, {most} at once{'' if len(full) == 1 else ' at each'}"


def _later(ring: Sum, snapshot: Snapshot, now: datetime, here: tzinfo) -> Iterator[str]:
    """Yield what is tried again, and when."""
    ends = (ring.standing.opened or now) + snapshot.declared.retry.until
    until = f", given up {moment(ends, now, here)}"
    if many := ring.counts["offline"]:
        yield f"{laptops(many)} offline{_next(ring.next_try.get('offline'), now, here)}{until}"
    if many := ring.counts["deferred"]:
        said = ", ".join(f"{number} {why}" for why, number in ring.reasons.most_common(_REASONS) if why)
        yield f"{laptops(many)} deferred{f' ({said})' if said else ''}{_next(ring.next_try.get('deferred'), now, here)}{until}"


def _failed(ring: Sum) -> Iterator[str]:
    """Yield what failed, and the next step."""
    many = ring.counts["failed"] + ring.counts["given up"]
    if many:
        why = next((f": {number} × {why}" for why, number in ring.failures.most_common(1) if why), "")
        words = "failed" if not ring.counts["given up"] else "failed or given up" if ring.counts["failed"] else "given up"
        yield f"{laptops(many)} {words}{why}"


def _next(when: datetime | None, now: datetime, here: tzinfo) -> str:
    return f", next try {moment(when, now, here)}" if when else ""


def laptops(number: int) -> str:
    """Return so many laptops in words."""
    return f"{number} laptop{'' if number == 1 else 's'}"


def moment(when: datetime, now: datetime, here: tzinfo) -> str:
    """Return a time as people say it where they are: of this day by its time, of others with their day."""
    if when <= now:
        return "now"
    local, today = when.astimezone(here), now.astimezone(here).date()
    clock = f"{local:%H:%M}"
    if local.date() == today:
        return clock
    if local.date() < today + timedelta(days=7):
        return f"{local:%a} {clock}"
    return f"{local:%Y-%m-%d} {clock}"
