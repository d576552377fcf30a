"""The laptop as a machine, and the whole of it, as facts."""

from __future__ import annotations

from typing import Any

from pyinfra.api.facts import ShortFactBase
from typing_extensions import override

from pyinfra_wsl.core.resource import plain
from pyinfra_wsl.core.windows.laptop import Laptop as Seen
from pyinfra_wsl.edge.guard import shown
from pyinfra_wsl.edge.laptop import Laptop, is_for_each, of_each, resources
from pyinfra_wsl.report.results import before


class Whole(ShortFactBase[Any]):
    """Return all that is known of a laptop: the machine, the person, and each resource as its own fact shows it.

    Where ``user: every`` is declared, what is a person's is in ``people``, by account.
    """

    fact = Laptop

    @override
    def process_data(self, data: Seen | None) -> Any:
        """Take it out of the snapshot."""
        return shown("laptop", lambda: None if data is None else _whole(data))


def _whole(data: Seen) -> dict[str, Any]:
    if not is_for_each(data):
        return before(resources(), data)
    theirs = {"user", *(one.name for one in resources() if one.whose == "user")}
    people = of_each(lambda one: {name: part for name, part in before(resources(), one).items() if name in theirs})
    return {name: part for name, part in before(resources(), data).items() if name not in theirs} | {"people": people}


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
