"""For which releases Docker has a repository, and where in it they are.

Docker documentation, "Install Docker Engine": the requirements of each distribution's page. A derivative is judged by the
release on which it rests, as its own os-release names it: ``ID_LIKE`` alone names no release, and no proof of descent either
(Amazon Linux 2 has ``centos rhel fedora``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.host import Os
from pyinfra_wsl.resources.docker_engine.origin import Origin

_DEBIAN: Mapping[str, float] = {"jessie": 8, "stretch": 9, "buster": 10, "bullseye": 11, "bookworm": 12, "trixie": 13}
_UBUNTU: Mapping[str, float] = {
    "trusty": 14.04,
    "xenial": 16.04,
    "bionic": 18.04,
    "focal": 20.04,
    "jammy": 22.04,
    "kinetic": 22.10,
    "lunar": 23.04,
    "mantic": 23.10,
    "noble": 24.04,
    "oracular": 24.10,
    "plucky": 25.04,
    "questing": 25.10,
    "resolute": 26.04,
}
_REMEDY = "use Debian, Ubuntu, Fedora, CentOS Stream or RHEL, or the distribution's docker"
_BUILT = frozenset({"amd64", "arm64", "armhf", "s390x", "ppc64el"})
"""Debian's words for the architectures of Docker's packages."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A distribution for which Docker has a repository: oldest release with packages, newest that this was written for."""

    name: str
    oldest: float
    newest: float
    codenames: Mapping[str, float] = field(default_factory=dict)

    def told(self, number: float) -> str:
        """Name one of its releases."""
        return f"{self.name} {number:.2f}" if self.codenames is _UBUNTU else f"{self.name} {number:g}"


_LINES: Mapping[str, _Line] = {
    "debian": _Line("Debian", 11, 13, _DEBIAN),
    "ubuntu": _Line("Ubuntu", 22.04, 26.04, _UBUNTU),
    "raspbian": _Line("32-bit Raspberry Pi OS", 11, 12, _DEBIAN),
    "fedora": _Line("Fedora", 41, 43),
    "rhel": _Line("RHEL", 8, 10),
    "centos": _Line("CentOS Stream", 9, 10),
}
FOLDERS = tuple(_LINES)
"""The folders of Docker's repository: one for each distribution."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release's place in Docker's repository.

    Args:
        folder: one of `FOLDERS`.
        suite: codename, for apt; the first number of the version, for dnf.
        warning: what is not known of it.

    """

    folder: str
    suite: str
    warning: str = ""


def release(os: Os, origin: Origin = Origin()) -> Release | Failure:  # noqa: B008 - it is frozen
    """Return where in Docker's repository a release is, or why Docker has nothing for it.

    Args:
        os: the distribution.
        origin: what it rests on.

    """
    architecture = origin.architecture
    if origin.image(os):
        cause = f"{os.name} is an image that is replaced as a whole: packages cannot be installed on it as on another host"
        return Failure(cause, "put Docker into the image, or use its podman, or another host", "image")
    if os.packages == "apt" and architecture and architecture not in _BUILT:
        return Failure(f"Docker has no packages for {architecture}, the architecture of {os.name}", _REMEDY, "unsupported")
    folder, number, suite = _rests_on(os, origin)
    if not folder:
        return _nothing(os)
    itself, line = folder == os.id, _LINES[folder]
    if number is not None and number < line.oldest:
        return _too_old(os, line, number, itself=itself)
    if not suite:
        return Failure(f"the release of {os.name} is not known", "look at VERSION_CODENAME in /etc/os-release", "unsupported")
    return Release(folder, suite, _warning(os, line, number, suite, itself=itself))


def _rests_on(os: Os, origin: Origin) -> tuple[str, float | None, str]:
    """Return folder, number and suite of the release that a host has or on which it rests; no folder where it tells none."""
    if os.id in ("rhel", "centos", "fedora"):
        major = re.match(r"\d{1,3}(?=\.|$)", os.version)
        return os.id, (int(major[0]) if major else None), (major[0] if major else "")
    if os.packages == "dnf" and (found := re.fullmatch(r"platform:(el|f)(\d{1,3})", origin.platform)) is not None:
        return ("rhel" if found[1] == "el" else "fedora"), int(found[2]), found[2]
    codename = origin.ubuntu or origin.debian or os.codename
    if os.id in ("debian", "ubuntu", "raspbian") and _belongs(codename, os.id):
        folder = "debian" if (os.id, origin.architecture) == ("raspbian", "arm64") else os.id
        return folder, _LINES[folder].codenames.get(codename, _number(os.version)), codename
    named_by = (("ubuntu", origin.ubuntu), ("debian", origin.debian), ("ubuntu", os.codename), ("debian", os.codename))
    for folder, named in named_by if os.packages == "apt" else ():
        if (number := _LINES[folder].codenames.get(named)) is not None:
            return folder, number, named
    return "", None, ""


def _belongs(codename: str, folder: str) -> bool:
    """Whether a codename may be one of this distribution's: a newer one is not known here, another's is."""
    foreign = _DEBIAN if folder == "ubuntu" else _UBUNTU
    return codename not in foreign and not (folder == "ubuntu" and codename == "sid")


def _nothing(os: Os) -> Failure:
    if os.id == "amzn":
        own = "install Amazon's own docker: 'dnf install docker', on Amazon Linux 2 'amazon-linux-extras install docker'"
        return Failure(f"Docker has no repository for {os.name}, and it is no rebuild of RHEL", own, "unsupported")
    parent = {"apt": "Debian or Ubuntu", "dnf": "Fedora or RHEL"}.get(os.packages or "", "")
    rests = f", and it does not say on which release of {parent} it rests" if parent else ""
    return Failure(f"Docker has no repository for {os.name}{rests}", _REMEDY, "unsupported")


def _too_old(os: Os, line: _Line, number: float, *, itself: bool) -> Failure:
    oldest = line.told(line.oldest)
    if itself:
        return Failure(f"Docker no longer has packages for {os.name}", f"upgrade it to {oldest} or newer", "unsupported")
    cause = f"Docker no longer has packages for {line.told(number)}, on which {os.name} rests"
    return Failure(cause, f"upgrade it to a release that rests on {oldest} or newer", "unsupported")


def _warning(os: Os, line: _Line, number: float | None, suite: str, *, itself: bool) -> str:
    if not itself:
        return f"Docker does not test {os.name}; the packages for {line.name} {suite} are used"
    if number is None or number > line.newest:
        return f"{os.name} is newer than what this was written for"
    if os.id == "raspbian":
        return "Docker 28 is the last with packages for 32-bit Raspberry Pi OS; the 64-bit one has Debian's"
    return ""


def _number(version: str) -> float | None:
    try:
        return float(".".join(version.split(".")[:2]))
    except ValueError:
        return None
