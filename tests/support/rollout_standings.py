"""A rollout as it may stand: of so many laptops, in rings, at a moment that is always the same."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pyinfra_wsl.rollout.model import Gate, Laptop, Retry, Ring, RingStanding, Rollout, Snapshot, Standing, Window
from pyinfra_wsl.rollout.watch.happened import Happened

NOW = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)  # a Friday; 16:30 in Berlin
HERE = ZoneInfo("Europe/Berlin")
EVENING = Window(frozenset(range(5)), time(18), time(22))
RINGS = (Ring("pilot", gate=Gate(1, approve=True)), Ring("early", percent=10), Ring("rest"))
DECLARED = Rollout(RINGS, retry=Retry(), per_site=None)
BEGUN = NOW - timedelta(hours=3)


def laptop(name, ring=0, state="waiting", *, site=None, zone=None, **told):
    """Return how one laptop stands."""
    return Standing(Laptop(name, (), site, zone), ring, state, **told)


def rings(*standings, of=RINGS):
    """Return rings, of which the first ones were opened and passed as told: hours ago, or None."""
    found = []
    for number, ring in enumerate(of):
        opened, passed = standings[number] if number < len(standings) else (None, None)
        hours = [None if one is None else NOW - timedelta(hours=one) for one in (opened, passed)]
        found.append(RingStanding(ring, hours[0], hours[1]))
    return tuple(found)


def snapshot(*laptops, of=None, **told):
    """Return a rollout; unless told otherwise, its first ring was passed an hour ago and its second one is open."""
    of = of if of is not None else rings((3, 1), (1, None))
    base = Snapshot("7f3a9c21", "inventory/laptops.py", "running", BEGUN, "ada@desk, run 7f3a", True, DECLARED, of, {})
    return replace(base, laptops={one.laptop.name: one for one in laptops}, **told)


def usual():
    """Return a rollout in its second ring, with a laptop in every state."""
    again = NOW + timedelta(minutes=75)
    return snapshot(
        *(laptop(f"P-{n}", 0, "converged", tries=1, verified=True, changed=NOW - timedelta(hours=2)) for n in range(4)),
        *(laptop(f"E-{n}", 1, "converged", tries=1, verified=True, changed=NOW - timedelta(minutes=5)) for n in range(5)),
        laptop("E-WORK", 1, "at work", tries=1, shard="1"),
        laptop("E-DUE", 1, "due", zone="Europe/Berlin"),
        laptop("E-LOGON", 1, "deferred", tries=1, again=again, why="user logon: nobody is at the screen"),
        laptop("E-OFF", 1, "offline", tries=2, again=again + timedelta(minutes=30)),
        laptop("E-FULL", 1, "failed", tries=1, why="drive C: is full", kinds=("disk",), changed=NOW),
        laptop("E-LATE", 1, "given up", tries=9, why="it never answered", changed=NOW),
        *(laptop(f"R-{n}", 2) for n in range(20)),
    )


def many(number):
    """Return a rollout of so many laptops, in all states, zones and sites."""
    states = ("converged", "at work", "due", "deferred", "offline", "failed")
    zones = ("Europe/Berlin", "Asia/Tokyo", "America/New_York", None)
    return snapshot(
        *(
            laptop(
                f"LT-{n:06}", 1 if n % 4 else 2, states[n % 6] if n % 4 else "waiting", site=f"site {n % 300}", zone=zones[n % 4],
                tries=1, again=NOW + timedelta(seconds=n), why=f"{n} is its own", changed=NOW,
            )
            for n in range(number)
        ),
        declared=replace(DECLARED, windows=(EVENING,), per_site=5),
    )  # fmt: skip


def events():
    """Return what has happened in `usual`."""
    return [
        Happened(BEGUN, "begun", None, "begun by ada@desk"),
        Happened(BEGUN, "opened", 0, "pilot begins: 4 laptops"),
        Happened(NOW - timedelta(hours=2), "ready", 0, "pilot is ready: waits for a person's word"),
        Happened(NOW - timedelta(hours=1), "approved", 0, "pilot is approved by bo@desk"),
        Happened(NOW - timedelta(hours=1), "passed", 0, ""),
        Happened(NOW - timedelta(hours=1), "opened", 1, "early begins: 11 laptops"),
    ]
