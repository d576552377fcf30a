"""WSL on a simulated laptop: one session of the service per Windows user, and who is let in.

src/windows/service/exe/LxssUserSessionFactory.cpp, src/windows/common/svccomm.cpp.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pyinfra_wsl.lab.machine.account import SYSTEM, Account, Token
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.part import Part
from pyinfra_wsl.lab.wsl import distro_archive, distro_disk
from pyinfra_wsl.lab.wsl.config import allowed
from pyinfra_wsl.lab.wsl.distro import Tree
from pyinfra_wsl.lab.wsl.errors import WslError
from pyinfra_wsl.lab.wsl.registration import INSTALLED, INSTALLING, Registration
from pyinfra_wsl.lab.wsl.user import WslUser
from pyinfra_wsl.lab.wsl.vm import has_service

WINDOWS_11 = 22000


@dataclass(eq=False, repr=False)
class Wsl(Part):
    """The service's part of a laptop: its sessions, by the user's SID. Which wsl.exe there is depends on the laptop's files."""

    machine: Machine
    sessions: dict[str, WslUser] = field(default_factory=dict)

    def on_reboot(self) -> None:
        """Power goes: VMs are gone, and an import that was under way stays as it is, in state Installing."""
        for user in self.sessions.values():
            user.power_off()
        self.sessions.clear()

    def on_log_off(self, account: Account) -> None:
        """A session opened from a desktop ends with it; one from session 0 (SSH) lives on. A power loss is no log-off."""
        user = self.sessions.get(account.sid)
        if self.machine.up and user is not None and user.session and user.session == account.session:
            user.end()
            del self.sessions[account.sid]


def session(machine: Machine, account: Account, number: int = 0) -> WslUser:
    """Return the user's session, a new one if there is none, without asking whether it is allowed."""
    return machine.part(Wsl).sessions.setdefault(account.sid, WslUser(machine, account, number))


def open_session(machine: Machine, token: Token) -> WslUser:
    """Connect to the service as wsl.exe does.

    Raises:
        WslError: LocalSystem; policy AllowWSL; Windows 10 without the feature Microsoft-Windows-Subsystem-Linux.

    """
    if machine.build < WINDOWS_11 and not has_service(machine, "lxss"):
        raise WslError("WSL_E_WSL_OPTIONAL_COMPONENT_REQUIRED")
    if token.account.sid == SYSTEM:
        raise WslError("WSL_E_LOCAL_SYSTEM_NOT_SUPPORTED")
    if not allowed(machine, "AllowWSL"):
        close_all(machine)  # the real service watches the policy; here it is seen at the next call
        raise WslError("ERROR_ACCESS_DISABLED_BY_POLICY")
    return session(machine, token.account, token.session)


def close_all(machine: Machine) -> None:
    """End the sessions of all users, as a policy does that forbids WSL."""
    sessions = machine.part(Wsl).sessions
    for user in sessions.values():
        user.end()
    sessions.clear()


def register(
    machine: Machine,
    account: Account,
    name: str,
    root: Tree | bytes,
    *,
    version: int = 2,
    folder: str = "",
    state: int = INSTALLED,
    uid: int = 0,
    default: bool | None = None,
) -> Registration:
    """Put a distribution on a laptop as if it had been imported before the story begins.

    Args:
        machine: where.
        account: whose.
        name: its name.
        root: its files, or a tar archive of them.
        version: 1 or 2.
        folder: where its disk lies; ``%LOCALAPPDATA%\\wsl\\{guid}`` where empty.
        state: 1 installed; 3 or 4 for what a power loss left.
        uid: DefaultUid.
        default: make it the default distribution; None: if there is none yet.

    """
    user = session(machine, account)
    guid = user.new_guid()
    place = folder or rf"{account.profile}\AppData\Local\wsl\{{{guid}}}"
    wsl2 = version == 2
    item = user.registrations.create(name, place, wsl2=wsl2, disk="ext4.vhdx", oobe=False, seed=guid, writes=user.writes)
    item.set("DefaultUid", uid)
    tree = root if isinstance(root, Tree) else distro_archive.read(root)
    content = distro_disk.pack(tree) if version == 2 else distro_archive.write(tree)
    machine.files.write(item.disk, distro_disk.SIGNATURE if state == INSTALLING else content)
    item.set("State", state)
    if state == INSTALLED:
        if user.writes("Modern"):
            item.set("Modern", 1)
        user.note_system(item, tree)
    if default or (default is None and not user.registrations.has_default()):
        user.registrations.set_default(item)
    return item
