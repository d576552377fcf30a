"""How people break what a fleet file declares: one setting at a time, as a user would do it by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.lab.docker_desktop import settings as docker_settings
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.scenarios.finish import integrated, start_docker
from pyinfra_wsl.lab.wsl import change as wsl_change
from pyinfra_wsl.lab.wsl import distro_disk, wsl
from pyinfra_wsl.lab.wsl import package as wsl_package
from pyinfra_wsl.lab.wsl.distro import Tree
from pyinfra_wsl.lab.wsl.errors import WslError
from pyinfra_wsl.lab.wsl.registration import Registration, Registrations, lxss_key

OLDER = "2.4.13.0"
"""A WSL package that is older than any fleet should want."""


class NothingThereError(Exception):
    """What shall be broken is not on the laptop."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One declared setting: its path in the fleet file, how it is broken, whether a run may repair it without consent."""

    name: str
    describe: str
    act: Callable[[Machine], None]
    repairable: bool = True


def settings(declared: Mapping[str, Any], machine: Machine) -> list[Setting]:
    """Return everything of a laptop's declaration that can be broken, in the order of the fleet file's nouns."""
    person = _owner(declared, machine)
    found = [*_machine_settings(declared)]
    if person is not None:
        found += _user_settings(declared, person)
        found += _distro_settings(declared.get("wsl_distros", {}), person)
        found += _docker_settings(declared, person)
    return found


def _owner(declared: Mapping[str, Any], machine: Machine) -> Account | None:
    wanted = str(declared.get("user", "console")).lower()
    people = [account for account in machine.accounts.values() if account.domain != machine.name.upper()]
    named = [account for account in people if wanted in (account.name.lower(), account.full_name.lower())]
    return next(iter(named or people), None)


def _machine_settings(declared: Mapping[str, Any]) -> Iterator[Setting]:
    for name, wanted in declared.get("windows_features", {}).items():
        other = "Disabled" if wanted == "enabled" else "Enabled"
        yield Setting(
            f"windows_features.{name}", f"somebody has {other.lower()} it and restarted", _Feature(name, other == "Enabled")
        )
    if "launch" in declared.get("hypervisor", {}):
        other = "off" if declared["hypervisor"]["launch"] == "auto" else "auto"
        yield Setting("hypervisor.launch", f"bcdedit has set it to {other}, and a restart followed", _Launch(other))
    for name in ("version", "minimum"):
        if name in declared.get("wsl", {}).get("package", {}):
            yield Setting(f"wsl.package.{name}", f"somebody has installed WSL {OLDER} over it", _older_package)


@dataclass(frozen=True, slots=True)
class _Feature:
    name: str
    on: bool

    def __call__(self, machine: Machine) -> None:
        feature = machine.features.get(self.name)
        if feature is None:
            raise NothingThereError(f"{self.name} is no feature of this Windows")
        machine.features.set_state(self.name, "Enabled" if self.on else "Disabled")
        machine.restart_by_hand()


@dataclass(frozen=True, slots=True)
class _Launch:
    value: str

    def __call__(self, machine: Machine) -> None:
        windows.set_hypervisor_launch(machine, self.value)
        machine.restart_by_hand()


def _older_package(machine: Machine) -> None:
    if not wsl_package.version(machine):
        raise NothingThereError("no WSL package is installed")
    wsl_package.install(machine, OLDER)


def _user_settings(declared: Mapping[str, Any], person: Account) -> Iterator[Setting]:
    if "default_version" in declared.get("wsl", {}):
        number = 3 - int(declared["wsl"]["default_version"])
        yield Setting("wsl.default_version", f"'wsl --set-default-version {number}'", _DefaultVersion(person, number))
    for section, keys in declared.get("wslconfig", {}).items():
        for key, value in keys.items() if isinstance(keys, Mapping) else ():
            other = changed(value)
            told = f"somebody wrote {key}={other} into .wslconfig" if other else "the line is gone from .wslconfig"
            yield Setting(f"wslconfig.{section}.{key}", told, _WindowsKey(person, section, key, other))
    default = next((name for name, one in declared.get("wsl_distros", {}).items() if one.get("default")), None)
    if default is not None:
        yield Setting(
            f"wsl_distros.{default}.default",
            "another distribution is the default, or none where there is no other",
            _Default(person, default),
        )


@dataclass(frozen=True, slots=True)
class _DefaultVersion:
    person: Account
    version: int

    def __call__(self, machine: Machine) -> None:
        machine.registry.set(lxss_key(self.person.sid), "DefaultVersion", "DWord", self.version)


def changed(value: object) -> str:
    """Return another value that WSL takes for such a key; "" where only taking the line away is sure to change it."""
    if isinstance(value, bool):
        return "false" if value else "true"
    if isinstance(value, int):
        return str(value + 1)
    size = re.fullmatch(r"(\d+)([KMGT]?B)", str(value))
    return f"{int(size[1]) + 1}{size[2]}" if size else ""


def with_key(content: str, section: str, key: str, value: str) -> str:
    """Return an ini file with another value for a key, or without its line; raises NothingThereError where there is none."""
    lines, inside, found = content.splitlines(keepends=True), "", False
    kept: list[str] = []
    for line in lines:
        heading = re.match(r"\s*\[(\w+)\]", line)
        inside = heading[1].lower() if heading else inside
        name = line.partition("=")[0].strip().lower()
        if not (inside == section.lower() and "=" in line and name == key.lower()):
            kept.append(line)
            continue
        found = True
        kept += [f"{key}={value}{line[len(line.rstrip()) :]}"] if value else []
    if not found:
        raise NothingThereError(f"there is no {key} in section [{section}]")
    return "".join(kept)


@dataclass(frozen=True, slots=True)
class _WindowsKey:
    person: Account
    section: str
    key: str
    value: str

    def __call__(self, machine: Machine) -> None:
        path = rf"{self.person.profile}\.wslconfig"
        if not machine.files.exists(path):
            raise NothingThereError(f"there is no {path}")
        content = machine.files.read(path).decode("utf-8", "surrogateescape")
        machine.files.write(path, with_key(content, self.section, self.key, self.value).encode("utf-8", "surrogateescape"))


def find(machine: Machine, person: Account, name: str) -> Registration:
    """Return a person's distribution; raises NothingThereError."""
    try:
        return Registrations(machine.registry, person.sid).by_name(name, every_state=True)
    except WslError:
        raise NothingThereError(f"{person.full_name} has no distribution {name}") from None


@dataclass(frozen=True, slots=True)
class _Default:
    person: Account
    name: str

    def __call__(self, machine: Machine) -> None:
        item = find(machine, self.person, self.name)
        registrations = Registrations(machine.registry, self.person.sid)
        other = next((one for one in registrations.all() if one.guid != item.guid), None)
        if other is None:
            machine.registry.remove_value(registrations.key, "DefaultDistribution")
        else:
            registrations.set_default(other)


def _distro_settings(distros: Mapping[str, Any], person: Account) -> Iterator[Setting]:
    for name, distro in distros.items():
        path = f"wsl_distros.{name}"
        if distro.get("state", "present") == "absent":
            yield Setting(f"{path}.state", "somebody has made it again", _Present(person, name))
            continue
        for section, keys in distro.get("wsl_conf", {}).items():
            for key, value in keys.items() if isinstance(keys, Mapping) else ():
                other = changed(value)
                told = f"somebody wrote {key}={other}" if other else "the line is gone"
                yield Setting(f"{path}.wsl_conf.{section}.{key}", told, _LinuxKey(person, name, section, key, other))
        if "default_user" in distro:
            yield Setting(f"{path}.default_user", "its default user is root", _DefaultUser(person, name))
        yield Setting(f"{path}.state", "it was unregistered, with all that was in it", _Absent(person, name), repairable=False)


@dataclass(frozen=True, slots=True)
class _Present:
    person: Account
    name: str

    def __call__(self, machine: Machine) -> None:
        tree = Tree()
        tree.make("/etc")
        tree.make("/home")
        tree.write("/home/thesis.txt", b"what its owner would miss\n" * 2000)
        wsl.register(machine, self.person, self.name, tree, default=False)


@dataclass(frozen=True, slots=True)
class _Absent:
    person: Account
    name: str

    def __call__(self, machine: Machine) -> None:
        item = find(machine, self.person, self.name)
        session = wsl.session(machine, self.person)
        session.terminate(item.guid)
        wsl_change.delete_files(session, item, item.disk)
        if str(machine.registry.get(session.registrations.key, "DefaultDistribution", "")).lower() == item.guid.lower():
            session.registrations.forget_default()
        item.delete()


@dataclass(frozen=True, slots=True)
class _DefaultUser:
    person: Account
    name: str

    def __call__(self, machine: Machine) -> None:
        item = find(machine, self.person, self.name)
        item.set("DefaultUid", 0)
        wsl.session(machine, self.person).terminate(item.guid)  # what runs keeps its user


@dataclass(frozen=True, slots=True)
class _LinuxKey:
    person: Account
    name: str
    section: str
    key: str
    value: str

    def __call__(self, machine: Machine) -> None:
        item = find(machine, self.person, self.name)
        session = wsl.session(machine, self.person)
        session.terminate(item.guid)
        attached = session.vm is not None and item.disk.lower() in session.vm.disks
        if session.vm is not None:
            session.vm.eject(item.disk)
        tree = distro_disk.unpack(machine.files.read(item.disk))
        entry = tree.find("/etc/wsl.conf")
        if entry is None:
            raise NothingThereError(f"{self.name} has no /etc/wsl.conf")
        tree.write("/etc/wsl.conf", with_key(entry.data.decode(), self.section, self.key, self.value).encode())
        machine.files.write(item.disk, distro_disk.pack(tree))
        if attached and session.vm is not None:
            session.vm.attach(item.disk)


def _docker_settings(declared: Mapping[str, Any], person: Account) -> Iterator[Setting]:
    default = declared.get("docker_integration", {}).get("default_distro")
    if default is not None:
        told = f"somebody has turned it {'off' if default else 'on'} in Docker Desktop"
        act = _Docker(person, declared, {"EnableIntegrationWithDefaultWslDistro": not default})
        yield Setting("docker_integration.default_distro", told, act)
    chosen = integrated(declared)
    for name, distro in declared.get("wsl_distros", {}).items():
        wanted = distro.get("docker_integration")
        if wanted is not None and distro.get("state", "present") == "present":
            told = f"somebody has {'unticked' if wanted else 'ticked'} it in Docker Desktop"
            others = [one for one in chosen if one != name] + ([] if wanted else [name])
            yield Setting(
                f"wsl_distros.{name}.docker_integration", told, _Docker(person, declared, {"IntegratedWslDistros": others})
            )


@dataclass(frozen=True, slots=True)
class _Docker:
    person: Account
    declared: Mapping[str, Any]
    values: Mapping[str, Any]

    def __call__(self, machine: Machine) -> None:
        path = machine.docker.settings_path(self.person)
        if not machine.files.exists(path):
            raise NothingThereError(f"{self.person.full_name} has no settings of Docker Desktop")
        app = machine.docker.app
        if app is not None:
            machine.processes.kill(app.window)
        found = docker_settings.load(machine.files.read(path)) | dict(self.values)
        machine.files.write(path, docker_settings.save(found, store=machine.docker.store))
        if app is not None and machine.docker.app is None:
            start_docker(machine, self.person)
