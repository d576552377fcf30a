"""What changed with which release of Docker Desktop, as far as the lab shows it.

Sources: Docker's release notes, English to 4.43.1 and their Chinese translation to 4.86.0 (RN, RN-ZH); the row of each name says
which. Other releases than these behave as the one before them.
"""

from __future__ import annotations

Version = tuple[int, ...]

SETTINGS_STORE = (4, 35)
"""settings.json is called settings-store.json; new installations need Windows build 19045 (RN 4.35)."""
SINGLE_DISTRO = (4, 36)
"""docker-desktop-data is merged into docker-desktop (RN 4.36); ``windows-daemon.json`` is no longer written over (RN 4.36)."""
ADMIN_SHAPE, ADMIN_UNKNOWN, ADMIN_BOM = (4, 41), (4, 43), (4, 58)
"""Since when admin-settings.json may lack its version, hold unknown keys (RN), and begin with a byte order mark (RN-ZH)."""
BEARS_WSL1 = (4, 39)
"""Until then one WSL 1 distribution anywhere broke the integration of all (RN 4.39)."""
NEEDS_WSL, LEAST_WSL = (4, 42), (2, 1, 5)
"""The WSL package must be at least that (RN 4.42)."""
PIPE_GROUP = (4, 44)
"""docker-users are let into the pipes again (RN-ZH 4.44.0)."""
NO_PRODUCT_KEY = (4, 48)
"""The key Docker Inc. is no longer written (RN-ZH 4.48)."""
OWNER_CHECK, OWNER_CHECK_MENDED = (4, 57), (4, 58)
"""The installer refuses a folder in ProgramData that no elevated account owns; 4.57 fails with -5 (desktop-feedback #26)."""
MSI_LOCKED, MSI_FREED = (4, 56), (4, 66)
"""No MSI updates an installation of 4.56 to 4.65 (RN-ZH 4.66)."""
MSI_REPLACES_EXE = (4, 61)
"""REMOVEEXISTINGINSTALL (MSI page)."""
NO_GROUP_CHECK = (4, 65)
"""docker-users is not asked for on WSL 2 (RN-ZH 4.65)."""
KEEPS_HYPERV_OFF = (4, 67)
"""An upgrade by EXE does not turn Hyper-V on for who runs on WSL; ``--installation-dir`` works (RN-ZH 4.67)."""
PER_USER, QUIET_MENDED = (4, 72), (4, 76)
"""``--user``; until 4.76 ``--quiet`` asked for the mode all the same (RN-ZH 4.72, 4.76)."""
DEFAULT_DISTRO_OFF = (4, 75)
"""The integration of the default distribution is switched off (RN-ZH 4.75); on existing installations too, says one blog."""
GENTLE_UPGRADE = (4, 80)
"""An upgrade no longer shuts WSL down (RN-ZH 4.80)."""
CONVERTS, DAEMON_JSON_KEPT = (4, 83), (4, 83)
"""``install --user`` converts in place; a malformed daemon.json is no longer replaced (RN-ZH 4.83)."""
MSI_SEES_USERS = (4, 84)
"""The MSI refuses beside installations of single users (RN-ZH 4.84)."""
NO_HANG = (4, 84)
"""Broken JSON beside the settings no longer hangs the start (RN-ZH 4.84, 4.85)."""
GROUP_MAY_MISS = (4, 85)
"""A missing group docker-users no longer crashes it (RN-ZH 4.85)."""
DESKTOP_CLI = (4, 37)
"""``docker desktop`` (RN 4.37)."""
PAC_FLAGS = (4, 48)

COMPONENTS = {"docker-buildx": "v0.29.1-desktop.1", "docker-compose": "v2.40.3-desktop.1", "docker-desktop": "v0.2.0"}
"""CLI plugins with versions: names from Docker's pages, the versions of one release of late 2025 for all (the lab's own)."""

BUILDS = {"4.46.0": 204649, "4.49.0": 208700, "4.86.0": 236216, "4.75.0": 227598, "4.34.3": 170107}
"""Build numbers of some releases (release notes; 4.46.0 is the lab's own)."""


def numbers(version: str) -> Version:
    """Return the first three parts of a version as numbers; a fourth may be the build (id 68931983892)."""
    return tuple(int(part) for part in version.split(".")[:3])
