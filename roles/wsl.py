"""``.wslconfig`` and the WSL package: what can be done before the restart."""

from __future__ import annotations

from pyinfra.api.deploy import deploy
from pyinfra.context import host

from pyinfra_wsl.resources.wsl import operation as wsl
from pyinfra_wsl.resources.wslconfig import operation as wslconfig


@deploy("WSL")
def apply() -> None:
    """Bring ``wslconfig`` and the package of ``wsl`` into the declared state."""
    if declared := host.data.get("wslconfig"):
        sections = {name: value for name, value in declared.items() if name not in ("mode", "apply")}
        wslconfig.settings(
            name=".wslconfig", settings=sections, mode=declared.get("mode", "merge"), apply=declared.get("apply", "when_idle")
        )
    if package := (host.data.get("wsl") or {}).get("package"):
        wsl.package(name="Package", **package)
