"""What of a declaration a run is for: all of it, or what a person names with ``only`` and ``skip``.

Both are host data, which pyinfra's own command line sets (``--data only=wslconfig,wsl_distro``), or environment variables.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl import registry
from pyinfra_wsl.core import show
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.nearest import nearest
from pyinfra_wsl.core.resource import Resource

ONLY, SKIP = "only", "skip"
VARIABLES: Mapping[str, str] = {ONLY: "PYINFRA_WSL_ONLY", SKIP: "PYINFRA_WSL_SKIP"}
"""The environment variables by the names of the host data, which come first."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a run is for.

    Args:
        only: the names of the resources that are carried out alone; None for all.
        skip: the names of those that are left out.
        wrong: why that cannot be known; None where it can.

    """

    only: frozenset[str] | None = None
    skip: frozenset[str] = frozenset()
    wrong: Failure | None = None

    def has(self, resource: Resource[Any, Any]) -> bool:
        """Whether a resource is carried out."""
        return resource.name not in self.skip and (self.only is None or resource.name in self.only)

    def rests_on(self, resource: Resource[Any, Any]) -> bool:
        """Whether anything that is carried out needs a resource."""
        same = (one for one in registry.found() if one.system == resource.system and self.has(one))
        return any(resource.name in registry.needs(one) for one in same)


_EVERYTHING = Chosen()


def chosen(data: Mapping[str, Any]) -> Chosen:
    """Read what a run is for.

    Args:
        data: of a host.

    """
    if not any(kind in data or variable in os.environ for kind, variable in VARIABLES.items()):
        return _EVERYTHING
    told: dict[str, frozenset[str] | None] = {}
    for kind, variable in VARIABLES.items():
        given = data.get(kind)
        given = os.environ.get(variable) if given is None else given
        names = None if given is None else _names(given)
        if names is not None and (wrong := _unknown(names, kind)) is not None:
            return Chosen(wrong=wrong)
        told[kind] = None if names is None else frozenset(_known()[name] for name in names)
    return Chosen(told[ONLY], told[SKIP] or frozenset())


def _names(given: object) -> list[str]:
    """Return the names that a person wrote, in a text with commas or blanks or in a list."""
    if isinstance(given, str):
        return given.replace(",", " ").split()
    listed = given if isinstance(given, Iterable) and not isinstance(given, bytes | Mapping) else [given]
    return [str(one) for one in listed]


def _known() -> dict[str, str]:
    """Return the names of the resources by what people may call them: their own, and their keys in the fleet file."""
    keys = {one.key: one.name for one in registry.found() if one.key}
    return keys | {one.name: one.name for one in registry.found()}


def _unknown(names: list[str], kind: str) -> Failure | None:
    known, all_names = _known(), ", ".join(one.name for one in registry.found())
    if not names:
        return Failure(f"{kind} names nothing", f"write one or more of {all_names}, or take {kind} away", "only")
    strange = [name for name in names if name not in known]
    if not strange:
        return None
    near = nearest(strange[0], known)
    listed = ", ".join(map(show.name, strange[:5]))
    meant = f"write {near} if that is meant, else" if near else "write"
    return Failure(f"{kind} names {listed}, which is no resource", f"{meant} one or more of {all_names}", "only")
