"""The laptop as a machine, and the whole of it, as facts."""

from __future__ import annotations

from typing import Any

from pyinfra.api.facts import ShortFactBase
from typing_extensions import override

from pyinfra_wsl.core.resource import plain
from pyinfra_wsl.core.windows.laptop import Laptop as Seen
from pyinfra_wsl.edge.guard import shown
from pyinfra_wsl.edge.laptop import Laptop, resources
from pyinfra_wsl.report.results import before


class Whole(ShortFactBase[Any]):
    """Return all that is known of a laptop: the machine, the person, and each resource as its own fact shows it."""

    fact = Laptop

    @override
    def process_data(self, data: Seen | None) -> Any:
        """Take it out of the snapshot."""
        return shown("laptop", lambda: None if data is None else before(resources(), data))


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
