"""What distributions need, exclude or contradict, beyond the form of their declaration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pyinfra_wsl.core import show
from pyinfra_wsl.core.problem import Path, Problem
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.source import pair
from pyinfra_wsl.resources.wsl_distro import places
from pyinfra_wsl.resources.wsl_distro.names import DOCKERS
from pyinfra_wsl.resources.wsl_distro.talk import VARIABLES, fault, standing
from pyinfra_wsl.resources.wsl_distro.want import LONGEST, WHOLE_PATH, is_disk


def check(values: Values) -> Iterator[Problem]:
    """Yield what is wrong with the distributions of a host."""
    distros, default_version = values.get("wsl_distros", {}), values.get("wsl", {}).get("default_version", 2)
    for name, distro in distros.items():
        path: Path = ("wsl_distros", name)
        yield from _absent(distro, path) if distro.get("state") == "absent" else _present(distro, path)
        yield from _paths(distro, path)
        if distro.get("version", default_version if "source" in distro else None) == 1:
            yield from _version_1(distro, path)
    yield from _names(distros)
    yield from _defaults(distros)
    yield from places.check(distros)


def complete(values: Values) -> Iterator[Problem]:
    """Yield what the distributions of a fleet file lack for laptops of which nobody knows whether they are there."""
    for name, distro in values.get("wsl_distros", {}).items():
        path: Path = ("wsl_distros", name)
        if distro.get("state") == "absent":
            yield from _without_consent(distro, path)


def _version_1(distro: Values, path: Path) -> Iterator[Problem]:
    if distro.get("docker_integration"):
        message = "Docker Desktop integrates with version 2 only"
        yield Problem((*path, "docker_integration"), message, "write version: 2, or remove docker_integration")
    if is_disk(distro):
        yield Problem((*path, "version"), "a virtual disk runs as version 2 only", "write version: 2, or take a tar archive")


def _without_consent(distro: Values, path: Path) -> Iterator[Problem]:
    if not distro.get("allow_data_loss"):
        yield Problem((*path, "state"), "absent deletes the distribution's files and needs allow_data_loss: true")


def _absent(distro: Values, path: Path) -> Iterator[Problem]:
    for key, what in (("default", "the default distribution"), ("docker_integration", "the distribution")):
        if distro.get(key):
            yield Problem((*path, key), f"{what} is absent", f"remove {key}, or state: absent")


def _present(distro: Values, path: Path) -> Iterator[Problem]:
    yield from pair(distro, path, "source")
    if "format" in distro and "source" not in distro:
        yield Problem((*path, "format"), "says what source is, and no source is declared", "add source, or remove format")
    user, configured = distro.get("default_user"), distro.get("wsl_conf", {}).get("user", {}).get("default")
    if user and configured and user != configured:
        yield Problem((*path, "default_user"), f"'{user}' contradicts wsl_conf.user.default, which is '{configured}'", "keep one")


def _paths(distro: Values, path: Path) -> Iterator[Problem]:
    for key, longest in LONGEST.items():
        written = distro.get(key, "")
        unknown = [name for name in re.findall("%([^%]*)%", written) if name.lower() not in VARIABLES]
        for name in unknown:
            known = ", ".join(f"%{one}%" for one in VARIABLES.values())
            yield Problem((*path, key), f"%{name}% is no variable that is known here", f"write one of {known}, or a whole path")
        if written and not unknown and (why := fault(standing(written), longest)):
            yield Problem((*path, key), f"{show.value(written)} {why}", WHOLE_PATH)
    called = str(path[-1])
    if "source" in distro and "location" not in distro and (set(called) == {"."} or fault(rf"C:\{called}", LONGEST["location"])):
        message = f"is missing, and Windows has no folder {show.value(called)}, which it would get"
        yield Problem((*path, "location"), message, WHOLE_PATH)


def _names(distros: Values) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name in distros:
        if name.lower() in DOCKERS:
            yield Problem(("wsl_distros", name), "belongs to Docker Desktop, which makes and removes it", "take it out")
        # WSL compares names without their case (src/windows/service/exe/LxssUserSession.cpp).
        if (first := seen.setdefault(name.casefold(), name)) != name:
            yield Problem(("wsl_distros", name), f"is the same name as {first} for WSL", "keep one")


def _defaults(distros: Values) -> Iterator[Problem]:
    chosen: list[Any] = [name for name, one in distros.items() if one.get("default") and one.get("state") != "absent"]
    for name in chosen[1:]:
        message = f"a second default distribution beside {chosen[0]}"
        yield Problem(("wsl_distros", name, "default"), message, "keep default: true at one")
