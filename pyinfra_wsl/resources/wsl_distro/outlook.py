"""Which declared distributions cannot come about on a laptop as it is: its Windows, its drives, and the room on them."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.source import basename
from pyinfra_wsl.core.windows import space
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.machine import WINDOWS_11
from pyinfra_wsl.core.windows.outlook import BUILD, WSL_2, Declared, Obstacle, Size, purpose, version_of
from pyinfra_wsl.core.windows.space import Need
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.resources.windows_feature.state import WSL
from pyinfra_wsl.resources.wsl.plan import need
from pyinfra_wsl.resources.wsl_distro import room
from pyinfra_wsl.resources.wsl_distro.room import EMPTY_DISK
from pyinfra_wsl.resources.wsl_distro.state import State, home
from pyinfra_wsl.resources.wsl_distro.talk import expand
from pyinfra_wsl.resources.wsl_distro.want import is_disk


def foresee(declared: Declared, laptop: Laptop) -> Iterator[Obstacle]:
    """Yield what keeps WSL 2 from running, and each change for which there is no drive or no room; imports count together."""
    if (off := _declared_off(declared, laptop)) is not None:
        yield Obstacle(WSL_2, off)
    if laptop.user is None or laptop.of(State).distros is None:  # what is there already is not known
        return
    taken = need(declared, laptop)
    for name in _missing(declared, laptop):
        packed, unpacked = _needs(name, declared, laptop.user)
        lack = space.lack(laptop.windows, [*taken, *packed, *unpacked])
        if lack is None:
            taken += unpacked  # the archive goes once it is imported
        else:
            yield Obstacle(purpose(name), lack)
    yield from room.foresee(declared, laptop)


def _missing(declared: Declared, laptop: Laptop) -> Iterator[str]:
    have = laptop.of(State)
    for name, distro in declared.values.get("wsl_distros", {}).items():
        if distro.get("state") != "absent" and have.find(name) is None and distro.get("source"):
            yield name


def _needs(name: str, declared: Declared, user: User) -> tuple[list[Need], list[Need]]:
    """Return what room an import needs while it lasts, and for good; of an archive that is not here no more than its disk."""
    distro = declared.values["wsl_distros"][name]
    folder = expand(distro.get("location") or rf"{home(user)}\{name}", user)
    if folder is None:  # it is no path on a drive, which the plan says
        return [], []
    size, archive, drive = declared.sizes.get(distro["source"], Size(0, 0)), basename(distro["source"]), user.system_root[:2]
    disk = EMPTY_DISK if version_of(declared.values, distro) == 2 and not is_disk(distro) else 0
    brought = [Need(drive, size.packed, f"the archive of {name} ({archive})")] if size.packed else []
    return brought, [Need(folder[:2], size.unpacked + disk, f"distribution {name}, unpacked into {folder}")]


def _declared_off(declared: Declared, laptop: Laptop) -> Failure | None:
    """Return why WSL 2 cannot run where its own part of Windows is declared off, which it needs on Windows 10."""
    wanted = {name.lower(): state for name, state in declared.values.get("windows_features", {}).items()}
    build = laptop.windows.build
    if wanted.get(WSL.lower()) != "disabled" or build is None or build >= WINDOWS_11:
        return None
    cause = f"WSL 2 needs feature {WSL} on Windows build {build}, and it is declared disabled"
    remedy = f"declare windows_features: {{{WSL}: enabled}} for this laptop, or upgrade it to Windows 11"
    return Failure(cause, remedy, BUILD)
