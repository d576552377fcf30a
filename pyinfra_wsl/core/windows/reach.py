"""Whether something can be done as the person whose WSL is meant; every resource of a user asks here."""

from __future__ import annotations

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.core.windows.whose import CONSOLE, Nobody, Why

_WAITS: dict[Why, str] = {
    "away": "",
    "unknown": "",
    "homeless": "",
    "temporary": "; repair the profile (its key in ProfileList that ends in .bak), then let them log on again",
}
"""What is a matter of time, and what a person should know besides."""
_REMEDIES: dict[Why, tuple[str, str]] = {
    "ambiguous": (r"declare one account as DOMAIN\name, or COMPUTER\name for one of the laptop itself", "ambiguous_user"),
    "shared": (
        "remove the key in ProfileList of the account that is gone, or run again while that person is logged on",
        "profile",
    ),
    "no_profile": ("correct the name, or let that person log on there once", "no_profile"),
    "system": ("declare whose WSL is meant: console, every, or a person's account", "WSL_E_LOCAL_SYSTEM_NOT_SUPPORTED"),
    "profile": ("connect as an administrator and have the profile repaired, or declare another user", "profile"),
}


def linked(user: User, sentence: str, link: str) -> Deferred:
    """Return what a change waits for that a link in the profile of a person who is away stands in the way of.

    Args:
        user: the person.
        sentence: the change that is wanted.
        link: what the agent said of the link.

    """
    reason = f"{link}; it is followed only with the rights of {user.account}, while they are logged on"
    return Deferred(sentence, "user logon", f"{reason} (or put a plain file in its place)")


def reach(laptop: Laptop, sentence: str = "") -> Deferred | Failure | None:
    """Return None where the user can be asked now; else what a change of theirs waits for, or why it is impossible.

    A session of their own is needed, since WSL answers each user about their own distributions only and refuses LocalSystem
    (src/windows/service/exe/LxssUserSessionFactory.cpp).

    Args:
        laptop: the laptop as it is.
        sentence: the change that is wanted.

    """
    user, nobody = laptop.user, laptop.nobody
    if user is not None:
        return None if user.within_reach else Deferred(sentence, "user logon", f"{user.account} is logged off")
    nobody = nobody or _nobody(laptop)
    if nobody.why in _WAITS:
        return Deferred(sentence, "user logon", nobody.reason + _WAITS[nobody.why])
    remedy, code = _REMEDIES[nobody.why]
    if nobody.why == "no_profile" and laptop.target.user is None:
        remedy = "declare whose WSL is meant: user: console, or an account's name"
    return Failure(nobody.reason, remedy, code)


def _nobody(laptop: Laptop) -> Nobody:
    wanted = laptop.target.user
    if wanted == CONSOLE:
        return Nobody("away", "nobody is at the screen")
    who = wanted or f"the account as which we are connected, {laptop.windows.account},"
    return Nobody("no_profile", f"{who} has no profile on this laptop")
