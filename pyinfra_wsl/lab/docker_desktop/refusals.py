"""Why an installer of Docker Desktop does nothing: in which order it looks is the lab's own, what it says is from reports.

Exit codes (none is documented): 0, 3 already there (winget-pkgs #157214, #389278), 1 anything else (winget-pkgs #16956), -5
elevation refused or, in 4.57, the check of the owner (winget-pkgs #93495; desktop-feedback #26); of the MSI Windows Installer's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pyinfra_wsl.lab.docker_desktop import releases
from pyinfra_wsl.lab.docker_desktop.options import Choices
from pyinfra_wsl.lab.docker_desktop.package import ARCHITECTURES, Package
from pyinfra_wsl.lab.docker_desktop.places import SHARED, Installation, installations
from pyinfra_wsl.lab.machine.account import ADMINISTRATORS, SYSTEM, Account, Token
from pyinfra_wsl.lab.machine.features import PRO, State
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.services import DISABLED
from pyinfra_wsl.lab.machine.windows import NT_KEY

FAILED, THERE, NOT_ELEVATED = 1, 3, -5
MINIMUM_BUILD, SIZE = 19045, 3 << 30
FEATURES = {
    "wsl-2": ("VirtualMachinePlatform", "Microsoft-Windows-Subsystem-Linux"),
    "hyper-v": ("Microsoft-Hyper-V-All", "Containers"),
    "windows": ("Microsoft-Hyper-V-All", "Containers"),
}
"""What each engine needs (Docker's install and troubleshooting pages)."""
BELOW = {"Microsoft-Hyper-V-All": ("Microsoft-Hyper-V", "Microsoft-Hyper-V-Hypervisor", "Microsoft-Hyper-V-Services")}
"""What comes with a feature when it is turned on with ``/all`` (from knowledge of Windows)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One run of an installer: what, with what, by whom; `account` is for whom it is to be, None for all users."""

    machine: Machine
    package: Package
    choices: Choices
    token: Token
    account: Account | None

    @property
    def backend(self) -> str:
        """The engine that it sets up: WSL 2 unless told otherwise."""
        return self.choices.backend or "wsl-2"

    @property
    def present(self) -> Installation | None:
        """What is there already of the same scope."""
        sid = self.account.sid if self.account else ""
        return next((one for one in installations(self.machine) if (one.account.sid if one.account else "") == sid), None)

    @property
    def others(self) -> list[Installation]:
        """What is there of other scopes."""
        return [one for one in installations(self.machine) if one != self.present]


Refusal = tuple[int, str]


def refusal(asked: Asked) -> Refusal | None:
    """Return exit code and text of what an installer objects to, None for nothing."""
    rules: tuple[Callable[[Asked], Refusal | None], ...] = (
        _rights, _processor, _windows, _server_service, _owner, _present, _scopes, _backend, _features, _room,
    )  # fmt: skip
    return next((found for found in (rule(asked) for rule in rules) if found is not None), None)


def _rights(asked: Asked) -> Refusal | None:
    """A user's own installation needs no administrator; else it asks by UAC, where nobody answers (release notes 4.38)."""
    if asked.account is None and not asked.token.administrator:
        return NOT_ELEVATED, "Installation failed: elevation relaunch refused: The operation was canceled by the user."
    return None


def _processor(asked: Asked) -> Refusal | None:
    """There is an installer for each processor (install page); that the other one refuses is not verified."""
    if ARCHITECTURES[asked.package.architecture] == asked.machine.architecture:
        return None
    return FAILED, f"Installation failed: this installer is for {asked.package.architecture}"


def _windows(asked: Asked) -> Refusal | None:
    """New installations need 19045 since 4.35 (release notes); Windows Server is not supported (install page)."""
    if asked.machine.registry.get(NT_KEY, "InstallationType", "Client") != "Client":
        return FAILED, "Installation failed: Windows Server is not supported."
    new = asked.present is None and asked.package.numbers >= releases.SETTINGS_STORE
    if new and asked.machine.build < MINIMUM_BUILD:
        return FAILED, "Installation failed: we've detected that you have an incompatible version of Windows."
    return None


def _server_service(asked: Asked) -> Refusal | None:
    services = asked.machine.services
    if services.start_type("LanmanServer") != DISABLED and services.running("LanmanServer"):
        return None
    return (
        FAILED,
        "Installation failed: one prerequisite is not fulfilled. Docker Desktop requires the Server service to be enabled.",
    )


def elevated(machine: Machine, sid: str) -> bool:
    """Whether an owner counts as an elevated account: SYSTEM, the Administrators, one of them (not verified for the last)."""
    account = machine.accounts.get(sid)
    return sid in (SYSTEM, ADMINISTRATORS) or (account is not None and account.admin)


def _owner(asked: Asked) -> Refusal | None:
    """Whose folder counts from 4.57 (desktop-feedback #149, #335); which code later versions end with was not found."""
    found, version = asked.machine.files.find(SHARED), asked.package.numbers
    if asked.account or found is None or version < releases.OWNER_CHECK or elevated(asked.machine, found.owner):
        return None
    if version < releases.OWNER_CHECK_MENDED:
        return NOT_ELEVATED, "System.UnauthorizedAccessException: Attempted to perform an unauthorized operation."
    return FAILED, rf"Installation failed: For security reasons {SHARED} must be owned by an elevated account"


def _present(asked: Asked) -> Refusal | None:
    """The same version or a newer one is left alone (winget-pkgs #157214)."""
    there = asked.present
    if there is not None and there.numbers >= asked.package.numbers:
        return THERE, f"Installation is up to date: {there.version}"
    return None


def _scopes(asked: Asked) -> Refusal | None:
    """Documented: uninstall first; ``--user`` converts from 4.83. That an installation of the other scope is refused is not."""
    others = [one for one in asked.others if asked.account is None or one.account is None]
    if not others or (asked.account is not None and asked.package.numbers >= releases.CONVERTS):
        return None
    return FAILED, f"Installation failed: uninstall Docker Desktop {others[0].version} in {others[0].folder} first"


def _backend(asked: Asked) -> Refusal | None:
    """Hyper-V and Windows containers: all users, Pro and better, not on ARM (install page)."""
    if asked.backend == "wsl-2":
        return None
    why = (
        "a per-user installation has no such engine" if asked.account
        else "this processor has no such engine" if asked.machine.architecture == "ARM64"
        else "" if asked.machine.edition in PRO
        else f"Windows {asked.machine.edition} has no Hyper-V"
    )  # fmt: skip
    return (FAILED, f"Installation failed: backend {asked.backend}: {why}") if why else None


def missing_features(machine: Machine, backend: str) -> list[str]:
    """Return what is off and not waiting for a restart either."""
    names = [name for one in FEATURES[backend] for name in (one, *BELOW.get(one, ()))]
    on: tuple[State, ...] = ("Enabled", "Enable Pending")
    return [name for name in names if machine.features.state(name) not in on]


def _features(asked: Asked) -> Refusal | None:
    """It turns them on by DISM, which needs the modules installer (docker/for-win #13288)."""
    if asked.account or not missing_features(asked.machine, asked.backend):
        return None
    if asked.machine.services.start_type("TrustedInstaller") == DISABLED:
        return FAILED, "Installation failed: component CommunityInstaller.EnableFeaturesAction failed: Error enabling features"
    return None


def _room(asked: Asked) -> Refusal | None:
    """What an installation takes on the disk is the lab's own number."""
    if asked.machine.files.free_bytes < SIZE:
        return FAILED, "Installation failed: There is not enough space on the disk."
    return None
