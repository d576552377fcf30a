"""Whose distributions are whose: those of Docker Desktop are made and removed by it, and declared by nobody."""

from __future__ import annotations

from pyinfra_wsl.resources.wsl_distro.state import State

DOCKERS = ("docker-desktop", "docker-desktop-data")
"""Docker Desktop's own."""


def theirs(state: State) -> list[str]:
    """Return the names of a user's distributions, in their order, without those of Docker Desktop."""
    return [name for name in state.distros or {} if name.lower() not in DOCKERS]
