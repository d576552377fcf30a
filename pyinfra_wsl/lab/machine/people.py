"""What Windows writes down of the people of a laptop; `pyinfra_wsl.core.windows.account_names` has the sources."""

from __future__ import annotations

from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.registry import Registry

PROFILES = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
LOGON = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Authentication\LogonUI"
IDENTITIES = r"HKLM\SOFTWARE\Microsoft\IdentityStore\Cache"
POLICIES = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\DataStore"


def enter_profile(registry: Registry, account: Account, state: int = 0) -> None:
    """Write a person's key in ``ProfileList``."""
    registry.set(rf"{PROFILES}\{account.sid}", "ProfileImagePath", "ExpandString", account.profile)
    registry.set(rf"{PROFILES}\{account.sid}", "State", "DWord", state)


def write_down(registry: Registry, account: Account, *, local: bool) -> None:
    """Have what the first logon of a domain's account leaves: policies were applied to it, and its identity is cached."""
    if not local:
        registry.set(rf"{POLICIES}\{account.sid}\0", "szName", "String", account.name)
        key = rf"{IDENTITIES}\{account.sid}\IdentityCache\{account.sid}"
        registry.set(key, "UserName", "String", f"{account.name}@{account.domain.lower()}.example")
        registry.set(key, "SAMName", "String", account.name)


def note_logon(registry: Registry, account: Account) -> None:
    """Have somebody be the last who was at the logon screen."""
    for name, data in (("User", account.full_name), ("SAMUser", account.full_name), ("UserSID", account.sid)):
        registry.set(LOGON, f"LastLoggedOn{name}", "String", data)
        registry.set(rf"{LOGON}\SessionData\{account.session}", f"LoggedOn{name}", "String", data)


def forget(registry: Registry, account: Account) -> None:
    """Have Windows know no name of an account any more: a policy against cached names, a cleaned registry."""
    for key in (rf"{POLICIES}\{account.sid}", rf"{IDENTITIES}\{account.sid}"):
        registry.remove_tree(key)
    for key in (LOGON, *(rf"{LOGON}\SessionData\{name}" for name in registry.keys(rf"{LOGON}\SessionData"))):
        for word in ("LastLoggedOn", "LoggedOn"):
            if registry.get(key, f"{word}UserSID") == account.sid:
                for name in ("User", "SAMUser", "UserSID"):
                    registry.remove_value(key, f"{word}{name}")
