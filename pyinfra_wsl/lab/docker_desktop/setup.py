r"""What an installation of Docker Desktop leaves on a laptop, an upgrade changes, and a removal takes away, step by step.

Sources: Docker's install and permission pages (both scopes, service, group), its release notes; third-party files for the names
of programs. The order of the steps is the lab's own: the uninstall key comes last, so that one that is cut off leaves half of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from pyinfra_wsl.lab.docker_desktop import places, refusals, releases
from pyinfra_wsl.lab.docker_desktop import settings as docker_settings
from pyinfra_wsl.lab.docker_desktop.package import Package, make
from pyinfra_wsl.lab.docker_desktop.places import GROUP, SERVICE, SHARED, Installation
from pyinfra_wsl.lab.docker_desktop.refusals import Asked
from pyinfra_wsl.lab.machine.account import ADMINISTRATORS, SYSTEM, USERS, Account
from pyinfra_wsl.lab.machine.files import FileError, Sparse
from pyinfra_wsl.lab.machine.machine import ENVIRONMENT_KEY, Machine
from pyinfra_wsl.lab.machine.services import AUTOMATIC, DEMAND, ServiceError
from pyinfra_wsl.lab.machine.windows import PROGRAM_IMAGE

Step = Callable[[], None]
FIRST = (
    "InstallerCli.exe", "com.docker.service", "DockerCli.exe", r"resources\bin\docker-credential-desktop.exe",
    r"resources\bin\docker-credential-wincred.exe", r"resources\bin\kubectl.exe",
)  # fmt: skip
LAST = (r"resources\bin\docker.exe", r"resources\com.docker.diagnose.exe", places.BACKEND, places.WINDOW)
ENGINE_IMAGE, ENGINE_SIZE = r"resources\wsl\docker-wsl-cli.iso", 600 << 20
"""A large file among its programs: which, and how large, is the lab's own."""


def steps(asked: Asked, folder: str, *, features: bool = True) -> list[Step]:
    """Return the steps of an installation, or of an upgrade over what is there.

    Args:
        asked: what is installed, with what, by whom.
        folder: its program folder.
        features: whether it turns on what its engine needs, if it may.

    """
    turns = features and asked.account is None
    machine, package, account = asked.machine, asked.package, asked.account
    common: list[Step] = [
        lambda: _programs(machine, folder, FIRST),
        lambda: _write_engine(machine, folder, package),
        lambda: _programs(machine, folder, LAST),
        lambda: _plugins(machine, folder, package),
        lambda: keep_choices(machine, account, asked.choices.kept()),
        *(() if account else (lambda: _for_all_users(asked, folder),)),
        *((lambda: turn_on(machine, refusals.missing_features(machine, asked.backend)),) if turns else ()),
        lambda: _add_to_path(machine, account, rf"{folder}\resources\bin"),
        lambda: register(machine, package, account, folder),
    ]
    return [*common, *((lambda: accept_license(asked),) if asked.choices.has("--accept-license") else ())]


def _programs(machine: Machine, folder: str, names: tuple[str, ...]) -> None:
    for name in names:
        machine.files.write(rf"{folder}\{name}", PROGRAM_IMAGE)


def _write_engine(machine: Machine, folder: str, package: Package) -> None:
    machine.files.write(rf"{folder}\{ENGINE_IMAGE}", Sparse(ENGINE_SIZE, package.version.encode().hex().ljust(64, "0")))
    machine.files.write(rf"{folder}\{places.STUB}", make(package.version, package.architecture, stub=True))


def _plugins(machine: Machine, folder: str, package: Package) -> None:
    for name in releases.COMPONENTS:
        if name != "docker-desktop" or package.numbers >= releases.DESKTOP_CLI:
            machine.files.write(rf"{folder}\{places.PLUGINS}\{name}.exe", PROGRAM_IMAGE)


def read_choices(machine: Machine, account: Account | None) -> dict[str, Any] | None:
    """Return ``install-settings.json``, {} where it is missing and None where it holds no JSON object."""
    path = places.install_settings(account)
    if not machine.files.exists(path):
        return {}
    try:
        found = json.loads(machine.files.read(path))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def keep_choices(machine: Machine, account: Account | None, said: Mapping[str, Any]) -> None:
    """Keep the installer's choices beside those of earlier runs (winget-pkgs #420243).

    What an earlier installation says of the engine wins over ``--backend`` (ids 57089582330, 56701408249). That a damaged file is
    begun anew is not verified.
    """
    earlier = read_choices(machine, account) or {}
    sticky = ("wslEngineEnabled", "useWindowsContainers") if earlier else ()
    kept = earlier | {name: value for name, value in said.items() if name not in sticky}
    if account is None:
        own_folder(machine)
    if kept or account is None:
        machine.files.write(places.install_settings(account), json.dumps({"wslEngineEnabled": True} | kept).encode())


def own_folder(machine: Machine) -> None:
    r"""Have ``%ProgramData%\DockerDesktop`` as an elevated installer makes it; one that is there keeps its owner."""
    node = machine.files.make(SHARED)
    if not node.grants:
        node.grants, node.inherits = {SYSTEM: "F", ADMINISTRATORS: "F", USERS: "RX"}, False


def _for_all_users(asked: Asked, folder: str) -> None:
    """Service, group and policy of an installation for all users."""
    machine, choices = asked.machine, asked.choices
    always = choices.has("--always-run-service") or asked.backend != "wsl-2"
    image = rf'"{folder}\com.docker.service"'
    before = machine.services.start_type(SERVICE) if machine.services.exists(SERVICE) else DEMAND
    start = AUTOMATIC if always or before == AUTOMATIC else DEMAND
    machine.services.create(SERVICE, "Docker Desktop Service", image, start, ("LanmanServer",))
    if start == AUTOMATIC and not machine.services.running(SERVICE):
        with suppress(ServiceError):
            machine.services.start(SERVICE)
    machine.groups.create(GROUP, "Users of Docker Desktop")
    if asked.token.account.sid != SYSTEM:  # the MSI as SYSTEM leaves it empty (faq.md)
        machine.groups.add(GROUP, asked.token.account.sid)
    if organisation := choices.values.get("--allowed-org"):
        machine.registry.set(places.POLICY_KEY, "allowedOrgs", "MultiString", [organisation])
    if admin := choices.values.get("--admin-settings"):
        machine.files.write(rf"{SHARED}\admin-settings.json", admin.replace("'", '"').encode())


def turn_on(machine: Machine, names: list[str]) -> None:
    """Turn features on that this edition has; most wait for a restart."""
    for name in names:
        if (feature := machine.features.get(name)) is not None:
            machine.features.enable(machine.registry, feature)


def _path_key(account: Account | None) -> str:
    return rf"HKU\{account.sid}\Environment" if account else ENVIRONMENT_KEY


def _add_to_path(machine: Machine, account: Account | None, folder: str) -> None:
    path = str(machine.registry.get(_path_key(account), "Path", ""))
    if folder.lower() not in path.lower().split(";"):
        machine.registry.set(_path_key(account), "Path", "ExpandString", f"{path.rstrip(';')};{folder}".lstrip(";"))


def register(machine: Machine, package: Package, account: Account | None, folder: str) -> None:
    """Write the uninstall key, and up to 4.47 Docker's own key."""
    key = places.key_of(account)
    if package.kind == "msi":
        key = rf"{key.rpartition(chr(92))[0]}\{package.product_code}"
        _register_product(machine, key, package)
    remover = f"MsiExec.exe /X{package.product_code}" if package.kind == "msi" else rf'"{folder}\{places.STUB}" "uninstall"'
    for name, value in (
        ("DisplayName", "Docker Desktop"), ("DisplayVersion", package.version), ("Publisher", "Docker Inc."),
        ("InstallLocation", folder), ("DisplayIcon", rf"{folder}\{places.WINDOW}"), ("UninstallString", remover),
    ):  # fmt: skip
        machine.registry.set(key, name, "String", value)
    if account is None and package.numbers < releases.NO_PRODUCT_KEY:
        machine.registry.set(places.PRODUCT_KEY, "AppPath", "String", folder)
        machine.registry.set(places.PRODUCT_KEY, "BinPath", "String", rf"{folder}\resources\bin")


def _register_product(machine: Machine, key: str, package: Package) -> None:
    """Write what Windows Installer itself does for every product (Microsoft, "Uninstall Registry Key").

    It writes no ``InstallLocation`` of its own, only that of ``ARPINSTALLLOCATION``; whether Docker's MSI sets it was not found.
    """
    major, minor, build = package.numbers
    for name, number in (
        ("WindowsInstaller", 1), ("Version", major << 24 | minor << 16 | build), ("VersionMajor", major), ("VersionMinor", minor),
        ("Language", 1033), ("EstimatedSize", 3 << 20),
    ):  # fmt: skip
        machine.registry.set(key, name, "DWord", number)
    machine.registry.set(key, "ModifyPath", "ExpandString", f"MsiExec.exe /X{package.product_code}")


def settings_path(account: Account, version: releases.Version) -> str:
    """Return the path of a user's settings as a version names it."""
    name = "settings-store.json" if version >= releases.SETTINGS_STORE else "settings.json"
    return rf"{account.profile}\AppData\Roaming\Docker\{name}"


def accept_license(asked: Asked) -> None:
    """Write the acceptance for whoever runs the installer: it is kept per user, and covers nobody else (id 57912404978)."""
    store = asked.package.numbers >= releases.SETTINGS_STORE
    path, files = settings_path(asked.token.account, asked.package.numbers), asked.machine.files
    try:
        settings = docker_settings.load(files.read(path) if files.exists(path) else None)
    except docker_settings.SettingsError:
        return
    files.write(path, docker_settings.save(settings | {"LicenseTermsVersion": docker_settings.LICENSE}, store=store))


def remove(machine: Machine, there: Installation) -> None:
    """Take the program away: folder, key, service, PATH; what lies in ProgramData and in profiles stays (``uninstall.md``)."""
    with suppress(FileError):
        machine.files.remove(there.folder, tree=True)
    machine.registry.remove_tree(there.key)
    path = str(machine.registry.get(_path_key(there.account), "Path", ""))
    rest = [one for one in path.split(";") if one.lower() != rf"{there.folder}\resources\bin".lower()]
    if path:
        machine.registry.set(_path_key(there.account), "Path", "ExpandString", ";".join(rest))
    if there.account is None:
        machine.services.delete(SERVICE)
        machine.registry.remove_tree(places.PRODUCT_KEY)


def forget_data(machine: Machine, account: Account) -> None:
    """Take away a user's images, settings and places on their disk."""
    for place in places.LEFT_OVER[:2]:
        with suppress(FileError):
            machine.files.remove(rf"{account.profile}\{place}", tree=True)
