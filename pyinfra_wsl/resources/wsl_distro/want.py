"""What a fleet file may want of a distribution, and what it may not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.core.plan import Failure
from pyinfra_wsl.core.windows import transfer
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.resources.wsl_distro.change import EXPORTS, suffix
from pyinfra_wsl.resources.wsl_distro.talk import expand

_NAME = re.compile(r"[a-zA-Z0-9._][a-zA-Z0-9._-]{0,255}")  # WSL allows a leading dash, which its own options then hide
_LINUX_USER = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,31}")  # wsl.exe puts it between quotes into a command of root's shell
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_DISKS = (".vhdx", ".vhd")
_DOCKERS = ("docker-desktop", "docker-desktop-data")


@dataclass(frozen=True, slots=True)
class Want:
    """A declaration of one distribution with its paths made whole; None and empty where nothing is declared."""

    name: str
    absent: bool
    source: str
    sha256: str
    disk: bool
    version: int | None
    location: str
    default: bool
    default_user: str
    consent: bool
    export_to: str


def parse(name: str, want: Mapping[str, Any], user: User) -> Want | Failure:
    """Read a declaration; what WSL would refuse, or do something else with, is a `Failure` here.

    Args:
        name: the distribution's name.
        want: the fields of the declaration.
        user: whose distribution.

    """
    source = str(want.get("source") or "")
    kind = want.get("format") or ("vhd" if transfer.basename(source).lower().endswith(_DISKS) else "tar")
    location, export_to = (expand(str(want[key]), user) if want.get(key) else "" for key in ("location", "export_to"))
    parsed = Want(
        name=name,
        absent=want.get("state") == "absent",
        source=source,
        sha256=str(want.get("sha256") or "").lower(),
        disk=kind == "vhd",
        version=want.get("version"),
        location=location or "",
        default=bool(want.get("default")),
        default_user=str(want.get("default_user") or ""),
        consent=bool(want.get("allow_data_loss")),
        export_to=export_to or "",
    )
    problem = _name(name) or _path("location", location, want) or _path("export_to", export_to, want) or _fields(parsed, want)
    return problem or parsed


def _name(name: str) -> Failure | None:
    if name.lower() in _DOCKERS:
        return Failure(f"{name} belongs to Docker Desktop", "take it out of the declaration: Docker Desktop makes and removes it")
    if not _NAME.fullmatch(name) or name.lower() == "legacy":
        remedy = "use letters, digits, '.', '_' and '-', at most 256, and not 'Legacy'"
        return Failure(f"'{name}' is no name for a distribution", remedy, "E_INVALIDARG")
    return None


def _path(key: str, path: str | None, want: Mapping[str, Any]) -> Failure | None:
    if path is not None:
        return None
    return Failure(f"{key} '{want[key]}' is no path on a Windows drive", r"write a whole path, such as D:\WSL\Ubuntu")


def _fields(want: Want, raw: Mapping[str, Any]) -> Failure | None:
    declared = ((raw.get("wsl_conf") or {}).get("user") or {}).get("default")
    if want.default_user and not _LINUX_USER.fullmatch(want.default_user):
        return Failure(f"default_user '{want.default_user}' is no name of a Linux user", "use letters, digits, '.', '_' and '-'")
    if want.default_user and declared not in (None, want.default_user):
        return Failure(
            f"default_user is {want.default_user}, but wsl_conf declares user.default {declared}, which beats it",
            "declare only one of the two",
        )
    if want.sha256 and not _SHA256.fullmatch(want.sha256):
        return Failure(f"sha256 of {want.name} is not a SHA-256", "write its 64 hexadecimal digits, as sha256sum prints them")
    if want.disk and want.version == 1:
        cause = f"{want.name} is declared as WSL 1, but its source is a disk"
        return Failure(cause, "declare version 2, or take a tar archive", "WSL_E_WSL2_NEEDED")
    if want.export_to and not suffix(want.export_to):
        return Failure(f"wsl.exe cannot export to {want.export_to} while WSL runs", f"let it end in {' or '.join(EXPORTS)}")
    return None
