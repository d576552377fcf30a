"""What a rollout is made of: what is declared of it, how each of its laptops and rings stands, and what its engine tells.

Times are aware and in UTC. A host is called as in the results: pyinfra's name of it (``LT-0001``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Literal, Protocol

State = Literal["waiting", "due", "at work", "converged", "deferred", "offline", "failed", "given up"]
"""How a laptop stands: its ring is not open; it may be tried; it is being tried; it is as declared; it is tried again later (for
what it waits for, or since it did not answer); it failed, which only a person's word tries again; its deadline has passed."""

Stage = Literal["running", "paused", "aborted", "ended", "stuck"]
"""How a rollout stands. Stuck: the gate of a ring cannot open any more by itself."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What must be true of a ring before the next one opens.

    Args:
        share: of the ring's laptops that are converged (and verify, where that is asked), from 0 to 1.
        verify: whether each setting is looked up with the machine's own programs, too.
        new_failures: whether a kind of failure that no ring before had keeps the gate shut.
        approve: whether a person's word is needed.
        wait: for how long the rest must have been true.

    """

    share: float = 0.95
    verify: bool = True
    new_failures: bool = True
    approve: bool = False
    wait: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Ring:
    """Laptops that are done together, after those of the rings before.

    Args:
        name: what it is called.
        groups: all of these groups.
        hosts: these by name.
        percent: this part of all laptops of the fleet, of those that are left.
        size: so many of those that are left.
        gate: what must be true before the next.

    With none of `groups`, `hosts`, `percent` and `size` it is all that are left.
    """

    name: str
    groups: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    percent: float | None = None
    size: int | None = None
    gate: Gate = Gate()


@dataclass(frozen=True, slots=True)
class Window:
    """When laptops may be worked on, by their own clocks.

    Args:
        days: of the week on which it begins, Monday is 0.
        begins: time of the day.
        ends: time of the day; of the next one where it is not after `begins`.

    """

    days: frozenset[int]
    begins: time
    ends: time


@dataclass(frozen=True, slots=True)
class Retry:
    """When a laptop is tried again that did not answer, or waits.

    Args:
        first: after the first try.
        longest: that is waited; each wait is twice the one before.
        until: after the opening of its ring, from when on it is given up.

    """

    first: timedelta = timedelta(minutes=10)
    longest: timedelta = timedelta(hours=4)
    until: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rollout:
    """What a fleet file declares of its rollout.

    Args:
        rings: in their order; at least one.
        windows: when laptops may be worked on; always, where there are none.
        retry: when they are tried again.
        per_site: how many laptops of one site are worked on, and so download, at once; None for any number.
        shard: how many laptops a worker is given at a time.
        notify: a command that is told of gates, aborts and ends by JSON at its standard input; None for nobody.
        seed: with which laptops are dealt to percentages and sizes; another one deals others.

    """

    rings: tuple[Ring, ...]
    windows: tuple[Window, ...] = ()
    retry: Retry = Retry()
    per_site: int | None = None
    shard: int = 50
    notify: tuple[str, ...] | None = None
    seed: str = ""


@dataclass(frozen=True, slots=True)
class Laptop:
    """What a rollout must know of a host.

    Args:
        name: the host's in the inventory.
        groups: its groups.
        site: where it is; None where that is not declared.
        zone: its time zone by its IANA name; None for that of the control machine.

    """

    name: str
    groups: tuple[str, ...] = ()
    site: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How one laptop stands.

    Args:
        laptop: which one.
        ring: the number of its ring, from 0.
        state: see `State`.
        tries: how often it was tried.
        again: when it is tried next; None where it is not known or not to be.
        outcome: of its newest result; empty before the first.
        verified: whether all its settings were found by the machine's own programs; None where that was not looked up.
        kinds: what kinds of failure it had in its newest result.
        why: what it waits for or why it failed, one sentence.
        shard: with which it is, or was last, at work.
        changed: when it came to this state.
        losses: how often it, or whoever worked on it, was lost in the middle, since it last came to an end.

    """

    laptop: Laptop
    ring: int
    state: State = "waiting"
    tries: int = 0
    again: datetime | None = None
    outcome: str = ""
    verified: bool | None = None
    kinds: tuple[str, ...] = ()
    why: str = ""
    shard: str = ""
    changed: datetime | None = None
    losses: int = 0


@dataclass(frozen=True, slots=True)
class RingStanding:
    """How one ring stands.

    Args:
        ring: which one.
        opened: when it did; None before.
        passed: when its gate opened; None before.
        ready: since when its gate would open but for the wait and a person's word; None where it would not.
        approved: who gave their word; empty for nobody.

    """

    ring: Ring
    opened: datetime | None = None
    passed: datetime | None = None
    ready: datetime | None = None
    approved: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A rollout as it stands.

    Args:
        name: its own, from which its results' folder is named.
        inventory: as it was given.
        stage: see `Stage`.
        begun: when.
        holder: who runs it, or ran it last.
        held: whether that process is alive.
        declared: what the fleet file said of it at its beginning.
        rings: in their order.
        laptops: by name.
        why: of a stage that is not `running`.

    """

    name: str
    inventory: str
    stage: Stage
    begun: datetime
    holder: str
    held: bool
    declared: Rollout
    rings: tuple[RingStanding, ...]
    laptops: Mapping[str, Standing]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A host as a worker needs it: all that its inventory says of it, secrets among that.

    Args:
        name: the host's, as results have it.
        data: its host data, of plain values; a `Secret` is one.
        groups: its groups.
        connector: by which pyinfra reaches it: ``winssh``.
        everybody: of its groups those that tell nothing, since all that stands in the inventory is in them.

    """

    name: str
    data: Mapping[str, Any] = field(repr=False)
    groups: tuple[str, ...] = ()
    connector: str = "ssh"
    everybody: tuple[str, ...] = ("all",)


@dataclass(frozen=True, slots=True)
class Shard:
    """Laptops that are given to a worker together.

    Args:
        name: its own within a rollout.
        members: the hosts.
        deploy: deploy files to call, by whole paths; our roles where there are none.
        verify: whether each that is converged is verified, too.

    """

    name: str
    members: Sequence[Member]
    deploy: tuple[str, ...] = ()
    verify: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """A laptop came to its end.

    Args:
        host: which one.
        document: its result, as ``schemas/result.json`` has it.

    """

    host: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verified:
    """A laptop was verified.

    Args:
        host: which one.
        found: whether all its settings are as declared; None where it could not be looked at.
        said: what is not, a line each.

    """

    host: str
    found: bool | None
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """A worker took a shard.

    Args:
        worker: what it is called.

    """

    worker: str


Event = Begun | Ended | Verified


class LostError(Exception):
    """Whoever worked on a shard is gone; its text says who and why. What it has not told may have been done all the same."""


class EngineError(Exception):
    """An engine cannot work; its text says why and what to do."""


class Engine(Protocol):
    """Who carries shards out. Entered and left as an asynchronous context."""

    async def __aenter__(self) -> Engine:
        """Begin; raises `EngineError`."""

    async def __aexit__(self, *error: object) -> None:
        """End: what is at work is given up after the laptops that are being changed have come to an end."""

    @property
    def free(self) -> int:
        """How many shards may be given now."""

    def work(self, shard: Shard) -> AsyncIterator[Event]:
        """Carry a shard out, and tell what becomes of it, until it ends.

        Args:
            shard: which one.

        Raises:
            LostError: whoever worked on it is gone.
            EngineError: nobody can work any more.

        """
