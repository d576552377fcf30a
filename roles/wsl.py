"""The WSL package, the default version and ``.wslconfig``."""

from __future__ import annotations

from pyinfra.api.deploy import deploy
from pyinfra.context import host

from pyinfra_wsl.operations import wsl, wslconfig


@deploy("WSL")
def apply() -> None:
    """Bring ``wsl`` and ``wslconfig`` of the host into the declared state; none of it needs the restart to be over."""
    declared = host.data.get("wsl") or {}
    if package := declared.get("package"):
        wsl.package(name="Package", **package)
    if version := declared.get("default_version"):
        wsl.default_version(name="Default version", version=version)
    if declared := host.data.get("wslconfig"):
        sections = {name: value for name, value in declared.items() if name not in ("mode", "apply")}
        wslconfig.settings(
            name=".wslconfig", settings=sections, mode=declared.get("mode", "merge"), apply=declared.get("apply", "when_idle")
        )
