"""The resources there are: each folder of ``pyinfra_wsl/resources``, and what other distributions bring as entry points.

A distribution brings a resource with ``[project.entry-points."pyinfra_wsl.resources"]``, whose value names a `Resource`:
``registry_value = "corp.registry_value.resource:RESOURCE"``.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module, metadata
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from pyinfra_wsl.core.resource import Resource

GROUP = "pyinfra_wsl.resources"
"""The group of entry points."""

AnyResource = Resource[Any, Any]


class RegistryError(Exception):
    """A resource of another distribution cannot be used: which one, why, and what to do."""


@cache
def found() -> tuple[AnyResource, ...]:
    """Return all resources, those that others need before these.

    Raises:
        RegistryError: one of another distribution cannot be used.

    """
    return tuple(resource for resource, _package in _ordered({**_own(), **_foreign()}))


@cache
def own() -> tuple[AnyResource, ...]:
    """Return this project's own resources, in the order of `found`."""
    return tuple(resource for resource, _package in _ordered(_own()))


@cache
def of(name: str) -> AnyResource:
    """Return a resource by its name; raises KeyError."""
    return {one.name: one for one in found()}[name]


@cache
def needs(resource: AnyResource) -> frozenset[str]:
    """Return the names of all resources on which one rests, also by way of others."""
    further = (needs(of(name)) for name in resource.needs)
    return resource.needs.union(*further)


def modules(part: str) -> Iterator[ModuleType]:
    """Yield the module of this name of each resource that has one, in the order of `found`: ``lab`` for ``lab.py``."""
    for _resource, package in _ordered({**_own(), **_foreign()}):
        if find_spec(f"{package}.{part}") is not None:
            yield import_module(f"{package}.{part}")


@cache
def _own() -> dict[str, tuple[AnyResource, str]]:
    house = import_module(GROUP)
    packages = [f"{GROUP}.{one.name}" for one in pkgutil.iter_modules(house.__path__) if one.ispkg]
    declared = [(import_module(f"{package}.resource").RESOURCE, package) for package in packages]
    return {resource.name: (resource, package) for resource, package in declared}


@cache
def _foreign() -> dict[str, tuple[AnyResource, str]]:
    brought: dict[str, tuple[AnyResource, str]] = {}
    taken = dict.fromkeys(_own(), "pyinfra-wsl")
    for entry in metadata.entry_points(group=GROUP):
        who = entry.dist.name if entry.dist else entry.value
        try:
            resource = entry.load()
        except Exception as error:
            raise RegistryError(_unusable(entry.name, who, f"{type(error).__name__}: {error}")) from error
        if not isinstance(resource, Resource):
            raise RegistryError(_unusable(entry.name, who, f"{entry.value} is no Resource"))
        if (other := taken.setdefault(resource.name, who)) != who:
            raise RegistryError(_unusable(entry.name, who, f"{other} has a resource {resource.name} already"))
        brought[resource.name] = resource, entry.value.partition(":")[0].rpartition(".")[0]
    return brought


def _unusable(name: str, who: str, why: str) -> str:
    return f"the resource {name} of the distribution {who} cannot be used: {why}. Next: upgrade {who}, or uninstall it"


def _ordered(resources: dict[str, tuple[AnyResource, str]]) -> Iterator[tuple[AnyResource, str]]:
    """Yield those that others need first; among equals those of Windows first, by name."""
    left = dict(sorted(resources.items(), key=lambda one: (one[1][0].system != "windows", one[0])))
    while left:
        ready = next((name for name, (one, _) in left.items() if not (one.needs - {name}) & left.keys()), None)
        if ready is None:
            raise RegistryError(f"these resources need each other in a circle: {', '.join(left)}")
        yield left.pop(ready)
