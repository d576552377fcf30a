"""``/etc/wsl.conf`` of the declared distributions as a fact."""

from __future__ import annotations

import dataclasses
from typing import Any

from pyinfra.api.facts import ShortFactBase
from typing_extensions import override

from pyinfra_wsl.core.windows.laptop import Laptop as Seen
from pyinfra_wsl.edge.laptop import Laptop


class WslConf(ShortFactBase[dict[str, Any] | None]):
    """Return what WSL makes of each line of ``/etc/wsl.conf``, by distribution.

    .. code:: python

        {"Ubuntu-24.04": {"exists": True}}
    """

    fact = Laptop

    @override
    def process_data(self, data: Seen | None) -> Any:
        """Take it out of the snapshot."""
        return None if data is None else {name: dataclasses.asdict(one) for name, one in data.wsl_conf.items()}
