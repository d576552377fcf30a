"""Distributions of the laptop's user as a fact."""

from __future__ import annotations

import dataclasses
from typing import Any

from pyinfra.api.facts import ShortFactBase
from typing_extensions import override

from pyinfra_wsl.core.windows.laptop import Laptop as Seen
from pyinfra_wsl.edge.laptop import Laptop


class WslDistros(ShortFactBase[dict[str, Any] | None]):
    """Return the distributions by name, the default one and those that run; None for what is unknown.

    .. code:: python

        {"default": "Ubuntu-24.04", "distros": {"Ubuntu-24.04": {"version": 2}}}
    """

    fact = Laptop

    @override
    def process_data(self, data: Seen | None) -> Any:
        """Take it out of the snapshot."""
        return None if data is None else dataclasses.asdict(data.wsl_distro)
