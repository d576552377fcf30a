"""What is wrong with a declaration of Docker Desktop, beyond its form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pyinfra_wsl.core.formats import docker_keys, version
from pyinfra_wsl.core.problem import Path, Problem
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.source import pair
from pyinfra_wsl.core.windows import path as windows_path
from pyinfra_wsl.resources.docker_desktop.options import OPTIONS

KEY = "docker_desktop"
_PACKAGE, _SETTINGS = (KEY, "package"), (KEY, "settings")
_SYNCED = frozenset({"onedrive", "dropbox", "google drive", "my drive", "icloud drive", "iclouddrive", "box", "nextcloud"})
"""Folders that the clients of clouds make in profiles, without what stands behind " - " (from knowledge)."""
_FIRST_USER = "4.72"
"""The first version that is installed for one user (Docker's release notes)."""
_ELSEWHERE = {
    "LicenseTermsVersion": "accept_license: {by: …, date: …}",
    "IntegratedWslDistros": "docker_integration of each distribution",
    "EnableIntegrationWithDefaultWslDistro": "docker_integration: {default_distro: …}",
    "WslEngineEnabled": "backend",
    "UseWindowsContainers": "backend",
    "CustomWslDistroDir": "package: {options: {wsl-default-data-root: …}}, which counts for a first installation; one that is "
    "there is moved in Docker Desktop's own settings, since a change of the key alone leaves the data behind",
}


def check(values: Values) -> Iterator[Problem]:
    """Yield what is wrong with the values of a host."""
    declared: Mapping[str, Any] = values.get(KEY, {})
    package = declared.get("package", {})
    yield from pair(package, _PACKAGE, "installer")
    yield from _versions(package)
    yield from _scope(declared, package)
    for name, value in package.get("options", {}).items():
        yield from _option(name, package)
        if name.endswith("-data-root") and isinstance(value, str):
            yield from _data_root((*_PACKAGE, "options", name), value)
        if _is_msi(package) and isinstance(value, str) and " " in value:
            # msiexec.exe wants quotes around the value alone, and a program is given them around the whole argument.
            yield Problem((*_PACKAGE, "options", name), "has a blank, which an MSI is not told rightly", "write one without")
    yield from _consent(declared.get("accept_license", {}))
    for name, value in declared.get("settings", {}).items():
        yield from _setting(name, value)
    yield from _twice(declared.get("settings", {}))
    if declared.get("backend") == "windows" and package.get("options", {}).get("no-windows-containers"):
        yield Problem((*_PACKAGE, "options", "no-windows-containers"), "forbids the declared backend windows", "write false")
    if "linux" in (daemon := declared.get("daemon", {})) and declared.get("backend") == "windows" and "windows" not in daemon:
        yield Problem((KEY, "daemon"), "is of the Linux engine alone, and the backend is windows", "write daemon: {windows: …}")


def complete(values: Values) -> Iterator[Problem]:
    """Yield what a fleet file must say besides, so that a laptop without Docker Desktop can be brought to it."""
    package = values.get(KEY, {}).get("package")
    if package is not None and "installer" not in package and values[KEY].get("state") != "absent":
        yield Problem((*_PACKAGE, "installer"), "is missing", "write the installer and its sha256")


def _consent(licence: Values) -> Iterator[Problem]:
    try:
        date.fromisoformat(licence.get("date", "2026-11-27"))
    except ValueError:
        yield Problem((KEY, "accept_license", "date"), "is no day of the calendar", "write it like 2026-11-27")


def _versions(package: Values) -> Iterator[Problem]:
    if "minimum" in package and "version" in package:
        message = "contradicts minimum, which may be inherited"
        yield Problem((*_PACKAGE, "version"), message, "keep one and write null for the other")


def _scope(declared: Values, package: Values) -> Iterator[Problem]:
    path = (*_PACKAGE, "scope")
    if "change_scope" in package and "scope" not in package:
        yield Problem(path, "is missing, though change_scope is declared", "write scope: all_users, or user")
    if package.get("change_installer") and "installer" in package and not _is_msi(package):
        yield Problem((*_PACKAGE, "change_installer"), "goes over to an MSI, and declared is the EXE", "take it out")
    if package.get("scope") != "user":
        return
    if (backend := declared.get("backend")) in ("hyper-v", "windows"):
        remedy = "write scope: all_users, or backend: wsl-2"
        yield Problem(path, f"has no backend {backend}, which needs an installation for all users", remedy)
    if _is_msi(package):
        yield Problem(path, "is for the EXE: an MSI is installed for all users", "write scope: all_users, or take the EXE")
    for name in ("version", "minimum"):
        if (wanted := package.get(name)) and not version.at_least(wanted, _FIRST_USER):
            yield Problem((*_PACKAGE, name), f"is older than {_FIRST_USER}, which first has scope user", f"write {_FIRST_USER}")


def _is_msi(package: Values) -> bool:
    return str(package.get("installer", "")).partition("?")[0].lower().endswith(".msi")


def _option(name: str, package: Values) -> Iterator[Problem]:
    path, option = (*_PACKAGE, "options", name), OPTIONS[name]
    if option.all_users and package.get("scope") == "user":
        yield Problem(path, "is of an installation for all users", "take it out, or write scope: all_users")
    wanted = package.get("version")
    if option.since and wanted and not version.at_least(wanted, option.since):
        yield Problem(path, f"works since {option.since}, and declared is version {wanted}", f"write {option.since} or later")


def _data_root(where: Path, folder: str) -> Iterator[Problem]:
    """Yield why disks cannot lie in a folder, or would be torn there: a client of a cloud copies them while they are written."""
    if "%" not in folder and (wrong := windows_path.fault(folder)):
        yield Problem(where, wrong, "write a folder of a local drive, such as D:\\docker")
    parts = {part.partition(" - ")[0].lower() for part in folder.replace("/", "\\").split("\\")}
    if synced := parts & _SYNCED:
        yield Problem(
            where, f"lies in {min(synced)}, which copies disks while they are written", "write a folder that is not synced"
        )


def _twice(settings: Values) -> Iterator[Problem]:
    """Yield keys that differ in case alone: to Docker Desktop they are one, and the file would be changed for each in turn."""
    seen: dict[str, str] = {}
    for name in settings:
        if (other := seen.setdefault(name.lower(), name)) != name:
            yield Problem((*_SETTINGS, name), f"is the same key as {other} to Docker Desktop", "keep one of them")


def _setting(name: str, value: Any) -> Iterator[Problem]:
    path: Path = (*_SETTINGS, name)
    known = docker_keys.find(name)
    if known is None:
        return  # a newer Docker Desktop may have it: the plan notes it
    if known.name != name:
        yield Problem(path, f"is written {known.name} in the settings", f"write {known.name}")
    elif name in _ELSEWHERE:
        yield Problem(path, "is declared in another place", f"write {_ELSEWHERE[name]}")
    elif known.ours:
        yield Problem(path, "is kept by Docker Desktop itself", "take it out")
    elif known.elsewhere:
        yield Problem(path, "means nothing on Windows", "take it out")
    elif not known.takes(value):
        yield Problem(path, "has a value that Docker Desktop does not read", known.form)
