r"""Where Docker Desktop lies on a laptop, and which installations there are.

Sources: Docker's install page of 2026-09 and "Windows permission requirements" (both scopes); docker/docs ``uninstall.md`` (what
is left over); third-party files for the uninstall key (HKLM for all users, HKCU for one). An MSI registers its product code, as
Windows Installer does for every product; whether Docker's also writes the key "Docker Desktop" was not found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pyinfra_wsl.lab.docker_desktop import package
from pyinfra_wsl.lab.docker_desktop.releases import Version, numbers
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine

Scope = Literal["all_users", "user"]
FOLDER = r"C:\Program Files\Docker\Docker"
SHARED = r"C:\ProgramData\DockerDesktop"
UNINSTALL = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
UNINSTALL_KEY = rf"HKLM\{UNINSTALL}\Docker Desktop"
PRODUCT_KEY = r"HKLM\SOFTWARE\Docker Inc.\Docker\1.0"
POLICY_KEY = r"HKLM\SOFTWARE\Policies\Docker\Docker Desktop"
SERVICE, GROUP, VM = "com.docker.service", "docker-users", "DockerDesktopVM"
WINDOW, BACKEND, STUB = "Docker Desktop.exe", r"resources\com.docker.backend.exe", "Docker Desktop Installer.exe"
PLUGINS = r"resources\cli-plugins"
LEFT_OVER = (r"AppData\Local\Docker", r"AppData\Roaming\Docker", r"AppData\Roaming\Docker Desktop", ".docker")
"""What stays in a profile (uninstall.md)."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Docker Desktop, installed.

    Args:
        scope: for all users, or for one.
        version: as the uninstall key has it.
        folder: its program folder.
        key: that key.
        account: whose it is; None for all users'.
        msi: whether Windows Installer put it there.

    """

    scope: Scope
    version: str
    folder: str
    key: str
    account: Account | None = None
    msi: bool = False

    @property
    def numbers(self) -> Version:
        """The version as three numbers."""
        return numbers(self.version)

    @property
    def install_settings(self) -> str:
        """The file that keeps the installer's choices."""
        return install_settings(self.account)


def install_settings(account: Account | None) -> str:
    """Return the file that keeps the installer's choices; where a per-user one keeps them is the lab's own, it was not found."""
    return rf"{account.profile}\AppData\Local\Docker\install-settings.json" if account else rf"{SHARED}\install-settings.json"


def folder_of(account: Account | None) -> str:
    """Return the program folder of a scope, unless told otherwise."""
    return rf"{account.profile}\AppData\Local\Programs\DockerDesktop" if account else FOLDER


def key_of(account: Account | None) -> str:
    """Return the uninstall key of a scope."""
    return rf"HKU\{account.sid}\{UNINSTALL}\Docker Desktop" if account else UNINSTALL_KEY


def installations(machine: Machine) -> list[Installation]:
    """Return every installation of a laptop, the one for all users first."""
    found: list[Installation] = []
    for account in (None, *machine.accounts.values()):
        hive = rf"HKU\{account.sid}" if account else "HKLM"
        for name in machine.registry.keys(rf"{hive}\{UNINSTALL}"):
            key = rf"{hive}\{UNINSTALL}\{name}"
            if machine.registry.get(key, "DisplayName", "") == "Docker Desktop":
                version, folder = (str(machine.registry.get(key, word, "")) for word in ("DisplayVersion", "InstallLocation"))
                found.append(Installation("user" if account else "all_users", version, folder, key, account, name[:1] == "{"))
    return found


def of_program(machine: Machine, exe: str) -> Installation | None:
    """Return the installation that a program belongs to, None for a program that lies elsewhere."""
    below = [one for one in installations(machine) if one.folder and exe.lower().startswith(one.folder.lower() + "\\")]
    return max(below, key=lambda one: len(one.folder), default=None) or _of_stub(machine, exe)


def _of_stub(machine: Machine, exe: str) -> Installation | None:
    """Return what lies there and has no uninstall key: a program runs without one."""
    for account in (None, *machine.accounts.values()):
        folder = folder_of(account)
        if exe.lower().startswith(folder.lower() + "\\") and machine.files.exists(rf"{folder}\{STUB}"):
            found = package.read(machine.files.read(rf"{folder}\{STUB}"))
            scope: Scope = "user" if account else "all_users"
            return Installation(scope, found.version, folder, key_of(account), account) if found else None
    return None


def for_account(machine: Machine, account: Account) -> Installation | None:
    """Return what an account starts: their own, else the one for all users."""
    found = [one for one in installations(machine) if one.account is None or one.account.sid == account.sid]
    return found[-1] if found else None
