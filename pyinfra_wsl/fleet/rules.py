"""What a schema cannot say of one machine's values: which of them need, exclude or contradict one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pyinfra_wsl.fleet import keys as fleet_keys
from pyinfra_wsl.fleet.merge import Path, Problem

Values = Mapping[str, Any]
_DOCKERS = ("docker-desktop", "docker-desktop-data")
_FEATURES = (
    "VirtualMachinePlatform",
    "Microsoft-Windows-Subsystem-Linux",
    "Microsoft-Hyper-V-All",
    "Microsoft-Hyper-V",
    "HypervisorPlatform",
    "Containers",
    "Containers-DisposableClientVM",
)


def check(values: Values, gone: Sequence[Path] = ()) -> list[Problem]:
    """Return what is wrong with one machine's values.

    Args:
        values: after inheritance; their form is right.
        gone: paths of values that were left out because something else is wrong with them; they are not missed again.

    """
    found = [problem for rule in _RULES for problem in rule(values)]
    return [problem for problem in found if problem.path not in gone]


def checksum_command(source: str) -> str:
    """Return the command by which a person learns the SHA-256 of a file, a share's file or an address."""
    if source.startswith("https://"):
        return f"curl -fsSL '{source}' | sha256sum"
    return f'certutil -hashfile "{source}" SHA256' if source.startswith("\\\\") else f"sha256sum '{source}'"


def _pair(values: Values, path: Path, source: str) -> Iterator[Problem]:
    if source in values and "sha256" not in values:
        yield Problem((*path, "sha256"), f"is missing; learn it with: {checksum_command(values[source])}")
    if "sha256" in values and source not in values:
        yield Problem((*path, source), f"is missing, though sha256 is declared; add {source}, or remove sha256")


def _features(values: Values) -> Iterator[Problem]:
    for name in values.get("windows_features", {}):
        # A feature of which we know nothing is fine; one that is almost a known one is a typing mistake.
        meant = fleet_keys.nearest(name, _FEATURES, cutoff=0.9)
        if name not in _FEATURES and meant is not None:
            yield Problem(("windows_features", name), f"no such feature; did you mean {meant}?")


def _reboot(values: Values) -> Iterator[Problem]:
    reboot = values.get("reboot", {})
    window = reboot.get("window")
    if reboot.get("policy") == "window" and window is None:
        yield Problem(("reboot", "window"), 'is missing, though policy is window; write it like "22:00-06:00"')
    if window is not None and window[:5] == window[6:]:
        yield Problem(("reboot", "window"), f"'{window}' has no length; write two different times, or policy: now")


def _connection(values: Values) -> Iterator[Problem]:
    source = values.get("connection", {}).get("password_from")
    if isinstance(source, Mapping) and len(source) > 1:
        other = next(iter(source))
        message = f"has both {' and '.join(source)}, one of them inherited; remove it with {other}: null"
        yield Problem(("connection", "password_from"), message)
    elif isinstance(source, Mapping) and not source:
        message = "names no source; write prompt, {env: NAME} or {command: [program, argument]}"
        yield Problem(("connection", "password_from"), message)


def _hypervisor(values: Values) -> Iterator[Problem]:
    hypervisor = values.get("hypervisor", {})
    if hypervisor.get("launch") == "off" and hypervisor.get("memory_integrity") == "on":
        message = "runs on the hypervisor, which is declared off; write memory_integrity: off, or launch: auto"
        yield Problem(("hypervisor", "memory_integrity"), message)


def _package(values: Values) -> Iterator[Problem]:
    package = values.get("wsl", {}).get("package", {})
    if "minimum" in package and "version" in package:
        message = "contradicts minimum, which may be inherited; keep one and write null for the other"
        yield Problem(("wsl", "package", "version"), message)
    yield from _pair(package, ("wsl", "package"), "installer")


def _distros(values: Values) -> Iterator[Problem]:
    default_version = values.get("wsl", {}).get("default_version", 2)
    for name, distro in values.get("wsl_distros", {}).items():
        path: Path = ("wsl_distros", name)
        yield from _absent(distro, path) if distro.get("state") == "absent" else _present(distro, path)
        version = distro.get("version", default_version)
        if version == 1 and distro.get("docker_integration"):
            message = "Docker Desktop integrates with version 2 only; write version: 2, or remove docker_integration"
            yield Problem((*path, "docker_integration"), message)
        if version == 1 and _format(distro) == "vhd":
            message = "a virtual disk runs as version 2 only; write version: 2, or take a tar archive"
            yield Problem((*path, "version"), message)
    yield from _names(values.get("wsl_distros", {}))
    yield from _defaults(values.get("wsl_distros", {}))


def _format(distro: Values) -> str:
    suffix = "vhd" if str(distro.get("source", "")).lower().endswith((".vhd", ".vhdx")) else "tar"
    return str(distro.get("format", suffix))


def _absent(distro: Values, path: Path) -> Iterator[Problem]:
    if not distro.get("allow_data_loss"):
        yield Problem((*path, "state"), "absent deletes the distribution's files and needs allow_data_loss: true")
    if distro.get("default"):
        yield Problem((*path, "default"), "the default distribution is absent; remove default, or state: absent")
    if distro.get("docker_integration"):
        yield Problem((*path, "docker_integration"), "the distribution is absent; remove docker_integration, or state: absent")


def _present(distro: Values, path: Path) -> Iterator[Problem]:
    if "source" not in distro and "sha256" not in distro:
        yield Problem((*path, "source"), "is missing; write what the distribution is imported from, and its sha256")
    yield from _pair(distro, path, "source")
    user, configured = distro.get("default_user"), distro.get("wsl_conf", {}).get("user", {}).get("default")
    if user and configured and user != configured:
        yield Problem((*path, "default_user"), f"'{user}' contradicts wsl_conf.user.default, which is '{configured}'; keep one")


def _names(distros: Values) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name in distros:
        if name.lower() in _DOCKERS:
            yield Problem(("wsl_distros", name), "belongs to Docker Desktop, which makes and removes it; take it out")
        # WSL compares names without their case (src/windows/service/exe/LxssUserSession.cpp).
        if (first := seen.setdefault(name.casefold(), name)) != name:
            yield Problem(("wsl_distros", name), f"is the same name as {first} for WSL; keep one")


def _defaults(distros: Values) -> Iterator[Problem]:
    chosen = [name for name, distro in distros.items() if distro.get("default") and distro.get("state") != "absent"]
    for name in chosen[1:]:
        message = f"a second default distribution beside {chosen[0]}; keep default: true at one"
        yield Problem(("wsl_distros", name, "default"), message)


def _docker_linux(values: Values) -> Iterator[Problem]:
    engine = values.get("docker_engine", {})
    if engine.get("rootless") and not engine.get("users"):
        yield Problem(("docker_engine", "rootless"), "a daemon without root belongs to a user; name him in users")
    desktop = values.get("docker_desktop_linux", {})
    if desktop and "user" not in desktop:
        yield Problem(("docker_desktop_linux", "user"), "is missing; name the Linux user whose Docker Desktop it is")
    if desktop and "package" not in desktop and desktop.get("state") != "absent":
        yield Problem(("docker_desktop_linux", "package"), "is missing; write its source and sha256")
    yield from _pair(desktop.get("package", {}), ("docker_desktop_linux", "package"), "source")


_RULES: Sequence[Callable[[Values], Iterator[Problem]]] = (
    _features, _hypervisor, _reboot, _connection, _package, _distros, _docker_linux
)  # fmt: skip
