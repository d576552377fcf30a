"""What an operation declares, setting by setting, as a result has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from pyinfra_wsl import registry
from pyinfra_wsl.edge import door
from pyinfra_wsl.registry import AnyResource, RegistryError


def settings_of(resource: AnyResource, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what is declared of a resource, by the places in a fleet file; of a table of settings each of them.

    A resource of another distribution that cannot tell has none: what it declares is carried out all the same.

    Args:
        resource: which one.
        values: the values of its operation, by the keys of the fleet file.

    """
    written = door.spelled(values)
    return tuple(_named(resource, values)) if written is None else _named_once(resource.name, written)


@lru_cache(maxsize=1024)
def _named_once(resource: str, written: bytes) -> tuple[str, ...]:
    """Nearly all hosts of a fleet declare the same: they share the texts too."""
    return tuple(_named(registry.of(resource), door.unspelled(written)))


def _named(resource: AnyResource, values: Mapping[str, Any]) -> Iterator[str]:
    try:
        declared = registry.ask(resource, "settings", values)
    except RegistryError:
        return
    for one in declared:
        if isinstance(one.value, Mapping) and one.value:
            yield from (f"{one}.{name}" for name in one.value)
        else:
            yield str(one)
