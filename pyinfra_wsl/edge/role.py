"""Roles: what a host declares, as a list of operations of which each goes on for itself."""

from __future__ import annotations

from collections.abc import Callable

from pyinfra.api.deploy import deploy
from pyinfra.context import state


def role(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Make a role of a function that calls operations.

    Where something of a host cannot be brought about, pyinfra leaves that host alone from then on. In a role, what does not
    depend on it goes on, and what does is not tried; the host has failed all the same. With ``--fail-percent`` it is as pyinfra
    has it.

    Args:
        name: what pyinfra calls it.

    """

    def decorate(function: Callable[[], None]) -> Callable[[], None]:
        deployed = deploy(name)(function)

        def apply() -> None:
            deployed(_ignore_errors=state.config.FAIL_PERCENT is None)

        apply.__doc__ = function.__doc__
        return apply

    return decorate
