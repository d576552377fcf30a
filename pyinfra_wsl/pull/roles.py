"""What a laptop converges, in the order of ``deploy.py``: pyinfra orders operations by the lines on the way to their calls."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from pyinfra.context import host

from pyinfra_wsl.connectors.command import fail
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.survey.roles import ORDER, foreign


def whole() -> None:
    """Apply all roles to the laptop; what is declared of other distributions' resources fails, since no code is published."""
    _in_order(ORDER["windows"])
    for one in foreign():
        cause = f"{one.key} is declared, and the operations of {one.words} are called by a deploy file, which is not published"
        fail(host, one.name, (Failure(cause, "converge it over SSH, or leave it out for laptops that pull", "foreign"),))


def _in_order(roles: Sequence[str]) -> None:
    """Apply roles so that the lines of each come after those of the one before, on the way from here to its operations."""
    if roles:
        _apply(roles[0])
        _in_order(roles[1:])


def _apply(role: str) -> None:
    import_module(f"pyinfra_wsl.roles.{role}").apply()
