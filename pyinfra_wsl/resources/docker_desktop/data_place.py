r"""Where Docker Desktop keeps images, containers and volumes: chosen by a first installation, and moved by its own window alone.

The options ``…-default-data-root`` are recorded in ``install-settings.json``; what a person moved is ``CustomWslDistroDir`` in
their settings, with ``DockerDesktopWSL`` behind the folder that they chose (docker/for-win issue 13408). Whoever changes one of
both by hand, or by another option at an upgrade, begins with an empty disk (as its users have found): so no data root is passed
on where there may be data. A maintainer of Docker Desktop: the supported way is "Disk image location" in its settings, by which
it moves the disk itself (docker/for-win issue 14118). No command and no file asks it to, and of 2026 there are reports that the
copy succeeds and the move fails (docker/desktop-feedback issue 550): a move is not made from here, and is not called done
before it is seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.core import show
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.windows import path
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.resources.docker_desktop.file import File
from pyinfra_wsl.resources.docker_desktop.state import State
from pyinfra_wsl.resources.docker_desktop.want import Backend, Package, Want

_SUFFIX = "DockerDesktopWSL"
_BY_HAND = "in Docker Desktop's settings: Resources, Advanced, Disk image location"


@dataclass(frozen=True, slots=True)
class Root:
    """Where one backend's data are said to lie: the setting, the installer's record, and below the profile without either."""

    setting: str
    recorded: str
    usual: str
    backend: Backend


ROOTS: Mapping[str, Root] = {
    "wsl-default-data-root": Root("CustomWslDistroDir", "wslDefaultDataRoot", r"AppData\Local\Docker\wsl", "wsl-2"),
    "hyper-v-default-data-root": Root("DataFolder", "hyperVDefaultDataRoot", "", "hyper-v"),
}
"""By the installer's option; that ``hyperVDefaultDataRoot`` is so recorded was not found. Where Hyper-V's disk usually lies has
changed between versions, so without a word of either it is not known."""
_ALL = (*ROOTS, "windows-containers-default-data-root")


def passed(package: Package, have: State) -> Mapping[str, Any]:
    """Return the installer's options: a data root only where there can be no data yet."""
    fresh = have.installed is False and have.settings is not None and not have.settings.exists
    return package.options if fresh else {name: value for name, value in package.options.items() if name not in _ALL}


def new(package: Package, have: State) -> tuple[str, ...]:
    """Return the folders in which a first installation will put data."""
    return tuple(str(one) for name, one in passed(package, have).items() if name in ROOTS)


def refusals(package: Package, laptop: Laptop) -> Iterator[Failure]:
    """Yield that data lie elsewhere than declared, beside which all else goes on."""
    have = laptop.of(State)
    for name, root in ROOTS.items():
        declared, where = str(package.options.get(name) or ""), _where(root, laptop)
        if not declared or not where or _counts_not(root, have) or _same(where, declared):
            continue
        cause = f"Docker Desktop keeps its data in {show.name(where)}, and declared is {name}: {show.name(declared)}"
        remedy = f"move them {_BY_HAND}, since a changed option would begin with an empty disk; or declare where they are"
        yield Failure(cause, remedy, "data_location")


def unproved(package: Package, laptop: Laptop) -> Iterator[str]:
    """Yield of which declared place it cannot be seen whether the data lie there."""
    have = laptop.of(State)
    for name, root in ROOTS.items():
        if name in package.options and have.installed and not _counts_not(root, have) and not _where(root, laptop):
            yield f"{name}: where the data of backend {root.backend} lie is not known"


def setting(want: Want, have: State) -> dict[str, Failure]:
    """Return the declared setting by which the Hyper-V engine would begin with an empty disk, and what is said of it."""
    wanted, now = want.settings.get("DataFolder"), have.effective("DataFolder")
    used = have.settings is not None and have.settings.exists and have.in_use == "hyper-v"
    if not wanted or not used or (isinstance(now, str) and path.same(now, str(wanted))):
        return {}
    cause = f"settings.DataFolder is {show.name(str(wanted))}, and the disk lies in {show.name(str(now or 'its usual place'))}"
    return {"DataFolder": Failure(cause, f"move it {_BY_HAND}; a changed key alone begins with an empty disk", "data_location")}


def _counts_not(root: Root, have: State) -> bool:
    return have.in_use not in (None, root.backend)


def _where(root: Root, laptop: Laptop) -> str:
    """Return where data lie or will lie; empty while unknown, or where there can be none."""
    have, user = laptop.of(State), laptop.user
    there = have.installed or (have.settings is not None and have.settings.exists)
    recorded = have.shared.get("install-settings")
    if not there or have.settings is None or user is None or (have.installed and not _known(recorded, have)):
        return ""
    kept = recorded.values.get(root.recorded) if isinstance(recorded, File) else None
    said = [have.effective(root.setting), kept, rf"{user.profile}\{root.usual}" if root.usual else ""]
    return next((one for one in said if isinstance(one, str) and one), "")


def _known(recorded: File | None, have: State) -> bool:
    """Whether the installer's record could be read; where a person's own installation keeps it was not found."""
    return (recorded is not None and not recorded.unreadable) or have.used.scope == "user"


def _same(where: str, declared: str) -> bool:
    return path.same(where, declared) or path.same(where, rf"{declared.rstrip(chr(92))}\{_SUFFIX}")
