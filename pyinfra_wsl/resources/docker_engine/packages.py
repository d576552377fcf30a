"""Docker's packages: installed, at the declared version, and held there.

Docker documentation, "Install a specific version"; apt-get(8) on ``package=version*``; apt-mark(8); dnf's versionlock plugin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.core.acts import Act, Packages, Service, Shell
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.packages import release
from pyinfra_wsl.core.plan import Step
from pyinfra_wsl.resources.docker_engine import conflicts
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


def in_the_way(want: Wanted, state: State, folder: str) -> Mapping[str, str]:
    """Return the installed packages beside which Docker's cannot be installed, and why where Docker's page does not name them.

    Args:
        want: what is declared of the packages.
        state: the host as it is.
        folder: of Docker's repository.

    """
    coming = [name for name in want.names if name not in state.packages]
    named = [name for name in conflicts.NAMED[folder] if name in state.packages] if "docker-ce" in coming else []
    found = dict.fromkeys(named, "")
    for path, owner in state.owners.items():
        if conflicts.FILES[path] in coming:
            found.setdefault(owner, f"has {path}")
    for name, met in state.against.items():
        if any(one in coming for one in met):
            found.setdefault(name, f"conflicts with {met[0]}")
    replaced = conflicts.REPLACED if state.os.packages == "dnf" else ()
    return {name: why for name, why in found.items() if name in named or name not in replaced}


def refusals(want: Wanted, state: State, folder: str, *, consent: bool) -> Iterator[Failure]:
    """Yield why Docker's packages cannot be installed: others are in their way, or Docker is here from a snap.

    Args:
        want: what is declared of the packages.
        state: the host as it is.
        folder: of Docker's repository.
        consent: whether packages that are in the way may be removed.

    """
    if (found := in_the_way(want, state, folder)) and not consent:
        names = ", ".join(f"{name} ({why})" if why else name for name, why in found.items())
        remedy = "consent with remove_conflicting: true, or remove them yourself"
        yield Failure(f"{names} conflict with Docker's packages", remedy, "conflict")
    if state.snap and "docker-ce" not in state.packages:
        yield Failure(*_snap(state), "snap")


def warnings(state: State) -> Iterator[str]:
    """Yield what a person should know of a host that has Docker's packages already."""
    if state.snap and "docker-ce" in state.packages:
        cause, remedy = _snap(state)
        yield f"{cause}; {remedy}"


def _snap(state: State) -> tuple[str, str]:
    cause = f"Docker {state.snap} is here from a snap too: two daemons contend for /run/docker.sock"
    remedy = "save what its containers have in /var/snap/docker, end it with 'snap remove docker', then run again"
    return cause, remedy


def removal(want: Wanted, state: State, folder: str, ends: int | None) -> Iterator[Step]:
    """Plan the removal of what is in the way.

    Args:
        want: what is declared of the packages.
        state: the host as it is.
        folder: of Docker's repository.
        ends: how many containers end with it.

    """
    if names := tuple(in_the_way(want, state, folder)):
        held = any(name in state.held for name in names)
        acts = (Packages(state.os.packages or "", names, present=False, held=held),)
        yield Step(f"remove {', '.join(names)}", acts, f"images and volumes stay{ending(ends)}", ends=ends)


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


def removed(names: Sequence[str], state: State) -> Iterator[Act]:
    """Yield what removes packages, and first those that are there by half.

    Args:
        names: packages.
        state: the host as it is.

    """
    if halves := [name for name in names if name in state.halves]:
        yield Shell(f"DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=300 remove {' '.join(halves)}")
    if whole := tuple(name for name in names if name not in state.halves):
        yield Packages(state.os.packages or "", whole, present=False)


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
    before, after = _held(want.names, state), _after(want, state)
    if state.os.packages == "dnf" and (before or want.version is not None):
        erasing = " --allowerasing" if want.version is not None else ""
        install = Shell(f"dnf install -y{erasing} {' '.join(repr(one) for one in specs)}")
        yield _unlocked(install, before, after) if before else install
    else:
        yield Packages(state.os.packages or "", specs, update=True, held=bool(before))
    if "docker-ce" not in state.packages:
        if not want.rootless:
            yield approved(patched(state.daemon or {}, want.daemon))
        yield Service("docker.service", present=not want.rootless)
        if want.rootless:
            yield Service("docker.socket", present=False)
    if after and not (before and state.os.packages == "dnf"):
        yield _hold(state, after)
    elif before and state.os.packages == "apt":
        yield unhold(state, before)


def _unlocked(install: Shell, before: Sequence[str], after: Sequence[str]) -> Shell:
    """Let dnf change packages that it holds; where it fails, or the line is cut, the locks are as they were."""
    locks = "/etc/dnf/plugins/versionlock.list /etc/dnf/versionlock.toml"
    hold = f"dnf versionlock add {' '.join(after)}" if after else "true"
    line = (
        f'for f in {locks}; do [ ! -f "$f" ] || cp -p "$f" "$f.save"; done\n'
        f'locked() {{ for f in {locks}; do [ ! -f "$f.save" ] || mv -f "$f.save" "$f"; done; }}\n'
        "trap locked EXIT; trap 'exit 1' HUP INT TERM\n"
        f"dnf versionlock delete {' '.join(before)} && {install.line} || exit 1\n"
        f'trap - EXIT; for f in {locks}; do rm -f "$f.save"; done; {hold}'
    )
    return Shell(line)


def _after(want: Wanted, state: State) -> Sequence[str]:
    """Return the packages that are held after an installation: as declared, else those that were."""
    return want.names if want.hold else () if want.hold is False else _held(want.names, state)
