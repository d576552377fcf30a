"""Whose distributions are whose: those of Docker Desktop are made and removed by it, and declared by nobody."""

from __future__ import annotations

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.resources.wsl_distro.state import State

DOCKERS = ("docker-desktop", "docker-desktop-data")
"""Docker Desktop's own."""


def theirs(state: State) -> list[str]:
    """Return the names of a user's distributions, in their order, without those of Docker Desktop."""
    return [name for name in state.distros or {} if name.lower() not in DOCKERS]


def undeclared(state: State, values: Values) -> list[str]:
    """Return the names of a user's distributions of which a host's values say nothing; none where they speak of none."""
    declared = {name.lower() for name in values.get("wsl_distros") or {}}
    return [name for name in theirs(state) if name.lower() not in declared] if declared else []
