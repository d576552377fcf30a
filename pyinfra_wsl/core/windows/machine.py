r"""The laptop as a machine: its Windows, its hardware, and the people on it.

Asked in the first request of a run, as the account that is connected. Source: Microsoft's reference of the classes
``Win32_ComputerSystem``, ``Win32_OperatingSystem``, ``Win32_LogicalDisk`` and ``Win32_Process``; who owns an ``explorer.exe`` is
logged on to a desktop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.resource import HIDDEN
from pyinfra_wsl.core.talk import Run
from pyinfra_wsl.core.windows.user import User

_NT = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_DESKTOP = "Name='explorer.exe'"
_DRIVES = "DriveType=2 OR DriveType=3 OR DriveType=6"  # removable, fixed, in memory: no network, which may let one wait
WINDOWS_11 = 22000  # the first build of Windows 11
CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class Windows:
    r"""What stage one tells of a laptop.

    Args:
        build: the build number, such as 26200; None while unknown.
        revision: the number after the build.
        edition: ``Professional``, ``Enterprise``, ``Core`` (Home), …
        release: ``24H2`` and the like.
        architecture: ``AMD64`` or ``ARM64``.
        culture: the display language Windows was installed with.
        computer, manufacturer, model: names.
        memory: bytes of physical memory.
        booted: when it started, ISO 8601.
        console: ``DOMAIN\name`` of the person at the screen; empty for nobody.
        desktops: the accounts that are logged on to a desktop, by SID.
        profiles: profile folders by SID.
        connected: SID of the account as which we are connected; None while unknown.
        account: its name.
        program_files, system_root: folders.
        drives: free bytes by drive (``C:``), of those in which a distribution can lie; None of one where Windows does not say, as
            of a locked one; None where it names none.

    """

    build: int | None
    revision: int
    edition: str
    release: str
    architecture: str
    culture: str
    computer: str
    manufacturer: str
    model: str
    memory: int | None
    booted: str
    console: str
    desktops: Mapping[str, str] = field(default_factory=dict)
    profiles: Mapping[str, str] = field(default_factory=dict)
    connected: str | None = None
    account: str = ""
    program_files: str = r"C:\Program Files"
    system_root: str = r"C:\Windows"
    drives: Mapping[str, int | None] | None = field(default=None, metadata=HIDDEN)

    @property
    def home_edition(self) -> bool:
        """Whether it is a Home edition, which has no Hyper-V and no Windows containers."""
        return self.edition.startswith("Core")

    @property
    def system_drive(self) -> str:
        """The drive on which Windows and its programs are, such as ``C:``."""
        return self.system_root[:2].upper()

    @property
    def name(self) -> str:
        """The laptop as its owner would call it: ``Dell Latitude 7440``."""
        return " ".join(part for part in (self.manufacturer, self.model) if part) or self.computer


def probe(run: Run) -> dict[str, Call]:
    """Return what has to be asked."""
    return {
        "version": call.registry_read(_NT),
        "folders": call.registry_read(r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion"),
        "environment": call.registry_read(r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"),
        "system": call.cim_get(
            "Win32_ComputerSystem", ["Name", "Manufacturer", "Model", "TotalPhysicalMemory", "UserName", "HypervisorPresent"]
        ),
        "boot": call.cim_get("Win32_OperatingSystem", ["LastBootUpTime"]),
        "drives": call.cim_get("Win32_LogicalDisk", ["DeviceID", "FreeSpace"], where=_DRIVES),
        "self": call.cim_get("Win32_Process", ["Handle", "ProcessId"], where=f"ProcessId={run.process}", method="GetOwnerSid"),
        "desktop_sids": call.cim_get("Win32_Process", ["Handle", "ProcessId"], where=_DESKTOP, method="GetOwnerSid"),
        "desktop_names": call.cim_get("Win32_Process", ["Handle", "ProcessId"], where=_DESKTOP, method="GetOwner"),
        "profiles": call.registry_read(rf"{_NT}\ProfileList", depth=1),
    }


def value_of(answer: Answer, name: str, default: Any = None) -> Any:
    """Return a value of a registry key that was read, by its name in any case; `default` where there is none."""
    values = answer.value.get("values") if answer.ok else None
    for key, value in (values or {}).items():
        if key.lower() == name.lower():
            return value.get("data", default)
    return default


def read(answers: Mapping[str, Answer], account: str, culture: str) -> Windows:
    r"""Read the answers.

    Args:
        answers: by the names of `probe`.
        account: ``DOMAIN\name`` as which we are connected.
        culture: from the agent's greeting.

    """
    version, system = answers["version"], first(answers["system"])
    build = str(value_of(version, "CurrentBuildNumber") or value_of(version, "CurrentBuild") or "")
    return Windows(
        build=int(build) if build.isdigit() else None,
        revision=int(value_of(version, "UBR", 0) or 0),
        edition=str(value_of(version, "EditionID", "") or ""),
        release=str(value_of(version, "DisplayVersion", "") or ""),
        architecture=str(value_of(answers["environment"], "PROCESSOR_ARCHITECTURE", "") or ""),
        culture=culture,
        computer=str(system.get("Name") or ""),
        manufacturer=str(system.get("Manufacturer") or "").strip(),
        model=str(system.get("Model") or "").strip(),
        memory=int(system["TotalPhysicalMemory"]) if system.get("TotalPhysicalMemory") is not None else None,
        booted=str(first(answers["boot"]).get("LastBootUpTime") or ""),
        console=str(system.get("UserName") or ""),
        desktops=_desktops(answers["desktop_sids"], answers["desktop_names"]),
        profiles=_profiles(answers["profiles"]),
        connected=(first(answers["self"]).get("returns") or {}).get("Sid"),
        account=account,
        program_files=str(value_of(answers["folders"], "ProgramFilesDir") or r"C:\Program Files"),
        system_root=str(value_of(version, "SystemRoot") or r"C:\Windows"),
        drives=_free(answers.get("drives", Answer(False))),
    )


def objects(answer: Answer) -> list[Mapping[str, Any]]:
    """Return the CIM objects of an answer; none for an error."""
    return list(answer.value.get("objects") or []) if answer.ok else []


def first(answer: Answer) -> Mapping[str, Any]:
    """Return the first CIM object, or an empty one."""
    return next(iter(objects(answer)), {})


def _free(drives: Answer) -> dict[str, int | None] | None:
    free = {str(one.get("DeviceID") or "").upper(): one.get("FreeSpace") for one in objects(drives)}
    return {name: one if isinstance(one, int) else None for name, one in free.items()} or None


def _desktops(sids: Answer, names: Answer) -> dict[str, str]:
    accounts = {one["ProcessId"]: one.get("returns") or {} for one in objects(names)}
    found: dict[str, str] = {}
    for one in objects(sids):
        sid = (one.get("returns") or {}).get("Sid")
        owner = accounts.get(one["ProcessId"], {})
        if sid:
            found[sid] = f"{owner.get('Domain') or ''}\\{owner.get('User') or ''}".strip("\\")
    return found


def _profiles(answer: Answer) -> dict[str, str]:
    keys = answer.value.get("keys") or {} if answer.ok else {}
    found = {sid: value_of(Answer(True, key), "ProfileImagePath") for sid, key in keys.items()}
    # S-1-5-18, -19 and -20 are services, not people.
    return {sid: str(path) for sid, path in found.items() if path and sid.startswith(("S-1-5-21-", "S-1-12-1-"))}


def find_user(windows: Windows, wanted: str | None) -> User | None:
    r"""Return the person whose WSL is meant; None where there is no such person on the laptop.

    A person who is not logged on is known by the name of their profile folder only: Windows keeps the name of a domain
    account nowhere else without asking a domain controller.

    Args:
        windows: the laptop.
        wanted: ``console`` for whoever is at the screen, a name, ``DOMAIN\name``, None for the connected account.

    """
    if wanted is None:
        sid = windows.connected
    elif wanted == CONSOLE:
        sid = _by_name(windows.desktops, windows.console) if windows.console else None
        sid = sid or (next(iter(windows.desktops)) if len(windows.desktops) == 1 else None)
    else:
        sid = _by_name(windows.desktops, wanted) or _by_profile(windows, wanted)
    if sid is None or sid not in windows.profiles:
        return None
    return User(
        sid,
        windows.desktops.get(sid) or _called(windows, sid, wanted),
        windows.profiles[sid],
        logged_on=sid in windows.desktops,
        connected=sid == windows.connected,
        program_files=windows.program_files,
        system_root=windows.system_root,
    )


def _called(windows: Windows, sid: str, wanted: str | None) -> str:
    if sid == windows.connected:
        return windows.account
    return (windows.console if wanted == CONSOLE else wanted) or windows.profiles[sid].rpartition("\\")[2]


def _by_name(accounts: Mapping[str, str], wanted: str) -> str | None:
    wanted = wanted.lower()
    for sid, account in accounts.items():
        if wanted in (account.lower(), account.lower().rpartition("\\")[2]):
            return sid
    return None


def _by_profile(windows: Windows, wanted: str) -> str | None:
    if windows.connected and wanted.lower() in (windows.account.lower(), windows.account.lower().rpartition("\\")[2]):
        return windows.connected
    domain, _, name = wanted.lower().rpartition("\\")
    # A second account of the same name gets the folder name.DOMAIN (Microsoft, "User profiles").
    for sid, path in windows.profiles.items():
        if path.lower().rpartition("\\")[2] in (name, f"{name}.{domain}"):
            return sid
    return None
