"""The journal of one host in one run: what changed, what waits, what failed, and how the host was found."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Deferred, Plan

if TYPE_CHECKING:  # who prints old results needs nothing of pyinfra's
    from pyinfra.api.host import Host

_KEY = "pyinfra_wsl.journal"
_SETTINGS = 300
"""So many settings of one resource are noted of a host."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was made: the resource, what people call it, its sentence, and how many seconds it took."""

    resource: str
    words: str
    sentence: str
    seconds: float = 0.0


@dataclass(slots=True)
class Part:
    """How far a run has come with one resource that is declared for a host.

    Args:
        words: what the resource is called in the table.
        begun: of how many operations it was begun.
        known: of how many of them it became known what there is, and what is to be done.
        settings: what is declared of it, by the places in a fleet file: ``wslconfig.wsl2.memory``.

    """

    words: str
    begun: int = 0
    known: int = 0
    settings: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a look before a run has found to do: of which resource, what people call it, the plan, and pyinfra's operation.

    `person` is whose of a host's several people it is; empty where it is the host's.
    """

    resource: str
    words: str
    plan: Plan
    operation: str = ""
    person: str = ""


@dataclass
class Journal:
    """What is said of one host; the same thing said twice counts once.

    Args:
        spent: seconds in which the host itself was at work for this run.
        changes, waiting, failures, warnings, unproved: what was done, waits, went wrong, should be known, could not be proved.
        offline: why the host did not answer; None where it did.
        begun: whether the run began to carry out anything that is declared for the host.
        left: the operations on this host that did not come to their end; None until the end of the run tells.
        broken: what could not be brought about, so that what needs it is not tried: resource, and name of a thing or "".
        lost: whether nothing more can be done on the host in this run.
        before: the host as the run found it, as a result has it; None where it was not seen, and of Linux hosts.
        seen: whether the run has looked at the host.
        parts: what is declared, by the names of the resources, as far as the run came to it.
        left_out: what the run was told to leave out: what people call it, by its resource.
        foretold: what a look before a run has found to do, in the order of what is declared.
        doing: what was begun last, of a change that is under way.
        keep: is called when something is noted that must outlive this process; None where it need not.
        people: where what is declared is for several people of a host, what was noted of each, by name.
        person: for whom of them the operation of the moment is; empty for the host.

    """

    spent: float = 0.0
    changes: list[Change] = field(default_factory=list)
    waiting: list[tuple[str, Deferred]] = field(default_factory=list)
    failures: list[tuple[str, Failure]] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    unproved: list[tuple[str, str]] = field(default_factory=list)
    offline: Failure | None = None
    begun: bool = False
    left: tuple[str, ...] | None = None
    broken: set[tuple[str, str]] = field(default_factory=set)
    lost: bool = False
    before: Any = None
    seen: bool = False
    parts: dict[str, Part] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    foretold: list[Foretold] = field(default_factory=list)
    doing: Change | None = None
    keep: Callable[[], None] | None = None
    people: dict[str, Journal] = field(default_factory=dict)
    person: str = ""

    @property
    def own(self) -> Journal:
        """The journal of the person for whom the operation of the moment is, or this one."""
        if not self.person:
            return self
        if (found := self.people.get(self.person)) is None:
            found = self.people[self.person] = Journal()
            found.keep = partial(self._heard, found)
        return found

    @property
    def every(self) -> Mapping[str, Journal]:
        """All that is noted of the host, by person; what is nobody's own has the name ""."""
        return {"": self, **self.people}

    @property
    def all_failures(self) -> list[tuple[str, Failure]]:
        """What went wrong, of the host and of each of its people."""
        return [one for own in self.every.values() for one in own.failures] if self.people else self.failures

    @property
    def out_of_reach(self) -> set[tuple[str, str]]:
        """What `broken` is for the person of the moment: what of the host could not be brought about, and of their own."""
        return self.broken | self.own.broken if self.person else self.broken

    def began(self, resource: str, words: str) -> None:
        """Note that the run came to something declared of a resource."""
        self.parts.setdefault(resource, Part(words)).begun += 1

    def declared(self, resource: str, settings: Iterable[str]) -> None:
        """Note what is declared of a resource, by the places in a fleet file; not more than anybody looks through."""
        if (part := self.parts.get(resource)) is None:  # a look before a run notes nothing of it
            return
        noted = part.settings
        noted.update(dict.fromkeys(islice(settings, max(0, _SETTINGS - len(noted)))))

    def knows(self, resource: str) -> None:
        """Note that for what it came to last, it became known what there is and what is to be done."""
        self.parts[resource].known += 1

    def begins(self, resource: str, words: str, sentence: str) -> None:
        """Note that a change is about to be made: whoever is killed meanwhile has said so."""
        self.doing = Change(resource, words, sentence)
        self._kept()

    def changed(self, resource: str, words: str, sentence: str, seconds: float = 0.0) -> None:
        """Note a change that was made."""
        self.changes.append(Change(resource, words, sentence, round(seconds, 3)))
        self.doing = None
        self._kept()

    def deferred(self, resource: str, deferred: Deferred) -> None:
        """Note a change that waits."""
        _once(self.waiting, (resource, deferred))
        if self.doing is not None:
            self.doing = None
            self._kept()

    def failed(self, resource: str, failure: Failure) -> None:
        """Note what is impossible or went wrong."""
        _once(self.failures, (resource, failure))
        self.doing = None
        self._kept()

    def broke(self, resource: str, about: Collection[str]) -> None:
        """Note that a resource could not be brought about, or some things of it by their names."""
        self.broken |= {(resource, name) for name in about or ("",)}

    def warned(self, resource: str, warning: str) -> None:
        """Note what a person should know although nothing is wrong yet."""
        _once(self.warnings, (resource, warning))

    def not_proved(self, resource: str, what: str) -> None:
        """Note what is set as declared, and of which this run could not see that it works."""
        _once(self.unproved, (resource, what))

    def unreachable(self, failure: Failure) -> None:
        """Note that the host did not answer."""
        self.offline = failure

    def _heard(self, person: Journal) -> None:
        """Keep what is noted of a person as what is noted of the host."""
        self.doing = person.doing
        self._kept()

    def _kept(self) -> None:
        if self.keep is not None:
            self.keep()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Count the seconds of the block as spent on this host."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.spent += time.monotonic() - begun

    @property
    def outcome(self) -> str:
        """The first that is true of ``offline``, ``failed``, ``not looked at``, ``unfinished``, ``deferred`` and ``converged``.

        Converged is earned: something declared was carried out, every operation on the host came to its end, nothing waits.
        """
        if self.offline:
            return "offline"
        if self.all_failures:
            return "failed"
        if not (self.begun or self.seen):
            return "not looked at"
        if not self.begun or self.left is None or self.left:
            return "unfinished"
        return "deferred" if any(one.waiting for one in self.every.values()) else "converged"

    def outcome_of(self, person: str) -> str:
        """Return the outcome of one person alone, by name: as of `outcome`, as far as it is of their own."""
        own = self.people[person]
        if own.failures:
            return "failed"
        if self.offline or self.left is None or self.left:
            return "unfinished"
        return "deferred" if own.waiting else "converged"

    @property
    def seconds(self) -> float:
        """Seconds that were spent on this host, without waiting for others."""
        return round(self.spent, 1)


def _once(notes: list[Any], note: object) -> None:
    if note not in notes:
        notes.append(note)


def journal(host: Host) -> Journal:
    """Return a host's journal; begun with the first call."""
    found = host.connector_data.get(_KEY)
    if found is None:  # not `setdefault`, which would make one for each call
        found = host.connector_data[_KEY] = Journal()
    assert isinstance(found, Journal)  # noqa: S101 - the key is ours alone
    return found
