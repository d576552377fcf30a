"""For which releases Docker has a repository, and where in it they are.

Docker documentation, "Install Docker Engine": the requirements of each distribution's page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.host import Os

_OLDEST: Mapping[str, tuple[str, float]] = {
    "debian": ("Debian", 11),
    "ubuntu": ("Ubuntu", 22.04),
    "fedora": ("Fedora", 41),
    "rhel": ("RHEL", 8),
    "centos": ("CentOS Stream", 9),
}
_NEWEST: Mapping[str, float] = {"debian": 13, "ubuntu": 26.04, "fedora": 43, "rhel": 10, "centos": 10}


@dataclass(frozen=True, slots=True)
class Release:
    """A release's place in Docker's repository.

    Args:
        folder: ``debian``, ``ubuntu``, ``fedora``, ``rhel`` or ``centos``.
        suite: codename, for apt.
        warning: what is not known of it.

    """

    folder: str
    suite: str
    warning: str = ""


def release(os: Os) -> Release | Failure:
    """Return where in Docker's repository a release is, or why Docker has nothing for it."""
    folder = next((one for one in (os.id, *os.like) if one in _OLDEST), None)
    if folder is None:
        return Failure(
            f"Docker has no repository for {os.name}",
            "use Debian, Ubuntu, Fedora, CentOS Stream or RHEL, or the distribution's docker",
            "unsupported",
        )
    if folder != os.id:
        return _relative(os, folder)
    name, oldest = _OLDEST[folder]
    number = _number(os.version)
    if number is not None and number < oldest:
        return Failure(f"Docker no longer has packages for {os.name}", f"upgrade it to {name} {oldest:g} or newer", "unsupported")
    if number is None and folder in ("debian", "ubuntu") and not os.codename:
        return Failure(f"the release of {os.name} is not known", "look at VERSION_CODENAME in /etc/os-release", "unsupported")
    known = number is not None and number <= _NEWEST[folder]
    return Release(folder, os.codename, "" if known else f"{os.name} is newer than what this was written for")


def _relative(os: Os, folder: str) -> Release | Failure:
    """A derivative: Ubuntu's carry UBUNTU_CODENAME; others do not say on which release they rest."""
    if folder == "ubuntu" and os.codename:
        return Release("ubuntu", os.codename, f"Docker does not test {os.name}; Ubuntu's packages of {os.codename} are used")
    if folder in ("rhel", "centos", "fedora") and os.version and folder != "fedora":
        return Release(folder, "", f"Docker does not test {os.name}; the packages for {_OLDEST[folder][0]} are used")
    return Failure(f"Docker has no repository for {os.name}", "use one of the distributions that Docker names", "unsupported")


def _number(version: str) -> float | None:
    try:
        return float(".".join(version.split(".")[:2]))
    except ValueError:
        return None
