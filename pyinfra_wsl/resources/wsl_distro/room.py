"""Room for what is done to distributions that are there: an export, a move to another drive, a conversion.

A disk is moved within a drive by its name alone, to another one by a copy of the whole file (``MoveFileEx`` in `MoveDistribution`
of src/windows/service/exe/LxssUserSession.cpp). A conversion makes the new file system beside the old one, which goes last. What
is in a disk is not known from outside: its file has grown to what was in it once, so that this is the most that an export can
need, and not the least. Who knows better says ``proceed_despite``.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.windows import space
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.outlook import Declared, Obstacle
from pyinfra_wsl.core.windows.path import same as same_folder
from pyinfra_wsl.core.windows.space import Need
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.resources.wsl_distro.state import INSTALLED, Distro, State
from pyinfra_wsl.resources.wsl_distro.talk import expand
from pyinfra_wsl.resources.wsl_distro.want import suffix

EXPORT, MOVE, CONVERSION = "export", "move", "conversion"
EMPTY_DISK = 4 << 20
"""Bytes of a virtual disk that grows, before anything is in it (from knowledge of its format, not from WSL's source)."""
_SHARES = {".tar": 1, ".tar.gz": 3, ".tar.xz": 4}  # of what is in them (from knowledge of archives of whole systems)


def purpose(kind: str, distro: str) -> str:
    """Return the purpose that a change of a distribution is, by the distribution's name in any case."""
    return f"{kind}:{distro.lower()}"


def foresee(declared: Declared, laptop: Laptop) -> Iterator[Obstacle]:
    """Yield each change of a distribution that is there, or comes with this run, for which there is no room."""
    user, have = laptop.user, laptop.of(State)
    if user is None or have.distros is None:
        return
    for name, distro in declared.values.get("wsl_distros", {}).items():
        there = have.find(name)
        if there is None:
            size = declared.sizes[distro["source"]].unpacked if distro.get("source") in declared.sizes else None
        else:
            size = there.size if there.state == INSTALLED else None
        for kind, need in _needs(name, distro, there, size, user):
            if (lack := space.lack(laptop.windows, [need])) is not None:
                yield Obstacle(purpose(kind, name), lack)


def _needs(name: str, distro: Values, there: Distro | None, size: int | None, user: User) -> Iterator[tuple[str, Need]]:
    if size is not None and (drive := _drive_of_export(distro, there, user)):
        ending = suffix(str(distro.get("export_to") or "")) or ".tar"
        share = _SHARES[".tar" if _goes(distro, there) else ending]
        yield EXPORT, Need(drive, size // share, f"the export of {name}", most=there is not None)
    if there is None:
        return
    version = int(distro.get("version") or there.version)
    if version != there.version and (version == 2 or size is not None):  # of a folder nobody knows how much is in it
        need = EMPTY_DISK if version == 2 else size or 0
        yield CONVERSION, Need(there.folder[:2], need, f"{name} as WSL {version}, beside what it is now", most=version == 1)
    folder = expand(str(distro.get("location") or ""), user) or ""
    if folder[1:2] == ":" and folder[:2].upper() != there.folder[:2].upper():
        yield MOVE, Need(folder[:2], size or 0, f"distribution {name}, moved to {folder}")


def _goes(distro: Values, there: Distro | None) -> bool:
    """Whether a distribution is unregistered, after it was exported: it is declared absent, or from another image."""
    if there is None or not distro.get("allow_data_loss"):
        return False
    other = str(distro.get("sha256") or "").lower()
    return distro.get("state") == "absent" or bool(other and there.record.sha256 and other != there.record.sha256)


def _drive_of_export(distro: Values, there: Distro | None, user: User) -> str:
    """Return the drive to which a distribution is exported; empty where it is not, or nobody knows."""
    target = expand(str(distro.get("export_to") or ""), user) or ""
    if _goes(distro, there) and there is not None:
        drive = target[:2] or there.folder[:2]
    elif target and distro.get("state") != "absent" and not (there and same_folder(there.record.exported_to, target)):
        drive = target[:2]
    else:
        drive = ""
    return drive if drive[1:] == ":" else ""
