"""``.wslconfig`` and the WSL package: what can be done before the restart."""

from __future__ import annotations

from pyinfra.context import host

from pyinfra_wsl.edge.role import role
from pyinfra_wsl.operations import wsl, wslconfig


@role("WSL")
def apply() -> None:
    """Bring ``wslconfig`` and the package of ``wsl`` into the declared state."""
    if declared := host.data.get("wslconfig"):
        wslconfig.settings(name=".wslconfig", settings=declared)
    if package := (host.data.get("wsl") or {}).get("package"):
        wsl.package(name="Package", **package)
