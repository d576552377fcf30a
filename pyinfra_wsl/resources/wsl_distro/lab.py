"""Distributions in the lab: how people change, remove and add them by hand, and what a run leaves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.resource import distros
from pyinfra_wsl.lab.resource.breaks import Break
from pyinfra_wsl.lab.wsl import change as wsl_change
from pyinfra_wsl.lab.wsl import distro_archive, distro_users, wsl
from pyinfra_wsl.lab.wsl.distro import Tree
from pyinfra_wsl.lab.wsl.registration import Registrations, lxss_key

RECORDS = r"HKLM\SOFTWARE\pyinfra-wsl\Distros"
"""Below it a run keeps from what each distribution was imported."""


def breaks(declared: Values, person: Account) -> Iterator[Break]:
    """Yield what becomes of the default version, of the default distribution, and of each distribution itself."""
    if "default_version" in declared.get("wsl", {}):
        number = 3 - int(declared["wsl"]["default_version"])
        act = partial(_set_default_version, person=person, version=number)
        yield Break("wsl.default_version", f"'wsl --set-default-version {number}'", act)
    default = next((name for name, one in declared.get("wsl_distros", {}).items() if one.get("default")), None)
    if default is not None:
        told = "another distribution is the default, or none where there is no other"
        yield Break(f"wsl_distros.{default}.default", told, partial(_make_another_default, person=person, name=default))
    for name, distro in declared.get("wsl_distros", {}).items():
        yield from _breaks_of(name, distro, person)


def _breaks_of(name: str, distro: Values, person: Account) -> Iterator[Break]:
    path = f"wsl_distros.{name}"
    if distro.get("state", "present") == "absent":
        yield Break(f"{path}.state", "somebody has made it again", partial(_make, person=person, name=name))
        return
    if "default_user" in distro:
        yield Break(f"{path}.default_user", "its default user is root", partial(_make_root, person=person, name=name))
    told = "it was unregistered, with all that was in it"
    yield Break(f"{path}.state", told, partial(_unregister, person=person, name=name), repairable=False)


def _set_default_version(machine: Machine, person: Account, version: int) -> None:
    machine.registry.set(lxss_key(person.sid), "DefaultVersion", "DWord", version)


def _make_another_default(machine: Machine, person: Account, name: str) -> None:
    item, registrations = distros.find(machine, person, name), Registrations(machine.registry, person.sid)
    other = next((one for one in registrations.all() if one.guid != item.guid), None)
    if other is None:
        machine.registry.remove_value(registrations.key, "DefaultDistribution")
    else:
        registrations.set_default(other)


def _make(machine: Machine, person: Account, name: str) -> None:
    tree = Tree()
    tree.make("/etc")
    tree.make("/home")
    tree.write("/home/thesis.txt", b"what its owner would miss\n" * 2000)
    wsl.register(machine, person, name, tree, default=False)


def _make_root(machine: Machine, person: Account, name: str) -> None:
    item = distros.find(machine, person, name)
    item.set("DefaultUid", 0)
    wsl.session(machine, person).terminate(item.guid)  # what runs keeps its user


def _unregister(machine: Machine, person: Account, name: str) -> None:
    item, session = distros.find(machine, person, name), wsl.session(machine, person)
    session.terminate(item.guid)
    wsl_change.delete_all(session, item)
    if str(machine.registry.get(session.registrations.key, "DefaultDistribution", "")).lower() == item.guid.lower():
        session.registrations.forget_default()
    item.delete()


def finish(machine: Machine, declared: Values, person: Account) -> None:
    """Have the declared distributions imported, with their default users, and the default version set."""
    version = declared.get("wsl", {}).get("default_version")
    if version is not None:
        _set_default_version(machine, person, version)
    for name, distro in distros.present(declared):
        _import(machine, person, name, distro, distro.get("version") or version or 2)


def _import(machine: Machine, person: Account, name: str, distro: Values, version: int) -> None:
    tree = distro_archive.read(Path(distro["source"]).read_bytes())
    wanted = distro.get("default_user")
    user = distro_users.by_name(tree, wanted) if wanted else None
    uid = user.uid if user else 0
    item = wsl.register(
        machine, person, name, tree, version=version, folder=_folder(person, name, distro), uid=uid,
        default=bool(distro.get("default")),
    )  # fmt: skip
    record: dict[str, Any] = {"Sha256": distro.get("sha256", ""), "Source": distro["source"]}
    record |= {"DefaultUser": wanted, "DefaultUid": uid} if wanted else {}
    for value, data in record.items():
        machine.registry.set(rf"{RECORDS}\{item.guid}", value, "DWord" if isinstance(data, int) else "String", data)


def _folder(person: Account, name: str, distro: Values) -> str:
    """Return the declared folder with the person's own variables filled in."""
    path = distro.get("location") or rf"%LOCALAPPDATA%\wsl\{name}"
    local = rf"{person.profile}\AppData\Local"
    for variable, folder in (("LOCALAPPDATA", local), ("USERPROFILE", person.profile), ("SystemDrive", "C:")):
        path = path.replace(f"%{variable}%", folder)
    return path.replace("/", "\\")
