"""Docker Engine of a Linux host as a fact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyinfra.api.facts import FactBase
from typing_extensions import override

from pyinfra_wsl.connectors.command import LookShell
from pyinfra_wsl.core import mask
from pyinfra_wsl.core.linux.host import names
from pyinfra_wsl.core.resource import plain
from pyinfra_wsl.edge import guard
from pyinfra_wsl.resources.docker_engine.state import read, script


class DockerEngine(FactBase[dict[str, Any] | None]):
    """Return everything that decides on Docker Engine, by one command.

    The fields are those of `pyinfra_wsl.resources.docker_engine.state.State`; what may open something in a file is masked.

    + users: users whose groups and rootless daemons are asked for too

    .. code:: python

        {"packages": {"docker-ce": "5:28.5.1-1~debian.12~bookworm"}, "units": {"docker.service": {"active": True, …}}, …}
    """

    @override
    def command(self, users: Sequence[str] = ()) -> LookShell:
        """Return the look."""
        return LookShell(script(names(users)))

    @override
    def process(self, output: list[str]) -> dict[str, Any]:
        """Read it."""
        found: dict[str, Any] = guard.read(lambda text: mask.value(plain(read(text))), output)
        return found
