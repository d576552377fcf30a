"""What each backend needs of a laptop, and why a laptop cannot have it: Windows itself first, then features, WSL, policies.

Docker, "Install Docker Desktop on Windows" (2026-09): builds, editions, ARM64, the least WSL; "Troubleshoot topics": features,
and the policy of BitLocker that makes Windows containers impossible. Home is not among the listed editions, and has a page of its
own: it is warned of, not refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.formats import version
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.machine import WINDOWS_11
from pyinfra_wsl.core.windows.outlook import BUILD, Declared, Obstacle
from pyinfra_wsl.resources.docker_desktop.places import GROUP
from pyinfra_wsl.resources.docker_desktop.state import State
from pyinfra_wsl.resources.docker_desktop.want import Backend, Want
from pyinfra_wsl.resources.reboot import state as reboot
from pyinfra_wsl.resources.windows_feature import state as windows_feature
from pyinfra_wsl.resources.wsl import state as wsl

DOCKER = "docker"
"""The purpose of an obstacle to Docker Desktop."""
LEAST_WSL = "2.1.5"
FEATURES: dict[Backend, tuple[str, ...]] = {
    "wsl-2": (windows_feature.VIRTUAL_MACHINE_PLATFORM,),
    "hyper-v": ("Microsoft-Hyper-V-All", "Containers"),
    "windows": ("Microsoft-Hyper-V-All", "Containers"),
}
"""What must be on for each backend; the PowerShell module of Hyper-V is part of Microsoft-Hyper-V-All."""

_LEAST_BUILD, _LEAST_BUILD_11 = 19045, 22631
_LEAST_MEMORY = 8 << 30


def never(backend: Backend | None, laptop: Laptop) -> Failure | None:
    """Return why this laptop cannot have Docker Desktop with a backend at all; None where it can.

    Args:
        backend: what is declared; None is the one that the installer takes by itself.
        laptop: the laptop as it is.

    """
    windows, backend = laptop.windows, backend or "wsl-2"
    if windows.build is None:
        return Failure("it is not known which Windows this is", "connect as an administrator of the laptop", BUILD)
    if windows.edition.startswith("Server"):
        return Failure("Docker Desktop does not support Windows Server", "take docker_desktop out of its declaration", "edition")
    least = _LEAST_BUILD_11 if windows.build >= WINDOWS_11 else _LEAST_BUILD
    if windows.build < least:
        cause = f"Docker Desktop needs Windows build {least} or later, and this is build {windows.build}"
        return Failure(cause, "install Windows' updates on the laptop, then run again", BUILD)
    return None if backend == "wsl-2" else _not_here(backend, laptop)


def _not_here(backend: Backend, laptop: Laptop) -> Failure | None:
    """Return why a laptop cannot have Hyper-V's engine, or Windows containers."""
    windows, remedy = laptop.windows, "declare backend: wsl-2"
    if windows.architecture == "ARM64":
        return Failure(f"the backend {backend} does not exist on ARM64", remedy, "architecture")
    if windows.home_edition:
        return Failure(f"the backend {backend} does not exist on Windows Home", f"{remedy}, or upgrade to Windows Pro", "edition")
    if laptop.of(State).used.scope == "user" and laptop.of(State).installed:
        cause = f"the backend {backend} needs an installation for all users, and Docker Desktop is installed for one"
        return Failure(cause, "declare package: {scope: all_users, change_scope: true}, or backend: wsl-2", "scope")
    if backend == "windows" and laptop.of(State).bitlocker:
        cause = "a policy of BitLocker (FDVDenyWriteAccess) makes Windows containers impossible"
        return Failure(cause, "ask who owns the policy, or declare backend: wsl-2", "policy")
    return None


def missing(backend: Backend | None, laptop: Laptop, sentence: str) -> Deferred | Failure | None:
    """Return what a backend still needs on this laptop, or what it waits for.

    Args:
        backend: as of `never`.
        laptop: the laptop as it is, or as the changes before would leave it.
        sentence: the change that needs it.

    """
    backend, have = backend or "wsl-2", laptop.of(windows_feature.State).features
    if have is None:
        return Failure(laptop.of(windows_feature.State).problem, "connect as an administrator of the laptop", "features")
    if pending := _pending(backend, have, laptop):
        return Deferred(sentence, "reboot", f"{backend} needs a restart first: {pending}")
    off = [name for name in FEATURES[backend] if have.get(name) != "Enabled"]
    if off:
        words = f"feature{'s' if len(off) > 1 else ''} {', '.join(off)}"
        remedy = f"declare windows_features: {{{', '.join(f'{name}: enabled' for name in off)}}}"
        return Failure(
            f"the backend {backend} needs the {words}, which {'are' if len(off) > 1 else 'is'} off", remedy, "features"
        )
    return _wsl(laptop) if backend == "wsl-2" else None


def _pending(backend: Backend, have: Mapping[str, str], laptop: Laptop) -> str:
    waits = [f"{name} is {have[name]}" for name in FEATURES[backend] if have.get(name) == "EnablePending"]
    return ", ".join(waits) or (reboot.listed(reboot.needed(laptop)) if reboot.needed(laptop) else "")


def _wsl(laptop: Laptop) -> Failure | None:
    have = laptop.of(wsl.State)
    known = version.known(have.version) if have.kind == "package" else None
    if have.kind is None:
        return Failure(f"it is not known which WSL there is: {have.problem}", "connect as an administrator of the laptop", "wsl")
    if known is None or known < version.parse(LEAST_WSL):
        found = f"WSL {have.version}" if have.kind == "package" else "no WSL package"
        remedy = f"declare wsl: {{package: {{minimum: {LEAST_WSL}, …}}}} with its installer"
        return Failure(f"Docker Desktop needs WSL {LEAST_WSL} or later, and there is {found}", remedy, "wsl")
    return None


def warnings(want: Want, laptop: Laptop) -> Iterator[str]:
    """Yield what works, but not as people expect."""
    windows, have = laptop.windows, laptop.of(State)
    if windows.home_edition:
        yield "Docker does not list Windows Home among the editions of Docker Desktop; with the WSL 2 backend it is known to work"
    if windows.memory is not None and windows.memory < _LEAST_MEMORY * 15 // 16:  # what firmware keeps for itself is not told
        yield "Docker Desktop needs 8 GB of memory, and this laptop has less"
    if have.members is None and want.backend in ("hyper-v", "windows"):
        yield f"it is not known who is in the group {GROUP}"
    yield from have.predecessors


def foresee(declared: Declared, laptop: Laptop) -> Iterator[Obstacle]:
    """Yield why the declared Docker Desktop cannot come about on a laptop."""
    values = declared.values.get("docker_desktop")
    if values is None or values.get("state") == "absent":
        return
    failure = never(Want.of(declared.values).backend, laptop)
    if failure is not None:
        yield Obstacle(DOCKER, failure)
