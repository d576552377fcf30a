"""What is foreseen of the laptop of the moment: everything that is declared for it, held against what was seen of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from pyinfra.context import host

from pyinfra_wsl import form, registry, sources
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.outlook import CODES, CONSENT, Declared, Obstacle, Outlook
from pyinfra_wsl.edge import door
from pyinfra_wsl.edge.laptop import resources

_DECLARED = "pyinfra_wsl.declared"
_TOLD = "pyinfra_wsl.outlook"


def of(values: Values, seen: Laptop) -> Outlook:
    """Return what is foreseen of a laptop.

    Args:
        values: what an operation declares; what the host's data declare counts too, where roles carry them out.
        seen: the laptop as it is, not as planned changes would leave it.

    Raises:
        RegistryError: a resource of another distribution fails.

    """
    whole = _of_host()
    for key, one in values.items():
        whole[key] = {**whole.get(key, {}), **one} if isinstance(one, Mapping) else one
    consents = _consents()
    told: tuple[Laptop, Declared, Outlook] | None = host.connector_data.get(_TOLD)
    if told and told[0] is seen and (told[1].values, told[1].despite) == (whole, consents):
        return told[2]  # nothing else is declared, and nothing else seen
    declared = Declared(whole, sources.sizes(whole), consents)
    found = Outlook.of(declared, _told(declared, seen))
    host.connector_data[_TOLD] = seen, declared, found
    return found


def _told(declared: Declared, seen: Laptop) -> Iterator[Obstacle]:
    for resource in resources():
        if resource.name not in seen.faults:
            yield from registry.ask(resource, "foresee", declared, seen)


def _of_host() -> dict[str, Any]:
    """Return what the host's data declare, read once; nothing where its form is wrong, which its own operation says."""
    if (known := host.connector_data.get(_DECLARED)) is None:
        keys = {one.key for one in resources() if one.key}
        data = {key: one for key, one in host.data.dict().items() if key in keys and one is not None}
        written = door.spelled(data)
        known = host.connector_data[_DECLARED] = _believed(data) if written is None else _believed_once(written)
    return dict(known)


def _believed(data: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = door.plain(data)
    return {} if form.of_values(found) else found


@lru_cache(maxsize=1024)
def _believed_once(written: bytes) -> dict[str, Any]:
    return _believed(door.unspelled(written))


def _consents() -> frozenset[str]:
    """Return despite what a person wants to go on; what is no list of codes is no consent."""
    given = host.data.get(CONSENT)
    return frozenset(CODES) & {one for one in given if isinstance(one, str)} if isinstance(given, list | tuple) else frozenset()
