"""The WSL package as a fact."""

from __future__ import annotations

import dataclasses
from typing import Any

from pyinfra.api.facts import ShortFactBase
from typing_extensions import override

from pyinfra_wsl.core.windows.laptop import Laptop as Seen
from pyinfra_wsl.edge.laptop import Laptop


class Wsl(ShortFactBase[dict[str, Any] | None]):
    """Return version and place of the WSL package, its services, and the policies of WSL.

    .. code:: python

        {"version": "2.6.1.0", "exe": "C:\\\\Program Files\\\\WSL\\\\wsl.exe"}
    """

    fact = Laptop

    @override
    def process_data(self, data: Seen | None) -> Any:
        """Take it out of the snapshot."""
        return None if data is None else dataclasses.asdict(data.wsl)
