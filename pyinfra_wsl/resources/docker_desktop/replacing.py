"""An installation by one kind of installer, and a package of the other: what goes over to it and what is refused.

From the EXE to an MSI: Docker's "Enterprise deployment FAQs" has the EXE removed with ``-keep-data`` first, which is done by
consent; that the MSI removes it by itself (``REMOVEEXISTINGINSTALL`` since 4.61, "MSI installer") contradicts that page and is
not leaned on. From an MSI to the EXE: nothing says what the EXE does beside a product of Windows Installer, and the MSI's
removal may take the data (`removing`).
"""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.resources.docker_desktop.installed import KINDS, Installation
from pyinfra_wsl.resources.docker_desktop.places import Scope
from pyinfra_wsl.resources.docker_desktop.state import State
from pyinfra_wsl.resources.docker_desktop.want import Package

_REMOVE = "save what is needed of its images and volumes, declare state: absent with allow_data_loss: true, run, then the package"


def refusals(package: Package, have: State, scope: Scope) -> Iterator[Failure]:
    """Yield why a package is not installed where the other kind of installer has been.

    Args:
        package: what is declared.
        have: Docker Desktop as it is.
        scope: for whom it is to be.

    """
    if twice := _twice(have):
        yield Failure(f"{twice}; which of them works is not known", f"{_REMOVE}, or remove one in Windows' settings", "twice")
    for one in have.installations:
        if one.kind == "msi" and (one.scope != scope or not package.msi):
            cause = f"Docker Desktop {one.version} was installed by an MSI, and of its removal nothing says that its data stay"
            remedy = f"declare an MSI as the installer, or: {_REMOVE}" if one.scope == scope else _REMOVE
            yield Failure(cause, remedy, "msi_data")
    if package.msi and not package.change_installer and (exe := _by_exe(have, scope)):
        cause = f"Docker Desktop {exe.version} was installed by its EXE, and declared is an MSI"
        remedy = "declare the EXE, or package.change_installer: true, which takes that one away first and keeps its data"
        yield Failure(cause, remedy, "installer_kind")


def warnings(have: State) -> Iterator[str]:
    """Yield that both kinds have left one, which Windows lists both."""
    if twice := _twice(have):
        yield twice


def _by_exe(have: State, scope: Scope) -> Installation | None:
    return next((one for one in have.of_scope(scope) if one.kind == "exe"), None)


def _twice(have: State) -> str:
    for found in (have.of_scope("all_users"), have.of_scope("user")):
        if len(found) > 1:
            both = " and ".join(f"{one.version or 'of unknown version'} by {KINDS[one.kind]}" for one in found)
            return f"Docker Desktop is installed twice: {both}"
    return ""
