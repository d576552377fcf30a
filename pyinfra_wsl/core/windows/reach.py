"""Whether something can be done as the person whose WSL is meant; every resource of a user asks here."""

from __future__ import annotations

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.machine import CONSOLE
from pyinfra_wsl.core.windows.user import User


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
    user, wanted = laptop.user, laptop.target.user
    if user is not None:
        return None if user.within_reach else Deferred(sentence, "user logon", f"{user.account} is logged off")
    if wanted == CONSOLE:
        return Deferred(sentence, "user logon", "nobody is at the screen")
    if wanted is None:
        return Failure(
            f"the account as which we are connected, {laptop.windows.account}, has no profile on this laptop",
            "declare whose WSL is meant: user: console, or an account's name",
            "no_profile",
        )
    return Failure(
        f"{wanted} has no profile on this laptop", "correct the name, or let that person log on there once", "no_profile"
    )
