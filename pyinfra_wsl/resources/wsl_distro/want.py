"""What may be wanted of a distribution."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.source import basename
from pyinfra_wsl.core.windows.path import LONGEST_FILE, LONGEST_FOLDER
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.resources.wsl_distro.talk import expand, fault

_PART = 18  # characters of the shortest name of a run, as the beginning of an export has it: ``.1a2b3c4dx1.part``
DISKS = (".vhdx", ".vhd")
EXPORTS = {".tar": (), ".tar.gz": ("--format", "tar.gz"), ".tar.xz": ("--format", "tar.xz")}
"""Suffixes of what can be exported while the VM runs, with wsl.exe's options; a disk needs the VM shut down."""
LONGEST = {"location": LONGEST_FOLDER, "export_to": LONGEST_FILE - _PART}
"""The longest path of each key, in units of UTF-16: wsl.exe makes that folder, and is given the export under a longer name."""
WHOLE_PATH = r"write a whole path, such as D:\WSL\Ubuntu"


@dataclass(frozen=True, slots=True)
class Want:
    """A declaration of one distribution; None and empty where nothing is declared.

    Args:
        name: its name, compared without regard to case, as WSL does.
        absent: whether it shall not be there.
        source, sha256: what it is imported from: a file of the control machine, an address, a share's file.
        disk: whether that is a virtual disk, not an archive.
        version: 1 or 2.
        location: folder of its disk.
        default: whether it is the user's default distribution.
        default_user: Linux user a shell starts as.
        consent: to the loss of its data.
        export_to: where it is exported to.

    """

    name: str
    absent: bool = False
    source: str = ""
    sha256: str = ""
    disk: bool = False
    version: int | None = None
    location: str = ""
    default: bool = False
    default_user: str = ""
    consent: bool = False
    export_to: str = ""

    @classmethod
    def of(cls, values: Values) -> Want:
        """Read the one distribution that is in a host's values."""
        ((name, declared),) = values["wsl_distros"].items()
        return cls(
            name=name,
            absent=declared.get("state") == "absent",
            source=declared.get("source", ""),
            sha256=declared.get("sha256", "").lower(),
            disk=is_disk(declared),
            version=int(declared["version"]) if "version" in declared else None,  # 2.0 is as good as 2
            location=declared.get("location", ""),
            default=bool(declared.get("default")),
            default_user=declared.get("default_user", ""),
            consent=bool(declared.get("allow_data_loss")),
            export_to=declared.get("export_to", ""),
        )

    def located(self, user: User) -> Want | Failure:
        """Return it with a user's variables in its paths filled in."""
        found: dict[str, Any] = {}
        for key, longest in LONGEST.items():
            path = getattr(self, key)
            if not path:
                continue
            found[key] = expand(path, user)
            if why := fault(found[key], longest):
                meant = f", as {found[key]}," if "%" in path and "%" not in found[key] else ""
                return Failure(f"{key} '{path}'{meant} {why}", WHOLE_PATH)
        return replace(self, **found) if found else self


def is_disk(declared: Values) -> bool:
    """Whether a declaration is of a virtual disk: as it says, else as the suffix of its source does."""
    name = basename(str(declared.get("source") or "")).lower()
    return bool(declared.get("format", "vhd" if name.endswith(DISKS) else "tar") == "vhd")


def suffix(path: str) -> str | None:
    """Return the suffix of an export's path if wsl.exe can write that."""
    return next((one for one in sorted(EXPORTS, key=len, reverse=True) if path.lower().endswith(one)), None)
