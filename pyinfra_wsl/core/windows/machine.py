r"""The laptop as a machine: its Windows, its hardware, and the people on it.

Asked in the first request of a run, as the account that is connected. Source: Microsoft's reference of the classes
``Win32_ComputerSystem``, ``Win32_OperatingSystem``, ``Win32_LogicalDisk`` and ``Win32_Process``; who owns an ``explorer.exe`` is
logged on to a desktop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.resource import HIDDEN
from pyinfra_wsl.core.talk import Run
from pyinfra_wsl.core.windows import account_names, profile_list, whose
from pyinfra_wsl.core.windows.profile_list import Unfit
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.core.windows.whose import Known, Nobody

_NT = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_DESKTOP = "Name='explorer.exe'"
_DRIVES = "DriveType=2 OR DriveType=3 OR DriveType=6"  # removable, fixed, in memory: no network, which may let one wait
WINDOWS_11 = 22000  # the first build of Windows 11


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
        desktops_known: whether there is no desktop of which it could not be seen whose it is.
        profiles: profile folders by SID.
        unfit: by SID the profiles into which nothing may be written.
        profiles_known: whether the list of profiles could be read.
        local: names of the laptop's own accounts by SID; None while unknown.
        cached: names of accounts by SID that Windows has written down.
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
    desktops_known: bool = field(default=True, metadata=HIDDEN)
    profiles: Mapping[str, str] = field(default_factory=dict)
    unfit: Mapping[str, Unfit] = field(default_factory=dict)
    profiles_known: bool = True
    local: Mapping[str, str] | None = field(default=None, metadata=HIDDEN)
    cached: Mapping[str, tuple[str, ...]] = field(default_factory=dict, metadata=HIDDEN)
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
    return {**always(), "self": _owner(run.process)}


def _owner(process: int) -> Call:
    return call.cim_get("Win32_Process", ["Handle", "ProcessId"], where=f"ProcessId={process}", method="GetOwnerSid")


@cache
def always() -> dict[str, Call]:
    """Return what is asked of every laptop, with the place of the one question that is not."""
    return {
        "version": call.registry_read(_NT),
        "folders": call.registry_read(r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion"),
        "environment": call.registry_read(r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"),
        "system": call.cim_get(
            "Win32_ComputerSystem", ["Name", "Manufacturer", "Model", "TotalPhysicalMemory", "UserName", "HypervisorPresent"]
        ),
        "boot": call.cim_get("Win32_OperatingSystem", ["LastBootUpTime"]),
        "drives": call.cim_get("Win32_LogicalDisk", ["DeviceID", "FreeSpace"], where=_DRIVES),
        "self": _owner(0),
        "desktop_sids": desktops(),
        "desktop_names": call.cim_get("Win32_Process", ["Handle", "ProcessId"], where=_DESKTOP, method="GetOwner"),
        "profiles": call.registry_read(rf"{_NT}\ProfileList", depth=1),
        **account_names.probe(),
    }


def desktops() -> Call:
    """Return the call that asks whose desktops there are."""
    return call.cim_get("Win32_Process", ["Handle", "ProcessId"], where=_DESKTOP, method="GetOwnerSid")


def sids(answer: Answer) -> tuple[str, ...] | None:
    """Return whose desktops there are, by SID; None where it is not known of each."""
    found = [str((one.get("returns") or {}).get("Sid") or "") for one in objects(answer)]
    return tuple(found) if answer.ok and all(found) else None


def values_of(answer: Answer) -> Mapping[str, Mapping[str, Any]]:
    """Return the values of a registry key that was read, each with its ``type`` and ``data``; none where that failed."""
    return (answer.value.get("values") if answer.ok else None) or {}


def value_of(answer: Answer, name: str, default: Any = None) -> Any:
    """Return a value of a registry key that was read, by its name in any case; `default` where there is none."""
    values = answer.value.get("values") if answer.ok else None
    if not values:
        return default
    if name in values:
        return values[name].get("data", default)
    wanted = name.lower()
    for key, value in values.items():
        if key.lower() == wanted:
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
    system_root = str(value_of(version, "SystemRoot") or r"C:\Windows")
    fit, unfit = profile_list.read(answers["profiles"], system_root)
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
        desktops_known=sids(answers["desktop_sids"]) is not None,
        profiles=fit,
        unfit=unfit,
        profiles_known=answers["profiles"].exists,
        local=account_names.local(answers.get("local_accounts")),
        cached=account_names.cached(answers),
        connected=(first(answers["self"]).get("returns") or {}).get("Sid"),
        account=account,
        program_files=str(value_of(answers["folders"], "ProgramFilesDir") or r"C:\Program Files"),
        system_root=system_root,
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
    accounts = {number: one.get("returns") or {} for one in objects(names) if (number := _process(one)) is not None}
    found: dict[str, str] = {}
    for one in objects(sids):
        sid, number = (one.get("returns") or {}).get("Sid"), _process(one)
        owner = {} if number is None else accounts.get(number, {})
        if sid:
            found[sid] = f"{owner.get('Domain') or ''}\\{owner.get('User') or ''}".strip("\\")
    return found


def _process(one: Mapping[str, Any]) -> int | None:
    number = one.get("ProcessId")  # asked for, and yet a broken repository may leave it out
    return number if isinstance(number, int) else None


def known(windows: Windows) -> Known:
    """Return what is known of the laptop's people."""
    now = {sid: name for sid, name in windows.desktops.items() if name}
    if windows.connected and windows.account:
        now.setdefault(windows.connected, windows.account)
    return Known(
        computer=windows.computer,
        console=windows.console,
        connected=windows.connected,
        desktops=frozenset(windows.desktops),
        now=now,
        local=windows.local,
        cached=windows.cached,
        profiles=windows.profiles,
        unfit=windows.unfit,
        profiles_known=windows.profiles_known,
    )


def find_user(windows: Windows, wanted: str | None) -> User | Nobody:
    r"""Return the person whose WSL is meant, or why there is none.

    Args:
        windows: the laptop.
        wanted: whose, as in `whose.resolve`.

    """
    people = known(windows)
    sid = whose.resolve(wanted, people)
    if isinstance(sid, Nobody):
        return sid
    return User(
        sid,
        whose.called(sid, people) or (wanted or windows.account),
        windows.profiles[sid],
        logged_on=sid in windows.desktops,
        connected=sid == windows.connected,
        program_files=windows.program_files,
        system_root=windows.system_root,
    )
