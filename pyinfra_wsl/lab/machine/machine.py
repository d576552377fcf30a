"""A simulated laptop: what it is made of, who is there, and how it boots."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from pyinfra_wsl.lab.machine import hives, people
from pyinfra_wsl.lab.machine.account import ADMINISTRATORS, SYSTEM, Account, Token
from pyinfra_wsl.lab.machine.features import Features
from pyinfra_wsl.lab.machine.files import Files
from pyinfra_wsl.lab.machine.groups import Groups
from pyinfra_wsl.lab.machine.part import Part
from pyinfra_wsl.lab.machine.pipes import Pipes
from pyinfra_wsl.lab.machine.process import Processes
from pyinfra_wsl.lab.machine.registry import Registry
from pyinfra_wsl.lab.machine.services import Services

P = TypeVar("P", bound=Part)
DOWN = 0.3
"""Real seconds for which a laptop that restarts is away."""
BOOT_MANAGER = "{9dea862c-5cdd-4e70-acc1-f32b344d4795}"
BCD_OBJECTS = r"HKLM\BCD00000000\Objects"
ENVIRONMENT_KEY = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"


@dataclass(slots=True)
class Firmware:
    """What the firmware and the processor offer."""

    virtualization: bool = True
    slat: bool = True
    vm_monitor: bool = True


@dataclass(slots=True)
class Faults:
    """What shall go wrong; each is used up by tests and scenarios.

    Args:
        drop_connection_during: the beginning of a command line without its path (``wsl.exe --import``); half a lab second
            after its start the connection drops, once.
        fill_disk_during: the same, for a disk that fills up when it starts.
        constrained_language: PowerShell runs in Constrained Language Mode.
        garbage_answers: so many of the agent's next answers are no JSON.
        lie: what each line of the agent becomes on its way, for laptops in other hands.
        lie_as_user: the same for the reply of an agent in a user's own session.
        drip: real seconds between one byte of the agent's and the next, where not 0.
        late: real seconds before each of the agent's answers.
        offline: nothing listens.
        installer_exit: what msiexec.exe ends with next time: 1603, 1618, 3010 (installed, restart needed).
        slow_transfers: so many times longer than usual imports, exports and conversions of distributions take.

    """

    drop_connection_during: str | None = None
    fill_disk_during: str | None = None
    constrained_language: bool = False
    garbage_answers: int = 0
    lie: Callable[[bytes], bytes] | None = None
    lie_as_user: Callable[[bytes], bytes] | None = None
    drip: float = 0.0
    late: float = 0.0
    offline: bool = False
    installer_exit: int | None = None
    slow_transfers: float = 1.0


@dataclass(eq=False)
class Machine:
    """One laptop. `windows.install` puts Windows on it; `settle` makes services and hypervisor follow what was set up by hand.

    `switches` are the names of Hyper-V's virtual switches, as its networks are called.
    """

    name: str
    seed: int = 0
    build: int = 26200
    ubr: int = 7019
    edition: str = "Enterprise"
    architecture: str = "AMD64"
    culture: str = "en-US"
    pace: float = 0.02
    manufacturer: str = "Dell Inc."
    model: str = "Latitude 7440"
    memory: int = 32 << 30
    processors: int = 12
    time_zone: int = 60
    sign_on_after_restart: bool = True
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    registry: Registry = field(default_factory=Registry)
    files: Files = field(default_factory=Files)
    accounts: dict[str, Account] = field(default_factory=dict)
    features: Features = field(default_factory=Features)
    firmware: Firmware = field(default_factory=Firmware)
    faults: Faults = field(default_factory=Faults)
    processes: Processes = field(default_factory=Processes)
    groups: Groups = field(default_factory=Groups)
    tasks: dict[str, Any] = field(default_factory=dict)
    virtual_machines: dict[str, bool] = field(default_factory=dict)
    internet: dict[str, bytes] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    switches: list[str] = field(default_factory=list)
    hypervisor_running: bool = False
    installing: bool = False
    boot_count: int = 1
    booted_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    up: bool = True
    on_down: list[Callable[[], None]] = field(default_factory=list)
    on_up: list[Callable[[], None]] = field(default_factory=list)
    on_drop: list[Callable[[], None]] = field(default_factory=list)
    pending_shutdown: asyncio.Task[None] | None = None
    _background: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Have services and pipes, of which nothing is there yet."""
        self.services, self.pipes = Services(self.registry), Pipes(self.processes)

    def part(self, kind: type[P]) -> P:
        """Return the laptop's part of a kind; raises LookupError where none is attached."""
        for part in self.parts:
            if isinstance(part, kind):
                return part
        raise LookupError(f"{self.name} has no {kind.__name__}")

    def account(self, name: str) -> Account:
        """Return an account by its name, ``DOMAIN\\name`` or SID; raises KeyError."""
        plain = name.lower().removeprefix(".\\")
        for account in self.accounts.values():
            if plain in (account.name.lower(), account.full_name.lower(), account.sid.lower()):
                return account
        raise KeyError(name)

    def add_account(self, account: Account) -> Account:
        """Make an account with its profile folders and its hive, as its first logon does."""
        self.accounts[account.sid] = account
        self.files.make(rf"{account.profile}\AppData\Local\Temp")
        self.files.make(rf"{account.profile}\AppData\Roaming")
        home = self.files.stat(account.profile)
        home.inherits, home.grants = False, {SYSTEM: "F", ADMINISTRATORS: "F", account.sid: "F"}
        hives.put(self.files, account)
        people.enter_profile(self.registry, account)
        self.registry.create(rf"HKU\{account.sid}\Software\Microsoft\Windows\CurrentVersion")
        self.registry.create(rf"HKU\{account.sid}\Volatile Environment")
        people.write_down(self.registry, account, local=account.domain == self.name.upper())
        return account

    def log_on(self, account: Account) -> None:
        """Put somebody at the screen: a session, a loaded hive, an explorer.exe."""
        account.logged_on = True
        account.session = account.session or 1 + max((other.session for other in self.accounts.values()), default=0)
        self.registry.loaded.add(account.sid.upper())
        hives.hold(self.files, account, loaded=True)
        people.note_logon(self.registry, account)
        account.memberships = self.groups.of(account.sid)
        self.processes.add(r"C:\Windows\explorer.exe", Token(account, False, account.session))
        for part in self.parts:
            part.on_log_on(account)

    def log_off(self, account: Account) -> None:
        """End a session and all that ran in it."""
        for process in [item for item in self.processes if item.session == account.session and item.session]:
            self.processes.kill(process)
        for part in self.parts:
            part.on_log_off(account)
        account.logged_on, account.session = False, 0
        if account.name != "fleet-admin":
            self.registry.loaded.discard(account.sid.upper())
            hives.hold(self.files, account, loaded=False)

    def environment(self, token: Token) -> dict[str, str]:
        """Return the variables that a process of this token begins with: Windows' own, the laptop's, the user's.

        A user's variable replaces the laptop's, their Path comes behind it (Microsoft, "Environment Variables").
        """
        account = token.account
        home = account.profile
        temporary = r"C:\Windows\TEMP" if account.sid == SYSTEM else rf"{home}\AppData\Local\Temp"
        found = {
            "SystemDrive": "C:",
            "SystemRoot": r"C:\Windows",
            "windir": r"C:\Windows",
            "ComSpec": r"C:\Windows\System32\cmd.exe",
            "PATHEXT": ".COM;.EXE;.BAT;.CMD",
            "ProgramFiles": r"C:\Program Files",
            "ProgramW6432": r"C:\Program Files",
            "ProgramFiles(x86)": r"C:\Program Files (x86)",
            "ProgramData": r"C:\ProgramData",
            "ALLUSERSPROFILE": r"C:\ProgramData",
            "PUBLIC": r"C:\Users\Public",
            "PROCESSOR_ARCHITECTURE": self.architecture,
            "COMPUTERNAME": self.name.upper(),
            "USERNAME": account.name,
            "USERDOMAIN": account.domain,
            "USERPROFILE": home,
            "APPDATA": rf"{home}\AppData\Roaming",
            "LOCALAPPDATA": rf"{home}\AppData\Local",
            "TEMP": temporary,
            "TMP": temporary,
        }
        for key in (ENVIRONMENT_KEY, rf"HKU\{account.sid}\Environment"):
            for name, (_, data) in self.registry.values(key).items():
                value = self.expand(str(data), found)
                spelled = next((one for one in found if one.lower() == name.lower()), name)
                both = spelled.lower() == "path" and spelled in found
                found[spelled] = f"{found[spelled].rstrip(';')};{value}" if both else value
        return found

    def expand(self, words: str, variables: dict[str, str]) -> str:
        """Replace ``%NAME%`` as ExpandEnvironmentVariables does: an unknown name stays as it is."""
        if "%" not in words:
            return words
        known = {name.lower(): value for name, value in variables.items()}
        return re.sub(r"%([^%]+)%", lambda match: known.get(match[1].lower(), match[0]), words)

    def hypervisor_launch(self) -> str:
        """Return ``auto`` or ``off``, from the boot store in the registry (element 250000f0 of the current loader)."""
        current = self.registry.get(rf"{BCD_OBJECTS}\{BOOT_MANAGER}\Elements\23000003", "Element", "")
        data = self.registry.get(rf"{BCD_OBJECTS}\{current}\Elements\250000f0", "Element", b"")
        return "auto" if data[:1] == b"\x01" else "off"

    def settle(self) -> None:
        """Do what the boot does: pending features become real, services follow, the hypervisor starts or not."""
        self.features.settle(self.registry, self.build)
        ready = self.firmware.virtualization and self.firmware.slat and self.firmware.vm_monitor
        self.hypervisor_running = ready and self.hypervisor_launch() == "auto" and self.features.wants_hypervisor()

    async def sleep(self, seconds: float) -> None:
        """Let lab time pass."""
        await asyncio.sleep(seconds * self.pace)

    def background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let something happen by itself that no process stands for, and that a reboot does not end."""
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    def drop_connections(self) -> None:
        """Cut all connections as a pulled cable does."""
        for hook in self.on_drop:
            hook()

    async def reboot(self, *, restart_apps: bool = False) -> None:
        """Go down and come up; the last user at the screen is back only with `restart_apps` (shutdown /g) and its setting."""
        self.up = False
        for hook in self.on_down:
            hook()
        last = self._end_everything()
        await asyncio.sleep(DOWN)
        self._boot(last if restart_apps and self.sign_on_after_restart else None)
        self.up = True
        for hook in self.on_up:
            hook()

    def restart_by_hand(self) -> None:
        """Have been restarted by the user, who has signed in again: to those who look, in no time."""
        self.drop_connections()
        self._boot(self._end_everything())

    def _end_everything(self) -> Account | None:
        """End whatever runs; returns who was at the screen."""
        present = [item for item in self.accounts.values() if item.logged_on]
        for account in present:
            self.log_off(account)
        self.processes.kill_all()
        for part in self.parts:
            part.on_reboot()
        self.virtual_machines = dict.fromkeys(self.virtual_machines, False)
        return next(iter(present), None)

    def _boot(self, person: Account | None) -> None:
        self.boot_count += 1
        self.booted_at = self.clock()
        self.registry.drop_volatile()
        self.services.boot()
        self.registry.remove_value(r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager", "PendingFileRenameOperations")
        self.settle()
        if person is not None:
            self.log_on(person)
