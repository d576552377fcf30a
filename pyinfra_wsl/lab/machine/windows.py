"""What a freshly installed Windows holds: its system programs, registry, boot store and built-in rights.

Sources: Microsoft's documentation of the registry keys and of ``bcdedit``; the places of the programs and of the services'
profiles are from knowledge of Windows, not verified here.
"""

from __future__ import annotations

from pyinfra_wsl.lab.machine import hives
from pyinfra_wsl.lab.machine.account import ADMINISTRATORS, AUTHENTICATED, EVERYONE, LOCAL_SYSTEM, SYSTEM, USERS, Account, Token
from pyinfra_wsl.lab.machine.features import SERVICES_KEY, Features
from pyinfra_wsl.lab.machine.machine import BCD_OBJECTS, BOOT_MANAGER, ENVIRONMENT_KEY, Machine
from pyinfra_wsl.lab.machine.node import Node
from pyinfra_wsl.lab.machine.rights import CREATOR
from pyinfra_wsl.lab.machine.text import encoding

SYSTEM32 = r"C:\Windows\System32"
LOADER = "{5b3b2b14-7d2a-11ee-9f0a-9c2dcd0f8b11}"
NT_KEY = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
HYPERVISOR_LAUNCH = {"off": 0, "auto": 1}
PROGRAM_IMAGE = b"MZ: a program of the lab"

PROGRAMS = (
    *("bcdedit", "certutil", "cmd", "conhost", "curl", "dism", "find", "findstr", "hostname", "icacls", "msiexec", "more"),
    *(
        "net",
        "ping",
        "reg",
        "robocopy",
        "sc",
        "schtasks",
        "shutdown",
        "sort",
        "taskkill",
        "tasklist",
        "timeout",
        "where",
        "whoami",
        "wsl",
    ),
)
"""What lies in System32; ``wsl.exe`` there is the inbox program, or the stub that stands for it."""

RIGHTS: dict[str, dict[str, str]] = {
    "C:\\": {AUTHENTICATED: "(AD) (OI)(CI)(IO)(M)", USERS: "RX"},
    r"C:\Program Files": {USERS: "RX", CREATOR: "(OI)(CI)(IO)(F)"},
    r"C:\Program Files (x86)": {USERS: "RX", CREATOR: "(OI)(CI)(IO)(F)"},
    r"C:\ProgramData": {USERS: "RX (CI)(WD,AD,WEA,WA)", CREATOR: "(OI)(CI)(IO)(F)"},
    r"C:\Users": {USERS: "RX", EVERYONE: "RX"},
    r"C:\Users\Public": {USERS: "M"},
    r"C:\Windows": {USERS: "RX", CREATOR: "(OI)(CI)(IO)(F)"},
    r"C:\Windows\System32\config": {},
    r"C:\Windows\Temp": {USERS: "(CI)(S,WD,AD,X)", CREATOR: "(OI)(CI)(IO)(F)"},
}
r"""Who has which rights beside administrators and LocalSystem, who have all of them, as ``icacls.exe`` shows them on a new
Windows 10 or 11: from knowledge of Windows, not verified here. TrustedInstaller, whose the system's own files are, is left out:
so an administrator may here write what they may not there. ``M`` in ``C:\Users\Public`` is that of INTERACTIVE and others."""

RELEASES = {19044: "21H2", 19045: "22H2", 22000: "21H2", 22621: "22H2", 22631: "23H2", 26100: "24H2", 26200: "25H2"}
SERVICE_PROFILES = {
    SYSTEM: r"%systemroot%\system32\config\systemprofile",
    "S-1-5-19": r"%systemroot%\ServiceProfiles\LocalService",
    "S-1-5-20": r"%systemroot%\ServiceProfiles\NetworkService",
}
"""The profiles of the accounts as which services run."""
ON_DEMAND, AUTOMATIC = (
    ("SharedAccess", "TrustedInstaller", "msiserver"),
    ("LanmanServer", "Winmgmt", "sshd", "Schedule", "mpssvc"),
)
SERVICES = dict.fromkeys(ON_DEMAND, 3) | dict.fromkeys(AUTOMATIC, 2)
"""Services that every laptop has, with their start type (2 automatic, 3 on demand)."""


def install(machine: Machine) -> Machine:
    """Put Windows on an empty machine, with the account ``fleet-admin`` and nobody at the screen."""
    machine.features = Features.of_edition(machine.edition)
    machine.files.provides = lambda node: _syncs(machine, node)
    machine.groups.authority = authority(machine)
    _write_files(machine)
    _write_registry(machine)
    _write_boot_store(machine)
    machine.registry.loaded |= {".DEFAULT", SYSTEM}
    add_administrator(machine)
    machine.settle()
    return machine


def add_administrator(machine: Machine, name: str = "fleet-admin", password: str = "correct horse") -> Account:  # noqa: S107
    """Add the local administrator as whom the fleet's engineer connects; sshd keeps the profile loaded."""
    sid = f"{authority(machine)}-1001"
    account = Account(name, machine.name.upper(), sid, rf"C:\Users\{name}", admin=True, password=password)
    machine.add_account(account)
    machine.registry.loaded.add(sid.upper())
    hives.hold(machine.files, account, loaded=True)
    return account


def authority(machine: Machine) -> str:
    """Return what the SIDs of a laptop's own accounts begin with."""
    return f"S-1-5-21-{1000000 + machine.seed}-{2000000 + machine.seed * 7}-{3000000 + machine.seed * 13}"


def add_local(machine: Machine, name: str, profile: str = "") -> Account:
    r"""Add an account of the laptop itself with its profile; the folder is ``C:\Users\name`` unless told."""
    sid = f"{authority(machine)}-{1001 + len(machine.accounts)}"
    return machine.add_account(Account(name, machine.name.upper(), sid, profile or rf"C:\Users\{name}"))


def add_person(machine: Machine, name: str, domain: str = "CORP", profile: str = "", *, admin: bool = False) -> Account:
    r"""Add a domain account with its profile; the folder is ``C:\Users\name`` unless told."""
    relative = 1100 + sum(ord(letter) for letter in name) % 900 + len(machine.accounts)
    sid = f"S-1-5-21-1004336348-1177238915-682003330-{relative}"
    return machine.add_account(Account(name, domain, sid, profile or rf"C:\Users\{name}", admin=admin))


def set_hypervisor_launch(machine: Machine, value: str) -> None:
    """Write ``auto`` or ``off`` into the boot store; it counts from the next boot."""
    data = HYPERVISOR_LAUNCH[value].to_bytes(8, "little")
    machine.registry.set(rf"{BCD_OBJECTS}\{LOADER}\Elements\250000f0", "Element", "Binary", data)


def _write_files(machine: Machine) -> None:
    machine.files.make(LOCAL_SYSTEM.profile)
    files = machine.files
    for folder, grants in RIGHTS.items():
        node = files.make(folder)
        node.inherits, node.grants = False, {SYSTEM: "F", ADMINISTRATORS: "F", **grants}
    files.stat("C:\\").shields = True  # "Mandatory Label\High Mandatory Level:(OI)(NP)(IO)(NW)"
    for sid, profile in SERVICE_PROFILES.items():
        _make_service_profile(machine, sid, machine.expand(profile, {"SystemRoot": r"C:\Windows"}))
    for name in PROGRAMS:
        files.write(rf"{SYSTEM32}\{name}.exe", PROGRAM_IMAGE)
    files.write(rf"{SYSTEM32}\WindowsPowerShell\v1.0\powershell.exe", PROGRAM_IMAGE)
    files.write(r"C:\Windows\explorer.exe", PROGRAM_IMAGE)
    files.write(r"C:\Windows\System32\drivers\etc\hosts", b"# localhost name resolution is handled within DNS itself.\r\n")


def _make_service_profile(machine: Machine, sid: str, profile: str) -> None:
    """Make the folders of a profile that is there though nobody signs in with it: that of LocalSystem, or other services."""
    for folder in (r"AppData\Local\Temp", r"AppData\Roaming"):
        machine.files.make(rf"{profile}\{folder}")
    node = machine.files.stat(profile)
    node.inherits, node.grants = False, {SYSTEM: "F", ADMINISTRATORS: "F", sid: "F"}


def _write_registry(machine: Machine) -> None:
    write = machine.registry.set
    for name, kind, data in (
        ("CurrentBuildNumber", "String", str(machine.build)),
        ("CurrentBuild", "String", str(machine.build)),
        ("UBR", "DWord", machine.ubr),
        ("EditionID", "String", machine.edition),
        ("DisplayVersion", "String", RELEASES.get(machine.build, "")),
        ("ProductName", "String", f"Windows 10 {machine.edition}"),  # Windows 11 says 10 here as well
        ("InstallationType", "String", "Client"),
        ("SystemRoot", "String", r"C:\Windows"),
    ):
        write(NT_KEY, name, kind, data)
    write(r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion", "ProgramFilesDir", "String", r"C:\Program Files")
    path = r"%SystemRoot%\system32;%SystemRoot%;%SystemRoot%\System32\Wbem;%SystemRoot%\System32\WindowsPowerShell\v1.0\\"
    write(ENVIRONMENT_KEY, "Path", "ExpandString", path.rstrip("\\") + "\\")
    write(ENVIRONMENT_KEY, "PROCESSOR_ARCHITECTURE", "String", machine.architecture)
    pages = encoding(machine.culture).removeprefix("cp").replace("gbk", "936")
    write(r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage", "OEMCP", "String", pages)
    for view in ("Microsoft", r"WOW6432Node\Microsoft"):  # every Windows of 64 bits has both
        machine.registry.create(rf"HKLM\SOFTWARE\{view}\Windows\CurrentVersion\Uninstall")
    machine.registry.create(r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager")
    for names in ("ComputerName", "ActiveComputerName"):
        write(rf"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\{names}", "ComputerName", "String", machine.name.upper())
    machine.registry.create(r"HKLM\SYSTEM\CurrentControlSet\Control\DeviceGuard")
    machine.registry.create(r"HKLM\SOFTWARE\Policies")
    for sid, profile in SERVICE_PROFILES.items():
        write(rf"{NT_KEY}\ProfileList\{sid}", "ProfileImagePath", "ExpandString", profile)
    for hive in (".DEFAULT", SYSTEM):
        machine.registry.create(rf"HKU\{hive}\Software")
    for name, start in SERVICES.items():
        write(rf"{SERVICES_KEY}\{name}", "Start", "DWord", start)


def _write_boot_store(machine: Machine) -> None:
    machine.registry.set(rf"{BCD_OBJECTS}\{BOOT_MANAGER}\Elements\23000003", "Element", "String", LOADER)
    name = "Windows 11" if machine.build >= 22000 else "Windows 10"
    machine.registry.set(rf"{BCD_OBJECTS}\{LOADER}\Elements\12000004", "Element", "String", name)
    set_hypervisor_launch(machine, "auto")


def _syncs(machine: Machine, node: Node) -> bool:
    """Whether OneDrive runs for whose profile a file is in: it starts with their session."""
    path = node.path.lower()
    return any(person.logged_on and path.startswith(f"{person.profile.lower()}\\") for person in machine.accounts.values())


def administrator_token(machine: Machine) -> Token:
    """Return what a connection of ``fleet-admin`` over SSH runs with."""
    return Token(machine.account("fleet-admin"))
