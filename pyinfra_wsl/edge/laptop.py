"""The snapshot of a laptop as a pyinfra fact; every other fact of Windows is a view on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, ClassVar

from pyinfra.api.exceptions import FactProcessError
from pyinfra.api.facts import FactBase, ShortFactBase
from pyinfra.context import host
from typing_extensions import override

from pyinfra_wsl import registry
from pyinfra_wsl.connectors.command import LookCommand, PeopleCommand
from pyinfra_wsl.connectors.session import SNAPSHOT_TTL
from pyinfra_wsl.connectors.windows import WindowsConnector
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.windows.laptop import Laptop as Seen
from pyinfra_wsl.core.windows.laptop import Target
from pyinfra_wsl.core.windows.people import Person
from pyinfra_wsl.core.windows.resource import WindowsResource
from pyinfra_wsl.core.windows.whose import EVERY
from pyinfra_wsl.edge import declared, door
from pyinfra_wsl.edge.guard import shown

_ASLEEP = "pyinfra_wsl.asleep"
_QUIET = "pyinfra_wsl.quiet"


@cache
def resources() -> tuple[WindowsResource[Any, Any], ...]:
    """Return the resources of laptops."""
    return tuple(one for one in registry.found() if isinstance(one, WindowsResource))


@cache
def _by_name() -> Mapping[str | None, WindowsResource[Any, Any]]:
    return {one.name: one for one in resources()}


def target(inside: Iterable[str] = (), paths: Iterable[str] = (), distros: Iterable[str] = (), user: str | None = None) -> Target:
    """Return what is looked at on the host of the moment: its user, and what its declaration wants looked into and looked for.

    `user` is another than its own.
    """
    return _target(declared.here(), inside, paths, distros, user)


def _target(
    here: declared.Declared, inside: Iterable[str], paths: Iterable[str], distros: Iterable[str], user: str | None
) -> Target:
    notes = host.connector_data
    wanted = _asked(here.of_laptop)
    targets = tuple(dict.fromkeys([*wanted["targets"], *inside]))
    files = tuple(dict.fromkeys([*wanted["paths"], *paths]))
    named = tuple(dict.fromkeys([*wanted["distros"], *distros]))
    if asleep := notes.get(_ASLEEP):
        targets = tuple(name for name in targets if name.lower() not in asleep)
    visit, known = not notes.get(_QUIET), None if user is None else person(user)
    copied = visit and known is not None and known.closed
    whose = here.of_host.get("user") if user is None else user
    return Target(whose, targets, files, named, visit, tuple(sorted(here.of_laptop)), copied)


def asked(
    inside: tuple[str, ...] = (),
    resource: str | None = None,
    paths: tuple[str, ...] = (),
    distros: tuple[str, ...] = (),
    user: str | None = None,
) -> tuple[Target, WindowsResource[Any, Any] | None, float]:
    """Return what is looked at on the host of the moment, for whose plan, and for how many seconds it is believed.

    Args:
        inside, resource, paths, distros, user: as the fact `Laptop` takes them.

    """
    here = declared.here()
    seconds = here.of_host.get("snapshot_ttl")
    ttl = SNAPSHOT_TTL if seconds is None else float(seconds)
    return _target(here, inside, paths, distros, user), _by_name().get(resource), ttl


def leave_alone() -> None:
    """Let no look at the host of the moment start anything in a person's session."""
    host.connector_data[_QUIET] = True


def person(user: object) -> Person | None:
    """Return who of the people that were found on the host of the moment is meant; None where none of them is.

    Args:
        user: a SID.

    """
    if user is None or not isinstance(host.connector, WindowsConnector):
        return None
    return next((one for one in host.connector.session.people or () if one.sid == user), None)


def leave_asleep(distros: Iterable[str]) -> None:
    """Let no look at the host of the moment look into some distributions, for which they would be started.

    Args:
        distros: their names.

    """
    host.connector_data[_ASLEEP] = frozenset(name.lower() for name in distros)


def _asked(data: Values) -> Mapping[str, tuple[str, ...]]:
    """Return what the host's data want looked at."""
    written = door.spelled(data)
    return _asked_of(data) if written is None else _asked_once(written)


def _asked_of(data: Values) -> Mapping[str, tuple[str, ...]]:
    return {
        question: tuple(one for part in resources() for one in registry.ask(part, question, data))
        for question in ("targets", "paths", "distros")
    }


@lru_cache(maxsize=1024)
def _asked_once(written: bytes) -> Mapping[str, tuple[str, ...]]:
    return _asked_of(door.unspelled(written))


class Laptop(FactBase[Seen | None]):
    """Return everything known of a laptop as one object.

    + inside: names of distributions that are looked into beside those that the host declares
    + resource: for whose plan; what only other resources depend on may then be older
    + paths: of files that are looked for beside those that the host declares
    + distros: names of distributions whose file systems are looked for beside those that the host declares
    + user: whose laptop it is, where that is another than the host's own user
    """

    @override
    def command(
        self,
        inside: tuple[str, ...] = (),
        resource: str | None = None,
        paths: tuple[str, ...] = (),
        distros: tuple[str, ...] = (),
        user: str | None = None,
    ) -> LookCommand:
        """Make the command that looks; `host` data says whose laptop it is."""
        return LookCommand(resources(), *asked(inside, resource, paths, distros, user))

    @override
    def process(self, output: list[str]) -> Seen:
        """Take what the command has seen."""
        seen = host.connector.session.seen if isinstance(host.connector, WindowsConnector) else None
        if seen is None:
            raise FactProcessError(f"{host.name} is no laptop that can be seen: {' '.join(output)}")
        return seen


class People(FactBase[Sequence[Person]]):
    r"""Return who on a laptop uses WSL or Docker Desktop, or may do so.

    .. code:: python

        (Person(sid="S-1-5-21-…-1104", account="CORP\\alice", closed=False, unknown=""),)
    """

    @override
    def command(self) -> PeopleCommand:
        """Make the command that looks for them."""
        return PeopleCommand(resources(), target())

    @override
    def process(self, output: list[str]) -> Sequence[Person]:
        """Take what the command has found."""
        found = host.connector.session.people if isinstance(host.connector, WindowsConnector) else None
        return found or ()


def of_each(show: Callable[[Seen], Any]) -> Mapping[str, Any] | None:
    """Return what there is of each person of a laptop for which ``every`` is declared, by account; None where nobody could look.

    Args:
        show: makes of the laptop, as it is for one of them, what is returned; None stands for whoever could not be looked at.

    """
    people = host.get_fact(People)
    if people is None:
        return None
    looked = {one.account: None if one.unknown else host.get_fact(Laptop, user=one.sid) for one in people}
    return {account: None if theirs is None else show(theirs) for account, theirs in looked.items()}


def is_for_each(seen: Seen) -> bool:
    """Whether a snapshot is of one person where what there is of each of them is meant."""
    return seen.target.user == EVERY


class View(ShortFactBase[Any]):
    """A resource of a laptop as a fact of its own: the base of those facts.

    Where ``user: every`` is declared and no other is named, what is a person's is shown of each of them, by account.
    """

    fact = Laptop
    resource: ClassVar[WindowsResource[Any, Any]]
    """What it shows."""

    @override
    def process_data(self, data: Seen | None) -> Any:
        """Take it out of the snapshot."""
        return shown(self.resource.name, lambda: None if data is None else self._whole(data))

    def _whole(self, data: Seen) -> Any:
        return of_each(self._shown) if self.resource.whose == "user" and is_for_each(data) else self._shown(data)

    def _shown(self, data: Seen) -> Any:
        if fault := data.faults.get(self.resource.name):
            raise LookupError(fault)  # which `shown` contains, as pyinfra would not
        return self.resource.show(data.of(self.resource.state))
