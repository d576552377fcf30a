r"""Where Docker Toolbox and VirtualBox have what is their own on a laptop, by the Toolbox's own installer.

Source: docker-archive/toolbox, ``windows/Toolbox.iss`` (until 2019) and ``windows/Toolbox32.iss``, scripts of Inno Setup:
``AppId``, ``DefaultDirName``, ``[Icons]``, ``[Registry]``; Inno Setup's help, "AppId": the uninstall key is the id with ``_is1``.
Chocolatey's package adds the folder to the Path of the machine (mikew/docker-toolbox-chocolatey).
"""

from __future__ import annotations

from typing import Literal

Whose = Literal["user", "machine"]

NAME = "Docker Toolbox"
FOLDER = rf"%ProgramFiles%\{NAME}"
"""``DefaultDirName={pf}\\Docker Toolbox``; on 64-bit Windows it is the 64-bit one (``ArchitecturesInstallIn64BitMode``)."""
DOCKER_MACHINE = "docker-machine.exe"

_APP = r"Microsoft\Windows\CurrentVersion\Uninstall\{FC4417F0-D7F3-48DB-BCE1-F5ED5BAFFD91}_is1"
KEYS = {"wide": rf"HKLM\SOFTWARE\{_APP}", "narrow": rf"HKLM\SOFTWARE\WOW6432Node\{_APP}"}
"""The uninstall key in the registry's 64-bit and 32-bit view: an Inno Setup that is not told otherwise writes the latter."""
UNINSTALL = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
VIRTUALBOX = r"HKLM\SOFTWARE\Oracle\VirtualBox"
"""VirtualBox' own key, with ``Version`` (its installer; read by Vagrant and others)."""

ENVIRONMENT = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
"""The variables of the machine; a person's are below their hive."""
SHORTCUTS = ("Docker Quickstart Terminal.lnk", "Kitematic (Alpha).lnk")
"""``[Icons]``, on the desktop of all people and in the start menu of who installed it."""
DESKTOP = r"%PUBLIC%\Desktop"
_MENU = r"AppData\Roaming\Microsoft\Windows\Start Menu\Programs\Docker"


def store(profile: str) -> str:
    """Return where docker-machine keeps a person's machines, by the folder of their profile (docker/machine, "machine")."""
    return rf"{profile}\.docker\machine\machines"


def menu(profile: str) -> str:
    """Return the Toolbox's folder in a person's start menu."""
    return rf"{profile}\{_MENU}"


def registered(profile: str) -> str:
    """Return the file in which VirtualBox notes a person's machines (its manual, "Where VirtualBox stores its files")."""
    return rf"{profile}\.VirtualBox\VirtualBox.xml"
