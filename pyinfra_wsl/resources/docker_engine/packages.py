"""Docker's packages: installed, at the declared version, and held there.

Docker documentation, "Install a specific version"; apt-get(8) on ``package=version*``; apt-mark(8); dnf's versionlock plugin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.core.acts import Act, Packages, Service, Shell
from pyinfra_wsl.core.linux.packages import release
from pyinfra_wsl.core.plan import Step
from pyinfra_wsl.resources.docker_engine.daemon import ending
from pyinfra_wsl.resources.docker_engine.in_force import approved
from pyinfra_wsl.resources.docker_engine.patch import patched
from pyinfra_wsl.resources.docker_engine.state import PACKAGES, ROOTLESS_EXTRAS, State

_VERSIONED = ("docker-ce", "docker-ce-cli", ROOTLESS_EXTRAS)
"""Those that carry Docker's version; containerd.io and the plugins have versions of their own."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is declared of the packages.

    Args:
        version: version of Docker; None for whatever is installed, else the newest.
        hold: whether they are held; None leaves that as it is.
        rootless: whether rootless mode's package belongs to them.
        daemon: keys of daemon.json, with which the daemon starts that the packages bring.

    """

    version: str | None = None
    hold: bool | None = None
    rootless: bool = False
    daemon: Mapping[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The packages."""
        return (*PACKAGES, ROOTLESS_EXTRAS) if self.rootless else PACKAGES

    def fits(self, name: str, state: State) -> bool:
        """Whether a package is installed in a version that will do."""
        have = state.packages.get(name)
        return have is not None and (
            name not in _VERSIONED or self.version is None or f"{release(have)}.".startswith(f"{self.version}.")
        )

    def spec(self, name: str, state: State) -> str:
        """``docker-ce=5:28.5.1-*``: a version that ends in ``*`` is a prefix to apt; 5 is the epoch of Docker's packages."""
        if self.version is None or name not in _VERSIONED:
            return name
        end = "-*" if self.version.count(".") >= 2 else ".*"
        return f"{name}=5:{self.version}{end}" if state.os.packages == "apt" else f"{name}-{self.version}{end}"

    def said(self, name: str) -> str:
        """Name a package, with its version where one is declared."""
        return f"{name} {self.version}" if self.version and name in _VERSIONED else name


def changes(want: Wanted, state: State, ends: int | None) -> Iterator[Step]:
    """Plan the packages.

    Args:
        want: what is declared of them.
        state: the host as it is.
        ends: how many containers a new docker-ce ends, whose package restarts the daemon; None is unknown.

    """
    if chosen := [name for name in want.names if not want.fits(name, state)]:
        yield _install(want, chosen, state, ends)
    elif want.hold is True and any(name not in state.held for name in want.names):
        yield Step(
            "hold Docker's packages at their version", (_hold(state, want.names),), "upgrades of the host leave them alone"
        )
    elif want.hold is False and (held := _held(want.names, state)):
        yield Step("Docker's packages follow upgrades again", (unhold(state, held),))


def profiles(state: State) -> Iterator[Step]:
    """Plan what loads AppArmor's profile for containers: docker-ce only recommends it, and where it is missing none starts.

    moby, pkg/aaparser and daemon/apparmor_default.go.
    """
    if state.no_profiles and state.os.packages == "apt":
        note = "AppArmor is on, and dockerd loads its profile with it"
        yield Step("install apparmor", (Packages("apt", ("apparmor",)),), note)


def unhold(state: State, names: Sequence[str]) -> Shell:
    """Return what lets packages change."""
    return Shell(f"{'apt-mark unhold' if state.os.packages == 'apt' else 'dnf versionlock delete'} {' '.join(names)}")


def _hold(state: State, names: Sequence[str]) -> Shell:
    if state.os.packages == "apt":
        return Shell(f"apt-mark hold {' '.join(names)}")
    return Shell(f"dnf install -y 'dnf-command(versionlock)' && dnf versionlock add {' '.join(names)}")


def _held(names: Sequence[str], state: State) -> list[str]:
    return [name for name in names if name in state.held]


def _install(want: Wanted, chosen: Sequence[str], state: State, ends: int | None) -> Step:
    acts = tuple(_acts(want, chosen, state))
    held = "held there" if _after(want, state) else ""
    if "docker-ce" not in chosen or "docker-ce" not in state.packages:
        return Step(f"install {', '.join(map(want.said, chosen))}", acts, held)
    restarted = "users' daemons take it at their next start" if want.rootless else "dockerd is restarted"
    sentence = f"docker-ce {release(state.packages['docker-ce'])} → {want.version}"
    return Step(sentence, acts, "; ".join(filter(None, (held, restarted))) + ending(ends), ends=ends)


def _acts(want: Wanted, chosen: Sequence[str], state: State) -> Iterator[Act]:
    specs = tuple(want.spec(name, state) for name in chosen)
    if (before := _held(want.names, state)) and state.os.packages != "apt":  # apt is told that they are held
        yield unhold(state, before)
    if state.os.packages == "dnf" and want.version is not None:
        yield Shell(f"dnf install -y --allowerasing {' '.join(repr(one) for one in specs)}")
    else:
        yield Packages(state.os.packages or "", specs, update=True, held=bool(before))
    if "docker-ce" not in state.packages:
        if not want.rootless:
            yield approved(patched(state.daemon or {}, want.daemon))
        yield Service("docker.service", present=not want.rootless)
        if want.rootless:
            yield Service("docker.socket", present=False)
    if after := _after(want, state):
        yield _hold(state, after)
    elif before and state.os.packages == "apt":
        yield unhold(state, before)


def _after(want: Wanted, state: State) -> Sequence[str]:
    """Return the packages that are held after an installation: as declared, else those that were."""
    return want.names if want.hold else () if want.hold is False else _held(want.names, state)
