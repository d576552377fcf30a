"""Who acts on a simulated laptop: accounts, and the tokens that programs run with."""

from __future__ import annotations

from dataclasses import dataclass, field

EVERYONE = "S-1-1-0"
AUTHENTICATED = "S-1-5-11"
SYSTEM = "S-1-5-18"
ADMINISTRATORS = "S-1-5-32-544"
USERS = "S-1-5-32-545"


@dataclass(slots=True)
class Account:
    """A Windows account.

    Args:
        name: the name without its domain.
        domain: the domain, or the laptop's own name for a local account.
        sid: the security identifier, ``S-1-5-21-…``.
        profile: the profile folder, ``C:\\Users\\name``.
        admin: a member of the local Administrators.
        logged_on: at the screen (or locked there), so that tasks can run in the account's own session.
        session: the number of that session, 0 for none.
        password: what password authentication accepts; empty: none.
        memberships: the local groups, in lower case, that were theirs when they logged on: what their tokens have.

    """

    name: str
    domain: str
    sid: str
    profile: str
    admin: bool = False
    logged_on: bool = False
    session: int = 0
    password: str = field(default="", repr=False)
    memberships: frozenset[str] = frozenset()

    @property
    def full_name(self) -> str:
        """The account as Windows writes it, ``DOMAIN\\name``."""
        return f"{self.domain}\\{self.name}"


LOCAL_SYSTEM = Account("SYSTEM", "NT AUTHORITY", SYSTEM, r"C:\Windows\System32\config\systemprofile", admin=True)
"""As whom Windows' own services run."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a process may do: an account, elevated or not, in a session (0: services and SSH)."""

    account: Account
    elevated: bool = True
    session: int = 0

    @property
    def administrator(self) -> bool:
        """Whether the administrator's rights are in force."""
        return self.account.sid == SYSTEM or (self.account.admin and self.elevated)

    @property
    def groups(self) -> frozenset[str]:
        """The SIDs that an access list may name to mean this token."""
        own = {self.account.sid, EVERYONE, AUTHENTICATED, USERS}
        return frozenset(own | {ADMINISTRATORS} if self.administrator else own)
