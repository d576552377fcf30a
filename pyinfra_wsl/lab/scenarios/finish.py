"""Make a laptop what the fleet file declares, as it looks after a run: no step of ours is replayed, the end is written down."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyinfra_wsl.core.formats.ini.scan import quote
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import Account, Token
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.range.images import OLE_MAGIC
from pyinfra_wsl.lab.wsl import distro_archive, wsl
from pyinfra_wsl.lab.wsl import package as wsl_package
from pyinfra_wsl.lab.wsl.registration import lxss_key

OURS = r"HKLM\SOFTWARE\pyinfra-wsl"
NOT_SETTINGS = ("mode", "apply")
"""Keys of a declared file that say how to write it, not what stands in it."""
Declared = Mapping[str, Any]


def finish(machine: Machine, declared: Declared, person: Account) -> None:
    """Write down the end state of everything that is declared, then start the laptop into it."""
    features(machine, declared.get("windows_features", {}))
    windows.set_hypervisor_launch(machine, declared.get("hypervisor", {}).get("launch", "auto"))
    machine.settle()
    wanted = declared.get("wsl", {})
    if "package" in wanted:
        wsl_package.install(machine, package_version(wanted["package"]))
    if "default_version" in wanted:
        machine.registry.set(lxss_key(person.sid), "DefaultVersion", "DWord", wanted["default_version"])
    if "wslconfig" in declared:
        machine.files.write(rf"{person.profile}\.wslconfig", ini(declared["wslconfig"], "\r\n"))
    for name, distro in declared.get("wsl_distros", {}).items():
        if distro.get("state", "present") == "present":
            register(machine, person, name, distro, declared)
    machine.wsl.clear()  # whoever set them up has logged off since
    integrate(machine, declared, person)


def integrated(declared: Declared) -> list[str]:
    """Return the distributions that shall have Docker's integration."""
    return [name for name, one in declared.get("wsl_distros", {}).items() if one.get("docker_integration")]


def integrate(machine: Machine, declared: Declared, person: Account, **values: Any) -> None:
    """Write Docker Desktop's settings as declared, or otherwise where `values` say so."""
    settings: dict[str, Any] = {"IntegratedWslDistros": integrated(declared)}
    if declared.get("docker_integration", {}).get("default_distro") is not None:
        settings["EnableIntegrationWithDefaultWslDistro"] = declared["docker_integration"]["default_distro"]
    machine.docker.write_settings(person, **settings | values)


def start_docker(machine: Machine, person: Account) -> None:
    """Have Docker Desktop running in a person's session since long: its start takes no time."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:  # a laptop that nobody serves: no time passes on it
        return
    if not person.logged_on:
        return
    pace, machine.pace = machine.pace, 0.0

    def restore(_done: object) -> None:
        machine.pace = pace

    machine.docker.start(Token(person, False, person.session)).work.add_done_callback(restore)


def features(machine: Machine, wanted: Mapping[str, str]) -> None:
    """Have features on, with their parents, or off."""
    for name, state in wanted.items():
        feature = machine.features.get(name)
        if feature is None:
            continue
        above = machine.features.parents(feature) if state == "enabled" else []
        for one in [feature, *above]:
            machine.features.set_state(one.name, "Enabled" if state == "enabled" else "Disabled")


def package_version(package: Mapping[str, Any]) -> str:
    """Return the version that a declared installer would install: it says so itself, else the least one that is asked for."""
    installer = Path(str(package.get("installer", "")))
    if installer.is_file() and installer.read_bytes().startswith(OLE_MAGIC):
        return str(json.loads(installer.read_bytes().removeprefix(OLE_MAGIC))["version"])
    parts = str(package.get("minimum", "2.6.1")).split(".")
    return ".".join([*parts, "0", "0", "0"][:4])


def ini(wanted: Mapping[str, Any], end: str) -> bytes:
    """Return a ``.wslconfig`` or ``wsl.conf`` with the declared values."""
    lines: list[str] = []
    for section, keys in wanted.items():
        if section not in NOT_SETTINGS:
            lines += [f"[{section}]", *(f"{key}={_value(value)}" for key, value in keys.items()), ""]
    return end.join(lines).encode()


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return quote(",".join(map(str, value)) if isinstance(value, list) else str(value))


def register(machine: Machine, person: Account, name: str, distro: Mapping[str, Any], declared: Declared) -> None:
    """Have a distribution imported from its image, with its ``wsl.conf``, its default user and our record of it."""
    tree = distro_archive.read(Path(distro["source"]).read_bytes())
    if distro.get("wsl_conf"):
        tree.write("/etc/wsl.conf", ini(distro["wsl_conf"], "\n"))
    users = tree.read("/etc/passwd").decode() if tree.find("/etc/passwd") else ""
    uid = next((int(row.split(":")[2]) for row in users.splitlines() if row.split(":")[0] == distro.get("default_user")), 0)
    version = distro.get("version") or declared.get("wsl", {}).get("default_version", 2)
    folder = location(person, distro.get("location") or rf"%LOCALAPPDATA%\wsl\{name}")
    item = wsl.register(machine, person, name, tree, version=version, folder=folder, uid=uid, default=bool(distro.get("default")))
    record: dict[str, Any] = {"Sha256": distro.get("sha256", ""), "Source": distro["source"]}
    if distro.get("default_user"):
        record |= {"DefaultUser": distro["default_user"], "DefaultUid": uid}
    for value, data in record.items():
        machine.registry.set(rf"{OURS}\Distros\{item.guid}", value, "DWord" if isinstance(data, int) else "String", data)


def location(person: Account, path: str) -> str:
    """Return a declared folder with the person's own variables filled in."""
    for name, folder in (
        ("LOCALAPPDATA", rf"{person.profile}\AppData\Local"),
        ("USERPROFILE", person.profile),
        ("SystemDrive", "C:"),
    ):
        path = path.replace(f"%{name}%", folder)
    return path.replace("/", "\\")
