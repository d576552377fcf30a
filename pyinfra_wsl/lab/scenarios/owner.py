"""Whose WSL a fleet file means."""

from __future__ import annotations

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine


def owner(machine: Machine, declared: Values) -> Account:
    """Return the account that the fleet file names, or who is at the screen."""
    wanted = str(declared.get("user", "console")).lower()
    people = [account for account in machine.accounts.values() if account.domain != machine.name.upper()]
    named = [account for account in people if wanted in (account.name.lower(), account.full_name.lower())]
    return (named or people)[0]
