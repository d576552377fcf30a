"""What is foreseen of the laptop of the moment: everything that is declared for it, held against what was seen of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from typing import Any

from pyinfra.context import host

from pyinfra_wsl import form, registry, sources
from pyinfra_wsl.core.later import Later
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.same import Same
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.outlook import CODES, CONSENT, Declared, Obstacle, Outlook
from pyinfra_wsl.edge import declared, door
from pyinfra_wsl.edge.laptop import resources

_DECLARED = "pyinfra_wsl.declared"
_TOLD = "pyinfra_wsl.outlook"


def foreseen(values: Values, seen: Laptop) -> Laptop:
    """Return a laptop with what is foreseen of it; the same object as before where nothing is another.

    Args:
        values: what an operation declares; what the host's data declare counts too, where roles carry them out.
        seen: the laptop as it is, not as planned changes would leave it.

    Raises:
        RegistryError: a resource of another distribution fails.

    """
    notes, data = host.connector_data, declared.here()
    whole, consents = _whole(Same(_of_host(notes, data.of_laptop)), Same(values)), _consents(data.of_host.get(CONSENT))
    told: _Told | None = notes.get(_TOLD)
    if told is None or told.seen is not seen or told.whole is not whole or told.consents is not consents:
        held = Declared(whole.values, Later(lambda: sources.sizes(whole.files)), consents)
        tell = partial(_told, held, seen)
        outlook = Outlook.of(held, tell()) if _foreign() else Outlook.later(held, tell)
        told = notes[_TOLD] = _Told(seen, whole, consents, replace(seen, outlook=outlook))
    return told.foreseen


@cache
def _foreign() -> bool:
    """Whether another distribution's resource foresees something too, which may fail and is asked whatever is planned."""
    return any(registry.is_foreign(one) for one in resources())


@dataclass(frozen=True, eq=False)
class _Whole:
    """All that is declared for a laptop, with the files that it names; the same object for the same declaration."""

    values: Values
    files: tuple[sources.Named, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """A laptop with what is foreseen of it, and of what that was made."""

    seen: Laptop
    whole: _Whole
    consents: frozenset[str]
    foreseen: Laptop


@lru_cache(maxsize=1024)
def _whole(host: Same, operation: Same) -> _Whole:
    """Return all that is declared by a host's data and by an operation, which nearly all hosts of a fleet have in common."""
    values = dict(host.one)
    for key, one in operation.one.items():
        values[key] = {**values.get(key, {}), **one} if isinstance(one, Mapping) else one
    written = door.spelled(values)
    return _Whole(values, tuple(sources.named(values))) if written is None else _whole_once(written)


@lru_cache(maxsize=1024)
def _whole_once(written: bytes) -> _Whole:
    values = door.unspelled(written)
    return _Whole(values, tuple(sources.named(values)))


def _told(declared: Declared, seen: Laptop) -> Iterator[Obstacle]:
    for resource in resources():
        if resource.name not in seen.faults:
            yield from registry.ask(resource, "foresee", declared, seen)


def _of_host(notes: dict[str, Any], data: Values) -> Values:
    """Return what the host's data declare, read once; nothing where its form is wrong, which its own operation says."""
    if (known := notes.get(_DECLARED)) is None:
        written = door.spelled(data)
        known = notes[_DECLARED] = _believed(data) if written is None else _believed_once(written)
    found: Values = known
    return found


def _believed(data: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = door.plain(data)
    return {} if form.of_values(found) else found


@lru_cache(maxsize=1024)
def _believed_once(written: bytes) -> dict[str, Any]:
    return _believed(door.unspelled(written))


def _consents(given: object) -> frozenset[str]:
    """Return despite what a person wants to go on; what is no list of codes is no consent."""
    return _consent(tuple(one for one in given if isinstance(one, str))) if isinstance(given, list | tuple) else _NONE


_NONE: frozenset[str] = frozenset()


@lru_cache(maxsize=64)
def _consent(codes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(CODES) & frozenset(codes)
