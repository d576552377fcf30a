"""Docker Desktop for Linux of one user as a fact."""

from __future__ import annotations

from typing import Any

from pyinfra.api.facts import FactBase
from typing_extensions import override

from pyinfra_wsl.connectors.command import LookShell
from pyinfra_wsl.core import mask
from pyinfra_wsl.core.resource import plain
from pyinfra_wsl.edge import guard
from pyinfra_wsl.resources.docker_desktop_linux.state import read, script


class DockerDesktopLinux(FactBase[dict[str, Any] | None]):
    """Return everything that decides on Docker Desktop of one user, by one command.

    The fields are those of `pyinfra_wsl.resources.docker_desktop_linux.state.State`; what may open something in a file is masked.

    + user: whose Docker Desktop it is

    .. code:: python

        {"packages": {"docker-desktop": "4.50.0-209931"}, "active": True, "contexts": ["desktop-linux"], …}
    """

    @override
    def command(self, user: str) -> LookShell:
        """Return the look."""
        return LookShell(script(user))

    @override
    def process(self, output: list[str]) -> dict[str, Any]:
        """Read it."""
        found: dict[str, Any] = guard.read(lambda text: mask.value(plain(read(text))), output)
        return found
