"""The state of a rollout, in one file: how each laptop and ring stands, what was asked of it, and what has happened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pyinfra_wsl.rollout import hold, kept, rows
from pyinfra_wsl.rollout.database import DamagedError, Database, GoneError, StoreError
from pyinfra_wsl.rollout.model import Laptop, RingStanding, Rollout, Snapshot, Stage, Standing
from pyinfra_wsl.rollout.watch.happened import Happened
from pyinfra_wsl.rollout.words import count

Wanted = Literal["pause", "resume", "abort", "approve", "retry"]

_LEAVE = "leave that file alone, and call it again: it goes on where it was"
_BESIDE = ("-wal", "-shm")
"""What SQLite has beside its file while anybody has it open, or was killed (https://www.sqlite.org/walformat.html)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks of a rollout.

    Args:
        number: by which it is marked as taken.
        time: when it was asked.
        who: who asked.
        kind: what.
        value: the ring that is approved, the laptops to retry by name, a line each, or why.

    """

    number: int
    time: datetime
    who: str
    kind: Wanted
    value: str


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a rollout begins with.

    Args:
        name: its own, of hexadecimal digits.
        inventory: as it was given.
        holder: who begins it.
        declared: what the fleet file says of it.
        laptops: with the sum over what is declared for each.
        dealt: the number of each laptop's ring.
        digest: the sum over all else that must not change.

    """

    name: str
    inventory: str
    holder: str
    declared: Rollout
    laptops: Sequence[tuple[Laptop, str]]
    dealt: Mapping[str, int]
    digest: str


class Store:
    """A rollout's state file. Only who holds its lock changes how anything stands; anybody reads, and writes wishes."""

    def __init__(self, path: Path) -> None:
        """Open a state file; raises `StoreError` where that cannot be."""
        self._file = Database(path)
        self._found: Snapshot | None = None
        self._shared = False  # whether a snapshot has the laptops, which are its own then
        self._rings: list[RingStanding] = []
        self._laptops: dict[str, Standing] = {}

    @classmethod
    def begin(cls, path: Path, beginning: Beginning, now: datetime) -> Store:
        """Make the state of a new rollout; the lock is held, and no state is there.

        It gets its name when it is whole: who is killed before has begun nothing.

        Raises:
            StoreError: it cannot be written.

        """
        new = path.with_name(f"{path.name}.new")
        for one in (new, *(path.with_name(f"{name}{end}") for name in (new.name, path.name) for end in _BESIDE)):
            one.unlink(missing_ok=True)  # of a rollout that was killed when it began: SQLite would read it into the new file
        file = Database(new, new=True)
        try:
            with file.change():
                _fill(file, beginning, now)
        finally:
            file.close()
        if any(new.with_name(f"{new.name}{end}").exists() for end in _BESIDE):  # SQLite could not bring it into the file itself
            raise StoreError(f"{path} has no room left on its disk", "free space or raise the limit, then call it again", "state")
        new.rename(path)
        return cls(path)

    def __enter__(self) -> Store:
        """Return itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Let go of the file."""
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._file.path

    def hold(self, holder: str) -> AbstractContextManager[None]:
        """Be the one who runs this rollout for a block; raises `hold.HeldError`, which tells who else does."""
        return hold.held(self.path, holder)

    def look_for(self) -> None:
        """Look whether the state, and the lock that the caller holds, are still there; raises `GoneError` where they are not."""
        self._file.look_for()
        if hold.is_lost(self.path):
            raise GoneError(
                f"{hold.beside(self.path)}, the lock of this rollout, was removed: another may run it now", _LEAVE, "state"
            )

    # what is there

    def snapshot(self, *, mine: bool = False) -> Snapshot:
        """Return the rollout as it stands.

        Args:
            mine: whether the caller holds the lock: nobody else has changed anything since the last time.

        """
        if not mine:
            self.forget()
        found = self._known()
        self._shared = True
        held = mine or hold.is_held(self.path)
        return replace(found, rings=tuple(self._rings), laptops=self._laptops, held=held)

    def laptop(self, name: str) -> Standing | None:
        """Return how one laptop stands, as the holder knows it; None where there is no such."""
        self._known()
        return self._laptops.get(name)

    def of_shard(self, shard: str) -> list[Standing]:
        """Return the laptops that are at work in a shard, as the holder knows it."""
        self._known()
        return [one for one in self._laptops.values() if one.state == "at work" and one.shard == shard]

    def _known(self) -> Snapshot:
        if self._found is None:
            self._found = self._read()
        return self._found

    def _read(self) -> Snapshot:
        try:
            with self._file.look():
                about = {row["name"]: row["value"] for row in self._file.rows("SELECT name, value FROM about")}
                rings = self._file.rows("SELECT * FROM ring ORDER BY number")
                laptops = self._file.rows("SELECT * FROM laptop ORDER BY number")
            found = rows.about(about)
            self._rings = [rows.ring(row, one) for row, one in zip(rings, found.declared.rings, strict=True)]
            self._laptops = {row["name"]: rows.standing(row, len(rings)) for row in laptops}
            self._shared = False
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            remedy = "restore it from a copy, or begin anew with --anew, which keeps it aside"
            raise DamagedError(f"{self.path} is damaged: {error!r}", remedy, "state") from None
        return found

    @property
    def rings(self) -> Sequence[RingStanding]:
        """How the rings stand, as the holder knows it."""
        self._known()
        return self._rings

    @property
    def declared(self) -> Rollout:
        """What is declared of it."""
        return self._known().declared

    def about(self, name: str) -> str:
        """Return what is kept under a name: ``digest``, ``seen``; empty where nothing is."""
        found = self._file.rows("SELECT value FROM about WHERE name = ?", name)
        return str(found[0]["value"]) if found else ""

    def digests(self) -> dict[str, str]:
        """Return the sum over what is declared for each laptop."""
        return {row["name"]: row["digest"] for row in self._file.rows("SELECT name, digest FROM laptop ORDER BY number")}

    def events(self, since: int = 0) -> list[Happened]:
        """Return what has happened, the oldest first.

        Args:
            since: how many of it are known already.

        """
        found = self._file.rows("SELECT * FROM event WHERE number > ? ORDER BY number", since)
        return [Happened(datetime.fromisoformat(one["time"]), one["kind"], one["ring"], one["text"]) for one in found]

    def wishes(self) -> list[Wish]:
        """Return what was asked and nobody has taken up yet, the oldest first."""
        found = self._file.rows("SELECT * FROM wish WHERE taken IS NULL ORDER BY number")
        return [Wish(one["number"], datetime.fromisoformat(one["time"]), one["who"], one["kind"], one["value"]) for one in found]

    # what anybody may write

    def wish(self, kind: Wanted, who: str, value: str, now: datetime) -> None:
        """Ask something of the rollout; arguments as of `Wish`."""
        with self._file.change():
            self._file.run("INSERT INTO wish (time, who, kind, value) VALUES (?, ?, ?, ?)", now.isoformat(), who, kind, value)

    # what the holder writes

    def change(self) -> AbstractContextManager[None]:
        """Make all that is written within the block together, or nothing of it."""
        return _Changing(self)

    def forget(self) -> None:
        """Read all anew at the next look: what was to be written was not."""
        self._found = None

    def stands(self, *standings: Standing) -> None:
        """Note how laptops stand now."""
        if self._shared and standings:
            self._laptops, self._shared = dict(self._laptops), False
        with self.change():
            for one in standings:
                self._file.run(rows.STANDS, *rows.stands(one))
                self._laptops[one.laptop.name] = one

    def ring(self, number: int, standing: RingStanding) -> None:
        """Note how a ring stands now."""
        with self.change():
            self._file.run(rows.RING, *rows.rings(standing, number))
            if number < len(self._rings):
                self._rings[number] = standing

    def dealt(self, names: Iterable[str], now: datetime) -> str:
        """Note that laptops are given to a worker; return the name of their shard, which none had before."""
        with self.change():
            number = int(self.about("shards") or 0) + 1
            self.note("shards", str(number))
            shard = f"{self.about('name')}-{number}"
            known = [one for name in names if (one := self.laptop(name)) is not None]
            self.stands(*(
                replace(one, state="at work", tries=one.tries + 1, again=None, shard=shard, changed=now) for one in known
            ))  # fmt: skip
        return shard

    def stage(self, stage: Stage, why: str = "") -> None:
        """Note how the rollout stands now, and why."""
        with self.change():
            self.note("stage", stage)
            self.note("why", why)
            if self._found is not None:
                self._found = replace(self._found, stage=stage, why=why)

    def holder(self, who: str) -> None:
        """Note who runs it from now on."""
        with self.change():
            self.note("holder", who)
            if self._found is not None:
                self._found = replace(self._found, holder=who)

    def note(self, name: str, value: str) -> None:
        """Keep a text under a name."""
        with self.change():
            self._file.run("INSERT OR REPLACE INTO about (name, value) VALUES (?, ?)", name, value)

    def taken(self, wish: Wish, now: datetime) -> None:
        """Note that a wish was taken up."""
        with self.change():
            self._file.run("UPDATE wish SET taken = ? WHERE number = ?", now.isoformat(), wish.number)

    def event(self, kind: str, text: str, now: datetime, ring: int | None = None) -> None:
        """Note what has happened; arguments as of `Happened`."""
        with self.change():
            self._file.run("INSERT INTO event (time, kind, ring, text) VALUES (?, ?, ?, ?)", now.isoformat(), kind, ring, text)

    def shifted(self, by: timedelta) -> None:
        """Move all times at which anything waits or has begun to: the clock was set, and no time has passed."""
        found = self.snapshot(mine=True)

        def moved(moment: datetime | None) -> datetime | None:
            return None if moment is None else moment + by

        with self.change():
            self.stands(*(
                replace(one, again=moved(one.again), changed=moved(one.changed)) for one in found.laptops.values()
                if one.again or one.changed
            ))  # fmt: skip
            for number, one in enumerate(found.rings):
                self.ring(number, replace(one, opened=moved(one.opened), passed=moved(one.passed), ready=moved(one.ready)))


class _Changing(AbstractContextManager[None]):
    """A transaction of a store: where it fails, what the store knows by heart is forgotten."""

    def __init__(self, store: Store) -> None:
        self._store, self._inner = store, store._file.change()

    def __enter__(self) -> None:
        self._inner.__enter__()

    def __exit__(self, *error: Any) -> None:
        try:
            self._inner.__exit__(*error)
        except BaseException:
            self._store.forget()
            raise
        if error[0] is not None:
            self._store.forget()


def aside(path: Path, now: datetime) -> Path:
    """Put a state file aside, where nobody takes it for that of a rollout; return where. The lock is held. Raises OSError."""
    free, number = path.with_name(f"{path.stem}-until-{now:%Y-%m-%dT%H-%M-%S}{path.suffix}"), 1
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-until-{now:%Y-%m-%dT%H-%M-%S}-{number}{path.suffix}")
    for end in (*_BESIDE, ""):  # what is beside goes first: without its file nobody reads it
        one = path.with_name(f"{path.name}{end}")
        if one.exists():
            one.rename(free.with_name(f"{free.name}{end}"))
    return free


def _fill(file: Database, beginning: Beginning, now: datetime) -> None:
    told: dict[str, Any] = {
        "name": beginning.name, "inventory": beginning.inventory, "stage": "running", "why": "", "begun": now.isoformat(),
        "holder": beginning.holder, "declared": kept.text(beginning.declared), "digest": beginning.digest, "shards": "0",
    }  # fmt: skip
    for name, value in told.items():
        file.run("INSERT INTO about (name, value) VALUES (?, ?)", name, value)
    for number, one in enumerate(beginning.declared.rings):
        file.run("INSERT INTO ring (number, name) VALUES (?, ?)", number, one.name)
    for laptop, digest in beginning.laptops:
        file.run(rows.LAPTOP, *rows.laptop(laptop, digest, beginning.dealt[laptop.name]))
    words = json.dumps(beginning.inventory, ensure_ascii=False)
    file.run(
        "INSERT INTO event (time, kind, ring, text) VALUES (?, 'begun', NULL, ?)",
        now.isoformat(),
        f"begun over {count(len(beginning.laptops))} of {words} by {beginning.holder}",
    )
