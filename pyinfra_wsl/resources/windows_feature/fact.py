"""Optional features of Windows as a fact."""

from __future__ import annotations

from typing import Any

from pyinfra.api.facts import ShortFactBase
from typing_extensions import override

from pyinfra_wsl.core.windows.laptop import Laptop as Seen
from pyinfra_wsl.edge.laptop import Laptop


class WindowsFeatures(ShortFactBase[dict[str, str] | None]):
    """Return the state of each optional feature by name; None where DISM could not be asked.

    .. code:: python

        {"VirtualMachinePlatform": "EnablePending", "Microsoft-Windows-Subsystem-Linux": "Disabled"}
    """

    fact = Laptop

    @override
    def process_data(self, data: Seen | None) -> Any:
        """Take the features out of the snapshot."""
        return None if data is None or data.windows_feature.features is None else dict(data.windows_feature.features)
