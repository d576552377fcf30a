"""The laptop as a machine, as a fact."""

from __future__ import annotations

from typing import Any

from pyinfra.api.facts import ShortFactBase
from typing_extensions import override

from pyinfra_wsl.core.resource import plain
from pyinfra_wsl.core.windows.laptop import Laptop as Seen
from pyinfra_wsl.edge.guard import shown
from pyinfra_wsl.edge.laptop import Laptop


class Windows(ShortFactBase[Any]):
    """Return build, edition, names, and who is logged on.

    .. code:: python

        {"build": 26200, "edition": "Professional"}
    """

    fact = Laptop

    @override
    def process_data(self, data: Seen | None) -> Any:
        """Take it out of the snapshot."""
        return shown("windows", lambda: None if data is None else plain(data.windows))
