"""Which names and places a distribution may have (src/windows/service/exe/LxssUserSession.cpp)."""

from __future__ import annotations

import re

from pyinfra_wsl.lab.machine.files import split
from pyinfra_wsl.lab.wsl.errors import WslError
from pyinfra_wsl.lab.wsl.registration import INSTALLED, Registration
from pyinfra_wsl.lab.wsl.user import WslUser

NAME = re.compile(r"[a-zA-Z0-9._-]{1,256}")


def demand_name(name: str) -> None:
    """Refuse names that WSL refuses."""
    if not NAME.fullmatch(name) or name.lower() == "legacy":
        raise WslError("E_INVALIDARG", says=[("MessageInvalidInstallDistributionName", name)])


def demand_free(user: WslUser, name: str | None, folder: str | None, but: Registration | None = None) -> None:
    """Refuse a name or a folder that another distribution has (_ValidateDistributionNameAndPathNotInUse)."""
    for item in user.registrations.listed(every_state=True, but=but.guid if but else ""):
        if name is not None and item.name.lower() == name.lower():
            if item.state == INSTALLED:
                raise WslError("ERROR_ALREADY_EXISTS")
            raise WslError("E_ILLEGAL_STATE_CHANGE")
        if folder is not None and same_path(item.folder, folder):
            raise WslError("ERROR_FILE_EXISTS")


def same_path(one: str, other: str) -> bool:
    """Whether two paths are the same folder, but for spelling."""
    left, right = split(one), split(other)
    return (left[0].lower(), [name.lower() for name in left[1]]) == (right[0].lower(), [name.lower() for name in right[1]])
