"""The resources there are: each folder of ``pyinfra_wsl/resources``, and what other distributions bring as entry points.

A distribution brings a resource with ``[project.entry-points."pyinfra_wsl.resources"]``, whose value names a `Resource`:
``registry_value = "corp.registry_value.resource:RESOURCE"``. What it brings is somebody else's code: where it cannot be used,
that is said with its name, and what to do.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module, metadata
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from pyinfra_wsl.core import failure
from pyinfra_wsl.core.adopted import Adopted
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.problem import Path, Problem
from pyinfra_wsl.core.resource import Resource, Setting
from pyinfra_wsl.core.windows.outlook import Obstacle
from pyinfra_wsl.declaration import fault

GROUP = "pyinfra_wsl.resources"
"""The group of entry points."""

AnyResource = Resource[Any, Any]
Brought = dict[str, tuple[AnyResource, str]]
"""Resources by name, each with its package."""

_OURS = "pyinfra-wsl"
_ITEMS: Mapping[str, type] = {
    "form": Problem, "check": Problem, "complete": Problem, "settings": Setting, "sources": tuple, "targets": str, "paths": str,
    "distros": str, "foresee": Obstacle, "adopt": Adopted,
}  # fmt: skip


class RegistryError(Exception):
    """A resource of another distribution cannot be used.

    Args:
        failure: which one, why, and what to do.

    """

    def __init__(self, failure: Failure) -> None:
        """Keep the failure; the text is how it is said."""
        super().__init__(failure.said)
        self.failures = (failure,)


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
def unset() -> frozenset[Path]:
    """Return the places in declarations below which None is a value: it takes a key out of what a host has."""
    return frozenset[Path]().union(*(one.unset for one in found()))


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


def ask(resource: AnyResource, question: str, *arguments: Any) -> tuple[Any, ...]:
    """Return what a function of a resource yields.

    Args:
        resource: which one.
        question: the function's name: ``check``, ``settings``, ….
        *arguments: what it is given.

    Raises:
        RegistryError: it fails, or yields what it may not.

    """
    try:
        answers = tuple(getattr(resource, question)(*arguments))
        strange = next((one for one in answers if not _is_sound(one, _ITEMS[question])), None)
    except Exception as error:
        raise unusable(resource, f"its {question} fails with {type(error).__name__}: {error}") from error
    if strange is not None:
        raise unusable(resource, f"its {question} yields {strange!r}, and no sound {_ITEMS[question].__name__}")
    return answers


def is_foreign(resource: AnyResource) -> bool:
    """Whether another distribution brings a resource."""
    return resource.name in _distributions()


def why(resource: AnyResource, error: Exception) -> str:
    """Return what is said of an error behind a sentence about a resource: of another distribution's what its makers need."""
    return f" ({type(error).__name__}: {error})" if is_foreign(resource) else failure.why(error)


def remedy(resource: AnyResource) -> str:
    """Return the next step of a person for whom a resource does not do what it should."""
    return _remedy(_distributions().get(resource.name, _OURS))


def _is_sound(answer: Any, kind: type) -> bool:
    if not isinstance(answer, kind):
        return False
    path = answer if kind is tuple else getattr(answer, "path", ())
    words = (answer.message, answer.remedy) if isinstance(answer, Problem) else ()
    return (
        isinstance(path, tuple) and all(isinstance(one, str | int) for one in path) and all(isinstance(one, str) for one in words)
    )


def unusable(resource: AnyResource, why: str) -> RegistryError:
    """Return the error that says that a resource cannot be used."""
    return _unusable(resource.name, _distributions().get(resource.name, _OURS), why)


@cache
def _own() -> Brought:
    house = import_module(GROUP)
    packages = [f"{GROUP}.{one.name}" for one in pkgutil.iter_modules(house.__path__) if one.ispkg]
    declared = [(import_module(f"{package}.resource").RESOURCE, package) for package in packages]
    return {resource.name: (resource, package) for resource, package in declared}


@cache
def _distributions() -> dict[str, str]:
    """Return who brings resources, by the names of these; filled as they are found."""
    return {}


@cache
def _foreign() -> Brought:
    brought: Brought = {}
    for entry in metadata.entry_points(group=GROUP):
        who = entry.dist.name if entry.dist else entry.value
        try:
            resource = entry.load()
        except (Exception, SystemExit) as error:
            raise _unusable(entry.name, who, f"{type(error).__name__}: {error}") from error
        there = [one for one, _package in {**_own(), **brought}.values()]
        if why := fault(resource, there):
            raise _unusable(entry.name, who, why)
        _distributions()[resource.name] = who
        brought[resource.name] = resource, entry.value.partition(":")[0].rpartition(".")[0]
    there_are = {name: one for name, (one, _package) in {**_own(), **brought}.items()}
    for resource, _package in brought.values():
        for name in sorted(resource.needs):
            if name not in there_are:
                raise unusable(resource, f"it needs {name}, which is no resource")
            if there_are[name].system != resource.system:
                raise unusable(resource, f"it needs {name}, which is for {there_are[name].system}")
    return brought


def _unusable(name: str, who: str, why: str) -> RegistryError:
    return RegistryError(
        Failure(f"the resource {name} of the distribution {who} cannot be used: {why}", _remedy(who), "resource")
    )


def _remedy(who: str) -> str:
    return "run again with --debug, and report what it shows" if who == _OURS else f"upgrade {who}, or uninstall it"


def _ordered(resources: Brought) -> Iterator[tuple[AnyResource, str]]:
    """Yield those that others need first; among equals those of Windows first, by name."""
    left = dict(sorted(resources.items(), key=lambda one: (one[1][0].system != "windows", one[0])))
    while left:
        ready = next((name for name, (one, _) in left.items() if not one.needs & left.keys()), None)
        if ready is None:
            resource = next(iter(left.values()))[0]
            raise unusable(resource, f"it needs others in a circle: {', '.join(left)}")
        yield left.pop(ready)
