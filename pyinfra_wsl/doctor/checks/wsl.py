"""WSL and what rests on it: which one, what is forbidden, the network, distributions, Docker Desktop."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.outlook import wanted
from pyinfra_wsl.doctor.checks.working import working
from pyinfra_wsl.doctor.found import Found
from pyinfra_wsl.doctor.judge import NOT_DECLARED, judged
from pyinfra_wsl.doctor.line import Line, fault, note, ok
from pyinfra_wsl.resources.docker_desktop import state as docker_desktop
from pyinfra_wsl.resources.docker_toolbox import places as docker_toolbox
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro
from pyinfra_wsl.resources.wsl_policy import state as wsl_policy
from pyinfra_wsl.resources.wslconfig import state as wslconfig

_MODE = "wsl2.networkingMode"
_ENGINES = {"rancher-desktop": "Rancher Desktop", "podman-machine-default": "Podman"}
_FORBIDDING = {wsl_policy.ALLOW_WSL, wsl_policy.ALLOW_WSL1, wsl_policy.ALLOW_INBOX}


def package(found: Found, laptop: Laptop) -> Iterator[Line]:
    """Say which WSL there is, and whether it is as new as declared."""
    have = laptop.of(wsl.State)
    said = {
        "package": f"WSL {have.version} is installed as a package" + (f", with kernel {have.kernel}" if have.kernel else ""),
        "inbox": "only the WSL that is part of Windows is there, without the package",
        "none": "WSL is not installed",
        None: f"which WSL there is, is not known: {have.problem}",
    }[have.kind]
    minimum = found.values.get("wsl", {}).get("package", {}).get("minimum")
    declared = f"declared is at least {minimum}" if minimum else ""
    yield from judged(found, "WSL", said, "wsl", evidence=declared, fine=have.kind == "package")
    yield from working(found, laptop)


def policies(found: Found, laptop: Laptop) -> Iterator[Line]:
    """Say what an organisation forbids in WSL."""
    have = laptop.of(wsl_policy.State)
    if have.values is None:
        yield note("policies", f"whether policies forbid anything of WSL could not be read from {wsl_policy.KEY}")
        return
    declared = found.values.get(wsl_policy.NAME, {})
    forbidden = [
        name for name, value in have.values.items() if name in wsl_policy.EFFECTS and value == 0 and name not in declared
    ]
    for name in forbidden:
        locked = wsl_policy.locked(name)
        if _hinders(name, found, laptop):
            yield fault("policies", locked, deploy="cannot: that policy is not declared")
        elif not declared:
            yield note("policies", locked.cause, remedy=f"{locked.remedy}, if that is not meant")
    if declared:
        yield from judged(found, "policies", f"policies: {', '.join(have.effects) or 'none forbids anything'}", wsl_policy.NAME)
        return
    for name, said in have.ignored.items():
        yield note("policies", f"{name} is {said}, which WSL ignores", wsl_policy.KEY)
    if not have.effects and not have.ignored:
        yield ok("policies", "no policy forbids anything of WSL")


def _hinders(name: str, found: Found, laptop: Laptop) -> bool:
    """Whether a policy stands in the way of what is declared."""
    versions, kind = wanted(found.values), laptop.of(wsl.State).kind
    if name == wsl_policy.ALLOW_WSL1:
        return 1 in versions
    if name == wsl_policy.ALLOW_INBOX:
        return bool(versions) and kind == "inbox" and "package" not in found.values.get("wsl", {})
    return name in _FORBIDDING and bool(versions or found.values.get("wsl"))


def network(found: Found, laptop: Laptop) -> Iterator[Line]:
    """Say how the WSL VM gets to the network, and whether ``.wslconfig`` is as declared."""
    have, forced = laptop.of(wslconfig.State), laptop.of(wsl_policy.State).values or {}
    default = wsl_policy.NETWORKING.get(forced.get(wsl_policy.DEFAULT_NETWORKING, -1), "Nat")
    if have.exists is None:
        said = f"the network mode is not known: {have.problem or 'it could not be looked at whose .wslconfig is meant'}"
    else:
        where = "by .wslconfig" if _MODE in have.values else "which nobody has chosen"
        said = f"the network mode is {have.values.get(_MODE, default)}, {where}"
    told = "; ".join(have.problems[:3])
    yield from judged(found, "network", said, "wslconfig", evidence=told, fine=have.exists is not None and not have.problems)


def distributions(found: Found, laptop: Laptop) -> Iterator[Line]:
    """Say which distributions there are, and what a run makes of them."""
    have = laptop.of(wsl_distro.State)
    if have.distros is None:
        said = "the distributions are not known, since nobody could be asked whose they are"
    else:
        said = f"distributions: {', '.join(sorted(have.distros)) or 'none'}"
    yield from judged(found, "distributions", said, "wsl_distro", "wsl_conf", fine=have.distros is not None)
    if found.asleep:
        names = ", ".join(found.asleep)
        yield note("distributions", f"nobody looked into {names}, which would have started what is stopped", deploy="looks there")


def docker(found: Found, laptop: Laptop) -> Iterator[Line]:
    """Say whether Docker Desktop is there, for whom it runs, and what stands beside it."""
    have = laptop.of(docker_desktop.State)
    resources = ("docker_toolbox", "docker_desktop", "docker_integration")
    yield from judged(found, "Docker Desktop", _said(have, laptop), *resources, fine=have.installed is not None)
    told = {warning for plan in found.of(*resources) for warning in plan.warnings}
    for other in (*have.predecessors, *_beside(laptop)):
        retired = other.startswith(docker_toolbox.NAME) and found.of("docker_toolbox")  # what a run makes of it is said above
        if not retired and not any(other in warning for warning in told):
            yield note("Docker Desktop", other, deploy="" if found.of("docker_desktop") else NOT_DECLARED)


def _beside(laptop: Laptop) -> Iterator[str]:
    """Yield who else has an engine in WSL, as the distributions tell: installed for one person, it leaves no other sign."""
    have: wsl_distro.State | None = laptop.states.get(wsl_distro.State)
    for name, whose in _ENGINES.items():
        if have is not None and have.find(name) is not None:
            yield f"{whose} is installed for this person (distribution {name}): it may hold Docker's pipe"


def _said(have: docker_desktop.State, laptop: Laptop) -> str:
    if have.installed is None:
        return "whether Docker Desktop is installed is not known"
    if not have.installed:
        return "Docker Desktop is not installed"
    whose = "for all users" if have.used.scope == "all_users" else "for its user alone"
    runs = "is not running"
    if laptop.user is not None and laptop.user.sid in have.running_for:
        runs = f"runs for {laptop.user.account}" + (f" with the backend {have.backend}" if have.backend else "")
    elif have.running_for:
        runs = "runs for somebody else"
    elif not have.running_known:
        runs = "runs for whom is not known"
    return f"Docker Desktop {have.version or 'of an unknown version'} is installed {whose} and {runs}"
