"""Which declarations of one machine contradict each other across resources, so that no run could ever bring about both.

One place for all pairs: what WSL 2, WSL 1, Hyper-V and Docker's integration need, against what turns that off. What only a laptop
itself can say, of its Windows or its firmware, is seen by a run (`core/windows/outlook.py`).

Sources: what WSL needs, src/windows/common/WslInstall.cpp; what runs on the hypervisor, Microsoft, "bcdedit /set"
(hypervisorlaunchtype); which features are parts of which, their manifests (from knowledge of Windows).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyinfra_wsl.core.formats import version
from pyinfra_wsl.core.problem import Path, Problem, dotted
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.windows import wsl_releases
from pyinfra_wsl.core.windows.outlook import version_of
from pyinfra_wsl.fleet import policies
from pyinfra_wsl.fleet.contradiction import Contradiction
from pyinfra_wsl.fleet.line import beside

_FEATURES, _DISTROS, _LAUNCH = "windows_features", "wsl_distros", ("hypervisor", "launch")
_VMP, _WSL = "virtualmachineplatform", "microsoft-windows-subsystem-linux"
_PARENTS = {
    "microsoft-hyper-v": ("microsoft-hyper-v-all",),
    "microsoft-hyper-v-hypervisor": ("microsoft-hyper-v", "microsoft-hyper-v-all"),
    "microsoft-hyper-v-services": ("microsoft-hyper-v", "microsoft-hyper-v-all"),
    "microsoft-hyper-v-tools-all": ("microsoft-hyper-v-all",),
    "microsoft-hyper-v-management-powershell": ("microsoft-hyper-v-tools-all", "microsoft-hyper-v-all"),
    "microsoft-hyper-v-management-clients": ("microsoft-hyper-v-tools-all", "microsoft-hyper-v-all"),
}
_RUN_ON_HYPERVISOR = {
    "microsoft-hyper-v-all", "microsoft-hyper-v", "microsoft-hyper-v-hypervisor", "hypervisorplatform",
    "containers-disposableclientvm",
}  # fmt: skip
_NAMED = 3  # machines that are named; of more the number is
Place = tuple[int, Path]
"""A line of the fleet file, and the path there."""

_DOCKER, _INTEGRATION = "docker_desktop", "docker_integration"
_BACKENDS = {"wsl-2": (_VMP,), "hyper-v": ("microsoft-hyper-v-all", "microsoft-hyper-v", "containers")}
_BACKENDS["windows"] = _BACKENDS["hyper-v"]
"""The features that each backend of Docker Desktop needs (Docker, "Troubleshoot topics")."""
_DOCKERS_WSL = "2.1.5"
"""The least package for Docker Desktop (Docker, "Install Docker Desktop on Windows", 2026-09)."""


def find(values: Values) -> Iterator[Contradiction]:
    """Yield every contradiction of a machine's values, whose form is right.

    Args:
        values: after inheritance, by the keys of the fleet file.

    """
    if values.get("os", "windows") != "windows":
        return
    yield from _without_wsl_2(values)
    yield from _without_wsl_1(values)
    yield from _features(values)
    yield from _distros(values)
    yield from _old_package(values)
    yield from _cgroups(values)
    yield from _docker(values)
    yield from policies.dead(values)


def told(found: Iterable[tuple[Place, Place, Contradiction, str]], verb: str = "contradicts") -> Iterator[tuple[int, Problem]]:
    """Yield contradictions as problems with their lines, of machines that share one once.

    Args:
        found: of each where in the file both values stand, and the machine.
        verb: what the one does with the other.

    """
    machines: dict[tuple[Place, Place, str, str], list[str]] = {}
    for here, there, one, host in found:
        machines.setdefault((here, there, one.why, one.remedy), []).append(host)
    for ((line, path), (line_of_other, other), why, remedy), hosts in machines.items():
        more = f" and {len(hosts) - _NAMED} more" if len(hosts) > _NAMED else ""
        on = f"{', '.join(hosts[:_NAMED])}{more}"
        yield line, Problem(path, f"{verb} {dotted(other)} in {beside(line_of_other, line)}, on {on}: {why}", remedy)


def notes(values: Values) -> Iterator[Contradiction]:
    """Yield what may be meant, and still is no end: restarts never made or at any hour, distributions that would not start."""
    if values.get("wsl", {}).get("default_version") == 2:
        for path, why, right in _off(values):
            remedy = f"write default_version: null, or {path[-1]}: {right}"
            yield Contradiction(("wsl", "default_version"), path, f"new distributions would be WSL 2, which {why}", remedy)
    policy = values.get("reboot", {}).get("policy")
    if policy not in (None, "window") and values["reboot"].get("window"):
        why = f"restarts are made at any hour with policy: {policy}"
        yield Contradiction(("reboot", "window"), ("reboot", "policy"), why, "write policy: window, or window: null")
    if policy != "never":
        return
    changed = [(key, name) for key in (_FEATURES, "hypervisor") for name in values.get(key, {})]
    if changed:
        why = "a change of it works after a restart only, which is then never made by a run"
        yield Contradiction(changed[0], ("reboot", "policy"), why, "restart such laptops by hand, or write policy: no_user")


def _state(values: Values, name: str) -> tuple[Path, str]:
    """Return where a feature is declared and as what, whatever the case of its name."""
    found = next((one for one in values.get(_FEATURES, {}) if one.lower() == name), "")
    return (_FEATURES, found), values.get(_FEATURES, {}).get(found, "")


def _present(values: Values) -> Iterator[tuple[str, Values]]:
    for name, distro in values.get(_DISTROS, {}).items():
        if distro.get("state") != "absent":
            yield name, distro


def _says(distro: Values) -> bool:
    """Whether its version is known from the file; one that is there already and whose version is not declared keeps its own."""
    return "version" in distro or "source" in distro


def _speak_of(values: Values, number: int) -> Iterator[tuple[Path, str]]:
    """Yield each value that needs a version of WSL: its path, and what it is."""
    for name, distro in _present(values):
        if _says(distro) and version_of(values, distro) == number:
            yield (_DISTROS, name, *(("version",) if "version" in distro else ())), f"{name} is a WSL {number} distribution"
        elif number == 2 and distro.get("docker_integration"):
            yield (_DISTROS, name, "docker_integration"), "Docker Desktop integrates with WSL 2 only"
    if number == 1 and values.get("wsl", {}).get("default_version") == 1:  # wsl.exe refuses it then; 2 it only writes down
        yield ("wsl", "default_version"), "new distributions are to be WSL 1"
    if number == 2 and values.get("docker_integration", {}).get("default_distro"):
        yield ("docker_integration", "default_distro"), "Docker Desktop integrates with WSL 2 only"


def _off(values: Values) -> list[tuple[Path, str, str]]:
    """Return what is declared off and WSL 2 needs: where, why it needs it, and what to write."""
    feature, state = _state(values, _VMP)
    off = [(feature, "needs that feature", "enabled")] if state == "disabled" else []
    if values.get("hypervisor", {}).get("launch") == "off":
        off.append((_LAUNCH, "runs on the hypervisor, which then never starts", "auto"))
    return off


def _without_wsl_2(values: Values) -> Iterator[Contradiction]:
    off = _off(values)
    for path, what in _speak_of(values, 2) if off else ():
        for other, why, right in off:
            remedy = f"write {other[-1]}: {right}, or take what needs WSL 2 out of the declaration"
            yield Contradiction(path, other, f"{what}, and WSL 2 {why}", remedy)


def _without_wsl_1(values: Values) -> Iterator[Contradiction]:
    feature, state = _state(values, _WSL)
    for path, what in _speak_of(values, 1) if state == "disabled" else ():
        remedy = f"write {feature[-1]}: enabled, or version 2"
        yield Contradiction(path, feature, f"{what}, and WSL 1 needs that feature", remedy)


def _features(values: Values) -> Iterator[Contradiction]:
    for name, state in values.get(_FEATURES, {}).items():
        if state != "enabled":
            continue
        for parent in _PARENTS.get(name.lower(), ()):
            path, above = _state(values, parent)
            if above == "disabled":
                why = f"{name} is part of {path[-1]}, and is turned on and off with it"
                yield Contradiction((_FEATURES, name), path, why, "declare both enabled, or both disabled")
        if name.lower() in _RUN_ON_HYPERVISOR and values.get("hypervisor", {}).get("launch") == "off":
            why = f"{name} runs on the hypervisor, which then never starts"
            yield Contradiction((_FEATURES, name), _LAUNCH, why, f"write launch: auto, or {name}: disabled")


def _distros(values: Values) -> Iterator[Contradiction]:
    for name, distro in values.get(_DISTROS, {}).items():
        if distro.get("state") == "absent" and distro.get("wsl_conf"):
            why = "nothing can be set inside a distribution that is not there"
            remedy = "write wsl_conf: null, or take state: absent out"
            yield Contradiction((_DISTROS, name, "wsl_conf"), (_DISTROS, name, "state"), why, remedy)
    if not values.get("docker_integration", {}).get("default_distro"):
        return
    for name, distro in _present(values):
        if distro.get("default") and _says(distro) and version_of(values, distro) == 1:
            why = f"{name} is the default distribution and WSL 1, and Docker Desktop integrates with WSL 2 only"
            path = (_DISTROS, name, "version" if "version" in distro else "default")
            yield Contradiction(("docker_integration", "default_distro"), path, why, "write version: 2, or default_distro: false")


def _old_package(values: Values) -> Iterator[Contradiction]:
    exact = values.get("wsl", {}).get("package", {}).get("version", "")
    if not exact or version.at_least(exact, wsl_releases.MANAGE):
        return
    for name, distro in _present(values):
        user, inside = distro.get("default_user"), distro.get("wsl_conf", {}).get("user", {}).get("default")
        if user not in (None, "root", inside):
            why = f"the default user is set by wsl --manage, which WSL has since {wsl_releases.MANAGE}"
            remedy = "write a later version, or wsl_conf: {user: {default: " + user + "}}"
            yield Contradiction((_DISTROS, name, "default_user"), ("wsl", "package", "version"), why, remedy)


def _cgroups(values: Values) -> Iterator[Contradiction]:
    isolated = values.get("wslconfig", {}).get("wsl2", {}).get("isolateDistroCgroup")
    for name, distro in _present(values) if isolated is True else ():
        if distro.get("wsl_conf", {}).get("automount", {}).get("cgroups") == "v1":
            why = "cgroup v1 does not go together with a cgroup of its own for each distribution"
            path = (_DISTROS, name, "wsl_conf", "automount", "cgroups")
            yield Contradiction(path, ("wslconfig", "wsl2", "isolateDistroCgroup"), why, "write false, or cgroups: v2")


def _docker(values: Values) -> Iterator[Contradiction]:
    desktop = values.get(_DOCKER)
    if desktop is None:
        return
    integrated = [path for path, on in _integrations(values) if on]
    if desktop.get("state") == "absent":
        for one in integrated:
            why = "Docker Desktop is then not there, and nothing is integrated"
            yield Contradiction(one, (_DOCKER, "state"), why, "write false, or take state: absent out")
        return
    backend = desktop.get("backend", "wsl-2")
    path: Path = (_DOCKER, "backend") if "backend" in desktop else (_DOCKER,)
    for one in integrated if backend != "wsl-2" else ():
        why = "only the WSL 2 engine integrates distributions"
        yield Contradiction(one, path, why, "write backend: wsl-2, or false")
    yield from _what_docker_needs(values, path, backend)


def _integrations(values: Values) -> Iterator[tuple[Path, object]]:
    for name, distro in _present(values):
        yield (_DISTROS, name, _INTEGRATION), distro.get(_INTEGRATION)
    yield (_INTEGRATION, "default_distro"), values.get(_INTEGRATION, {}).get("default_distro")


def _what_docker_needs(values: Values, path: Path, backend: str) -> Iterator[Contradiction]:
    for name in _BACKENDS[backend]:
        feature, state = _state(values, name)
        if state == "disabled":
            why = f"the backend {backend} of Docker Desktop needs that feature"
            yield Contradiction(path, feature, why, f"write {feature[-1]}: enabled, or another backend")
    if values.get("hypervisor", {}).get("launch") == "off":
        why = "each backend of Docker Desktop runs on the hypervisor, which then never starts"
        yield Contradiction(path, _LAUNCH, why, "write launch: auto, or docker_desktop: null")
    exact = values.get("wsl", {}).get("package", {}).get("version", "")
    if backend == "wsl-2" and exact and not version.at_least(exact, _DOCKERS_WSL):
        why = f"Docker Desktop needs WSL {_DOCKERS_WSL} or later"
        yield Contradiction(path, ("wsl", "package", "version"), why, f"write {_DOCKERS_WSL} or later")
