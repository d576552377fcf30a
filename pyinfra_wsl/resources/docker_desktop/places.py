r"""Where Docker Desktop has what is its own on a laptop.

Docker's install pages (2026-09), "Windows permission requirements", settings pages; the folder of a per-user
installation from winget's manifests and what its users report.
"""

from __future__ import annotations

from typing import Literal

from pyinfra_wsl.core.formats.docker_settings import FILES, Generation
from pyinfra_wsl.core.windows.user import User

Scope = Literal["all_users", "user"]
Kind = Literal["exe", "msi"]
"""By which installer it was installed."""
Engine = Literal["linux", "windows"]

UNINSTALL = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
"""What is installed: below HKLM for all users, below a person's hive for them alone."""
UNINSTALL_32 = r"SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall"
"""The same of 32-bit installers; a person's hive has no such view."""
PROGRAM = r"Docker\Docker"
"""The program folder of an installation for all users, below ``%ProgramFiles%``."""
PROGRAM_DATA = "%ProgramData%"
SHARED = rf"{PROGRAM_DATA}\DockerDesktop"
"""What administrators and installers say to all people; since 4.57 an elevated account must own it."""
POLICY = r"HKLM\SOFTWARE\Policies\Docker\Docker Desktop"
ORGS = "allowedOrgs"
RUN, RUN_NAME = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Run", "Docker Desktop"
"""The value that starts it with its user's session, below their hive."""
APPROVED = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
"""What somebody has switched off in the Task Manager: a value of the same name, of twelve bytes, the first of which is odd then.

Microsoft documents the switch, not its place; the place and its form are as observed on Windows 8 to 11.
"""
GROUP = "docker-users"
SERVICE, SERVER = "com.docker.service", "LanmanServer"

_DAEMONS = {"linux": "daemon.json", "windows": "windows-daemon.json"}


def settings_path(user: User, generation: Generation) -> str:
    """Return the path of a user's settings file."""
    return rf"{user.profile}\AppData\Roaming\Docker\{FILES[generation]}"


def daemon_path(user: User, engine: Engine) -> str:
    """Return the path of what an engine is given as its configuration; what Docker Desktop makes of it is overwritten."""
    return rf"{user.profile}\.docker\{_DAEMONS[engine]}"


def cli_path(user: User) -> str:
    """Return the path of the command line's own configuration; it may hold credentials."""
    return rf"{user.profile}\.docker\config.json"


def own_folder(profile: str) -> str:
    """Return the program folder of an installation for one user, by the folder of their profile."""
    return rf"{profile}\AppData\Local\Programs\DockerDesktop"


def shared(name: str) -> str:
    """Return the path of a file for all people: ``admin-settings.json``, ``registry.json``, ``install-settings.json``."""
    return rf"{SHARED}\{name}"


def docker_exe(folder: str) -> str:
    """Return the path of Docker's command line below its program folder."""
    return rf"{folder}\resources\bin\docker.exe"


def kind(backend: str) -> Engine:
    """Return what containers a backend runs."""
    return "windows" if backend == "windows" else "linux"
