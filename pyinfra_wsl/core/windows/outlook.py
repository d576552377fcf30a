"""What of all that is declared for a laptop cannot come about there, or only with danger, as the first look shows it.

Resources tell obstacles, each for one purpose (`WindowsResource.foresee`): ``hypervisor``, ``wsl``, ``wsl1``, ``wsl2``,
``package`` (the WSL package), ``features``, ``restart``, and ``distro:NAME`` for one distribution. A plan leaves alone what it
would only change for a purpose that has an obstacle; what is there for something else goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.later import Later
from pyinfra_wsl.core.resource import Values

FIRMWARE, NESTED, SLAT, VM_MONITOR = "firmware_virtualization", "nested_virtualization", "slat", "vm_monitor"
BUILD, SPACE, DRIVE, SERVICING, INSTALLER = "build", "disk_space", "drive", "servicing_pending", "installer_in_progress"
POLICY = "ERROR_ACCESS_DISABLED_BY_POLICY"

CODES = (FIRMWARE, NESTED, SLAT, VM_MONITOR, BUILD, SPACE, DRIVE, SERVICING, INSTALLER, POLICY)
"""The codes of obstacles despite which a person may go on: ``proceed_despite`` of the fleet file."""

CONSENT = "proceed_despite"
"""The key of that consent."""

HYPERVISOR, WSL, WSL_1, WSL_2, PACKAGE, FEATURES, RESTART = (
    "hypervisor", "wsl", "wsl1", "wsl2", "package", "features", "restart"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes of a file of the control machine, and at least how many are in it once it is unpacked."""

    packed: int
    unpacked: int


@dataclass(frozen=True, slots=True)
class Declared:
    """Everything that is declared for a laptop.

    Args:
        values: by the keys of the fleet file.
        sizes: of the files that are brought to it from the control machine, by their paths; of others nothing is known.
        despite: the codes of obstacles despite which a person wants to go on.

    """

    values: Values = field(default_factory=dict)
    sizes: Mapping[str, Size] = field(default_factory=dict)
    despite: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a purpose cannot come about.

    Args:
        purpose: which one.
        failure: why, and what a person can do.
        waits: whether it is possible once Windows was restarted.

    """

    purpose: str
    failure: Failure
    waits: bool = False

    def keeps(self, sentence: str) -> Failure:
        """Return the failure of a change that would be in vain or dangerous, and how to have it all the same."""
        remedy = f"{self.failure.remedy}; or declare {CONSENT}: [{self.failure.code}] to go on all the same"
        known = self.failure.code in CODES
        return replace(self.failure, cause=f"{sentence}: {self.failure.cause}", remedy=remedy if known else self.failure.remedy)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is foreseen of a laptop; without a declaration nothing is.

    Args:
        obstacles: the first one of each purpose.
        wanted: for which distributions WSL 1 and WSL 2 are declared, as purposes; ``""`` where it is without one.
        despite: what is gone on despite, since a person says so.
        sizes: as of `Declared`.
        values: as of `Declared`, for a change that can bring about at once what another resource declares.

    """

    obstacles: Mapping[str, Obstacle] = field(default_factory=dict)
    wanted: Mapping[int, frozenset[str]] = field(default_factory=dict)
    despite: Collection[Failure] = ()
    sizes: Mapping[str, Size] = field(default_factory=dict)
    values: Values = field(default_factory=dict)

    @classmethod
    def of(cls, declared: Declared, told: Iterable[Obstacle]) -> Outlook:
        """Sort what resources tell: what a person wants to go on despite is none."""
        found, despite = _sorted(declared.despite, told)
        return cls(found, wanted(declared.values), tuple(despite), declared.sizes, declared.values)

    @classmethod
    def later(cls, declared: Declared, tell: Callable[[], Iterable[Obstacle]]) -> Outlook:
        """Return the same for what `tell` returns, which is called once somebody asks: who finds all as declared does not."""
        told: Later[int, Any] = Later(lambda: dict(enumerate(_sorted(declared.despite, tell()))))
        obstacles: Later[str, Obstacle] = Later(lambda: told[0])
        despite: Later[Failure, None] = Later(lambda: told[1])
        return cls(obstacles, Later(lambda: wanted(declared.values)), despite, declared.sizes, declared.values)

    def to(self, *purposes: str) -> Obstacle | None:
        """Return the first obstacle to any of some purposes; None where there is none."""
        return next((self.obstacles[one] for one in purposes if one in self.obstacles), None)

    def to_version(self, version: int) -> Obstacle | None:
        """Return the obstacle to WSL 1 or WSL 2 as such."""
        return self.to(HYPERVISOR, WSL, WSL_2) if version == 2 else self.to(WSL, WSL_1)

    def to_all_of(self, version: int) -> Obstacle | None:
        """Return the obstacle to WSL 1 or WSL 2 on the whole: to itself, or to every distribution for which it is declared."""
        found = [self.to(name) for name in sorted(self.wanted.get(version, frozenset()))]
        return self.to_version(version) or (found[0] if found and all(found) else None)

    def to_wsl(self) -> Obstacle | None:
        """Return the obstacle to everything for which WSL is declared: each of its versions that is."""
        found = [self.to_all_of(version) for version in sorted(self.wanted)]
        return self.to(WSL) or (found[-1] if found and all(found) else None)


def _sorted(consents: frozenset[str], told: Iterable[Obstacle]) -> tuple[dict[str, Obstacle], dict[Failure, None]]:
    found: dict[str, Obstacle] = {}
    despite: dict[Failure, None] = {}
    for one in told:
        if one.failure.code in consents:
            despite[one.failure] = None
        else:
            found.setdefault(one.purpose, one)
    return found, despite


def wanted(values: Values) -> dict[int, frozenset[str]]:
    """Return for which distributions each version of WSL is declared; where none is declared, what else speaks of it counts."""
    found: dict[int, set[str]] = {}
    package = values.get("wsl", {})
    for name, distro in values.get("wsl_distros", {}).items():
        if distro.get("state") != "absent":
            found.setdefault(version_of(values, distro), set()).add(purpose(name))
    if not found and (package.get("default_version") or _speaks_of_2(values)):
        found[package.get("default_version") or 2] = {""}
    return {version: frozenset(names) for version, names in found.items()}


def version_of(values: Values, distro: Values) -> int:
    """Return the version of WSL that a distribution gets which is imported: 2, unless a host says otherwise."""
    source = str(distro.get("source") or "").lower()
    disk = distro.get("format") == "vhd" or ("format" not in distro and source.partition("?")[0].endswith((".vhdx", ".vhd")))
    return int(distro.get("version") or (2 if disk else values.get("wsl", {}).get("default_version") or 2))


def purpose(distro: str) -> str:
    """Return the purpose that a distribution is, by its name in any case."""
    return f"distro:{distro.lower()}"


def _speaks_of_2(values: Values) -> bool:
    features = {name.lower(): state for name, state in values.get("windows_features", {}).items()}
    docker = values.get("docker_integration", {}).get("default_distro")
    desktop = values.get("docker_desktop", {"state": "absent"})
    if desktop.get("state") != "absent" and desktop.get("backend", "wsl-2") == "wsl-2":
        return True
    return bool(docker) or features.get("virtualmachineplatform") == "enabled"
