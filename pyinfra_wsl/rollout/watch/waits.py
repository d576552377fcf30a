"""What waits for what, in sentences: which gate and why, how many laptops and until when, and who has the last word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from shlex import quote
from zoneinfo import ZoneInfo

from pyinfra_wsl.rollout import gate, windows
from pyinfra_wsl.rollout.model import Snapshot, State
from pyinfra_wsl.rollout.watch.happened import Happened
from pyinfra_wsl.rollout.watch.sums import Sum, Sums
from pyinfra_wsl.rollout.words import are, count

_REASONS = 3
_PART = 10


def of_rollout(snapshot: Snapshot) -> list[str]:
    """Return what is to be said of the rollout as a whole: who stopped it and why, or that nobody runs it."""
    if snapshot.stage == "ended" or (snapshot.stage == "running" and snapshot.held):
        return []
    if snapshot.stage == "running":
        why = f"nobody runs it; {snapshot.holder} did last"
    else:
        told = snapshot.why.startswith(snapshot.stage)
        why = snapshot.why if told else f"{snapshot.stage}: {snapshot.why}".removesuffix(": ")
    step = next_step(snapshot)
    return [f"{why}. Next: {step}" if step else why]


def next_step(snapshot: Snapshot) -> str:
    """Return what a person is to do so that a rollout goes on; empty where that is nothing, or its reason says it."""
    again = f"pyinfra-wsl rollout {quote(snapshot.inventory)}"
    if snapshot.stage == "paused":
        return "pyinfra-wsl rollout resume" if snapshot.held else f"pyinfra-wsl rollout resume, then {again}"
    if snapshot.stage == "aborted":
        return f"pyinfra-wsl rollout resume takes it up again, {again} --anew begins a new one"
    return again if snapshot.stage == "running" and not snapshot.held else ""


def of_ring(number: int, snapshot: Snapshot, sums: Sums, now: datetime, here: ZoneInfo, *, failed: bool = True) -> list[str]:
    """Return what a ring waits for; nothing where its gate was passed and all of its laptops came to their end.

    Args:
        number: of the ring.
        snapshot: how the rollout stands.
        sums: the same in numbers.
        now: aware.
        here: the time zone in which times are said.
        failed: whether it is said that laptops failed, too.

    """
    ring = sums.rings[number]
    if ring.standing.opened is None:
        before = sums.rings[number - 1] if number else None
        first = before is None or before.standing.passed is not None
        return [] if snapshot.stage in ("ended", "aborted") else [
            "opens next" if first or before is None else f"opens after the gate of {before.name}"
        ]  # fmt: skip
    found = of_gate(number, snapshot, ring, now)
    if snapshot.stage not in ("ended", "aborted"):
        found += [*_due(ring, snapshot, sums, now, here), *_later(ring, snapshot, now, here)]
    return [*found, *(_failed(ring) if failed else ())]


def of_gate(number: int, snapshot: Snapshot, ring: Sum, now: datetime) -> list[str]:
    """Return what keeps the gate of a ring shut; nothing where it was passed, its ring was not opened, or `of_rollout` tells."""
    if not ring.open or snapshot.stage in ("aborted", "stuck"):
        return []
    verdict = gate.judge(snapshot, number, now)
    if verdict.never:
        return [f"its gate cannot open any more: {verdict.never}"]
    return [f"its gate: {one}" for one in verdict.waits]


def _due(ring: Sum, snapshot: Snapshot, sums: Sums, now: datetime, here: ZoneInfo) -> Iterator[str]:
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
        yield (
            f"{waiting(many)} for their window, which opens {moment(when, now, here)}"
            if when
            else (f"{waiting(many)} for a window that never opens")
        )
    most = snapshot.declared.per_site
    full = {site: many for site, many in ring.sites.items() if most is not None and sums.busy[site] >= most}
    if full and not shut:
        where = next(iter(full)) if len(full) == 1 else f"{len(full)} sites"
        yield f"{waiting(sum(full.values()))} for their turn at {where}, {most} at once{'' if len(full) == 1 else ' at each'}"


def _later(ring: Sum, snapshot: Snapshot, now: datetime, here: ZoneInfo) -> Iterator[str]:
    """Yield what is tried again, and when."""
    ends = (ring.standing.opened or now) + snapshot.declared.retry.until
    until = f"given up {moment(ends, now, here)}"
    if many := ring.counts["offline"]:
        yield f"{count(many)} {are(many)} offline: {_next('offline', ring, snapshot, now, here)}{until}"
    if many := ring.counts["deferred"]:
        said = "; ".join(one.replace("waits for ", "", 1) for one in _common(ring.reasons, many))
        yield f"{waiting(many)}{f' ({said})' if said else ''}: {_next('deferred', ring, snapshot, now, here)}{until}"


def _next(state: State, ring: Sum, snapshot: Snapshot, now: datetime, here: ZoneInfo) -> str:
    when = next_try(state, ring, snapshot, now, here)
    return f"next try {moment(when, now, here)}, " if when else ""


def next_try(state: State, ring: Sum, snapshot: Snapshot, now: datetime, here: ZoneInfo) -> datetime | None:
    """Return when the first laptop of a state is tried again, within its window; None where none is.

    Args:
        state: ``offline`` or ``deferred``.
        ring: of which ring.
        snapshot: how the rollout stands.
        now: aware.
        here: the time zone of laptops that declare none.

    """
    zones = ring.later.get(state, {}).values()
    found = (windows.next_open(snapshot.declared, laptop, max(again, now), here) for again, laptop in zones)
    return min(filter(None, found), default=None)


def _common(reasons: Counter[str], many: int) -> list[str]:
    """Return what is so of a good part of so many laptops: a reason with a name or a number in it is of one alone."""
    return [f"{number} × {why}" for why, number in reasons.most_common(_REASONS) if why and number * _PART >= many]


def _failed(ring: Sum) -> Iterator[str]:
    """Yield what failed, and the next step."""
    many = ring.counts["failed"] + ring.counts["given up"]
    if many:
        why = "; ".join(_common(ring.failures, many))
        words = "failed" if not ring.counts["given up"] else "failed or given up" if ring.counts["failed"] else "given up"
        yield f"{count(many)} {words}{f': {why}' if why else ''}"


def waiting(number: int) -> str:
    """Return that so many laptops wait."""
    return f"{count(number)} wait{'s' if number == 1 else ''}"


def moment(when: datetime, now: datetime, here: ZoneInfo) -> str:
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


def since(when: datetime, now: datetime, here: ZoneInfo) -> str:
    """Return a time that has passed, as `moment` does one that comes."""
    local = when.astimezone(here)
    return f"{local:%H:%M}" if local.date() == now.astimezone(here).date() else f"{local:%Y-%m-%d %H:%M}"


def row(one: Happened, snapshot: Snapshot, now: datetime, here: ZoneInfo) -> str:
    """Return a row of what happened as a line: when, and what; a row without a sentence is told by its kind and ring."""
    ring = "" if one.ring is None else f"{snapshot.rings[one.ring].ring.name}: "
    return f"{clock(one.time, now, here)} {one.text or ring + one.kind}"


def clock(when: datetime, now: datetime, here: ZoneInfo) -> str:
    """Return when something happened, to the second; of another day than `now` with its date."""
    local = when.astimezone(here)
    return f"{local:%H:%M:%S}" if local.date() == now.astimezone(here).date() else f"{local:%Y-%m-%d %H:%M:%S}"
