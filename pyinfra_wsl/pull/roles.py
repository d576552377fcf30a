"""What a laptop converges, in the order of ``deploy.py``: pyinfra orders operations by the lines on which they are called."""

from __future__ import annotations

from importlib import import_module

from pyinfra.context import host

from pyinfra_wsl import registry
from pyinfra_wsl.connectors.command import fail
from pyinfra_wsl.core.failure import Failure


def whole() -> None:
    """Apply all roles to the laptop; what is declared of other distributions' resources fails, since no code is published."""
    _apply("windows_features")
    _apply("wsl")
    _apply("reboot")
    _apply("wsl_distros")
    _apply("docker_toolbox")
    _apply("docker_desktop")
    _apply("docker_integration")
    for one in registry.found():
        if registry.is_foreign(one) and one.key and host.data.get(one.key) is not None:
            cause = (
                f"{one.key} is declared, and the operations of {one.words} are called by a deploy file, which is not published"
            )
            fail(host, one.name, (Failure(cause, "converge it over SSH, or leave it out for laptops that pull", "foreign"),))


def _apply(role: str) -> None:
    import_module(f"pyinfra_wsl.roles.{role}").apply()
