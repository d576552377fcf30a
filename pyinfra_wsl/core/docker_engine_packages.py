"""Docker's packages: installed, at the declared version, and held there.

Docker documentation, "Install a specific version"; apt-get(8) on ``package=version*``; apt-mark(8); dnf's versionlock plugin.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyinfra_wsl.core.docker_engine_look import PACKAGES, ROOTLESS_EXTRAS, State
from pyinfra_wsl.core.linux import Act, Change, Packages, Service, Shell
from pyinfra_wsl.core.linux_packages import release

_VERSIONED = ("docker-ce", "docker-ce-cli", ROOTLESS_EXTRAS)
"""Those that carry Docker's version; containerd.io and the plugins have versions of their own."""


def changes(version: str | None, hold: bool | None, rootless: bool, state: State) -> Iterator[Change]:
    """Plan the packages.

    Args:
        version: version of Docker; None for whatever is installed, else the newest.
        hold: whether they are held; None leaves that as it is.
        rootless: whether rootless mode's package belongs to them.
        state: the host as it is.

    """
    names = [*PACKAGES, *([ROOTLESS_EXTRAS] if rootless else [])]
    missing = [name for name in names if name not in state.packages]
    other = [
        name for name in names if name in _VERSIONED and name in state.packages and not _as_wanted(version, state.packages[name])
    ]
    if missing or other:
        yield _install(names, (*missing, *other), version, hold, state)
    elif hold is True and any(name not in state.held for name in names):
        yield Change("hold Docker's packages at their version", (_hold(state, names),), "upgrades of the host leave them alone")
    elif hold is False and (held := _held(names, state)):
        yield Change("Docker's packages follow upgrades again", (unhold(state, held),))


def unhold(state: State, names: Sequence[str]) -> Shell:
    """Return what lets packages change."""
    return Shell(f"{'apt-mark unhold' if state.os.packages == 'apt' else 'dnf versionlock delete'} {' '.join(names)}")


def _hold(state: State, names: Sequence[str]) -> Shell:
    if state.os.packages == "apt":
        return Shell(f"apt-mark hold {' '.join(names)}")
    return Shell(f"dnf install -y 'dnf-command(versionlock)' && dnf versionlock add {' '.join(names)}")


def _held(names: Sequence[str], state: State) -> list[str]:
    return [name for name in names if name in state.held]


def _install(names: list[str], chosen: Sequence[str], version: str | None, hold: bool | None, state: State) -> Change:
    specs = tuple(_spec(name, version, state) for name in names if name in chosen)
    before = _held(names, state)
    after = names if hold else [] if hold is False else before
    acts: list[Act] = [unhold(state, before)] if before else []
    if state.os.packages == "dnf" and version is not None:
        acts.append(Shell(f"dnf install -y --allowerasing {' '.join(repr(one) for one in specs)}"))
    else:
        acts.append(Packages(state.os.packages or "", specs, update=True))
    if "docker-ce" not in state.packages:
        acts.append(Service("docker.service", present=ROOTLESS_EXTRAS not in names))
    if after:
        acts.append(_hold(state, after))
    wanted = f" {version}" if version else ""
    if "docker-ce" in chosen and "docker-ce" in state.packages:
        return Change(f"docker-ce {release(state.packages['docker-ce'])} →{wanted}", tuple(acts), "held there" if after else "")
    said = [f"{name}{wanted}" if name in _VERSIONED else name for name in names if name in chosen]
    return Change(f"install {', '.join(said)}", tuple(acts), "held there" if after else "")


def _as_wanted(wanted: str | None, version: str) -> bool:
    return wanted is None or f"{release(version)}.".startswith(f"{wanted}.")


def _spec(name: str, version: str | None, state: State) -> str:
    """``docker-ce=5:28.5.1-*``: a version that ends in ``*`` is a prefix to apt; 5 is the epoch of Docker's packages."""
    if version is None or name not in _VERSIONED:
        return name
    end = "-*" if version.count(".") >= 2 else ".*"
    return f"{name}=5:{version}{end}" if state.os.packages == "apt" else f"{name}-{version}{end}"
