"""Docker Desktop and its WSL integration as a fact."""

from __future__ import annotations

import dataclasses
from typing import Any

from pyinfra.api.facts import ShortFactBase
from typing_extensions import override

from pyinfra_wsl.core.windows.laptop import Laptop as Seen
from pyinfra_wsl.edge.laptop import Laptop


class DockerIntegration(ShortFactBase[dict[str, Any] | None]):
    """Return Docker Desktop's version, for whom it runs, and the integration of each distribution.

    .. code:: python

        {"installed": True}
    """

    fact = Laptop

    @override
    def process_data(self, data: Seen | None) -> Any:
        """Take it out of the snapshot."""
        return None if data is None else dataclasses.asdict(data.docker_integration)
