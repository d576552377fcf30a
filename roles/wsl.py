"""``.wslconfig``, the WSL package and its containers: what can be done before the restart."""

from __future__ import annotations

from pyinfra.context import host

from pyinfra_wsl.edge.everybody import people
from pyinfra_wsl.edge.role import role
from pyinfra_wsl.operations import wsl, wslc, wslconfig


@role("WSL")
def apply() -> None:
    """Bring ``wslconfig``, the package of ``wsl`` and ``wslc`` into the declared state."""
    if declared := host.data.get("wslconfig"):
        for user in host.loop(people()):
            wslconfig.settings(name=".wslconfig", settings=declared, user=user)
    if package := (host.data.get("wsl") or {}).get("package"):
        wsl.package(name="Package", **package)
    if declared := host.data.get("wslc"):
        for user in host.loop(people()):
            wslc.settings(name="Containers", settings=declared, user=user)
