"""What becomes of people's profiles and names.

A profile that cannot be loaded: its key is renamed to ``SID.bak`` and a new one names a folder ``TEMP`` with State 0x804
(dorssel/usbipd-win #445, JumpCloud ADMU #239).
"""

from __future__ import annotations

from pyinfra_wsl.lab.machine import people
from pyinfra_wsl.lab.machine.account import SYSTEM, Account
from pyinfra_wsl.lab.machine.machine import Machine

TEMPORARY = 0x804


def rename(machine: Machine, account: Account, name: str) -> None:
    """Rename an account where its accounts are kept; its profile folder keeps the old name, and so does what was written down."""
    account.name = name
    if account.logged_on:
        people.write_down(machine.registry, account, local=account.domain == machine.name.upper())
        people.note_logon(machine.registry, account)


def lose_folder(machine: Machine, account: Account) -> None:
    """Take a profile's folder away; its key stays."""
    machine.files.remove(account.profile, tree=True)


def give_temporary(machine: Machine, account: Account, folder: str = r"C:\Users\TEMP") -> str:
    """Let somebody be logged on with a temporary profile; return the folder of their own, which is put aside."""
    own = account.profile
    machine.registry.set(rf"{people.PROFILES}\{account.sid}.bak", "ProfileImagePath", "ExpandString", own)
    machine.registry.set(rf"{people.PROFILES}\{account.sid}.bak", "State", "DWord", 0x8000)
    account.profile = folder
    people.enter_profile(machine.registry, account, TEMPORARY)
    machine.files.make(rf"{folder}\AppData\Local\Temp")
    machine.files.make(rf"{folder}\AppData\Roaming")
    home = machine.files.stat(folder)
    home.inherits, home.grants = False, {SYSTEM: "F", "S-1-5-32-544": "F", account.sid: "F"}
    return own
