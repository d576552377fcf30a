"""What a laptop may have beside Windows itself: programs, WSL's service, Docker Desktop."""

from __future__ import annotations

from pyinfra_wsl.lab.machine.account import Account


class Part:
    """Something that is attached to a laptop, and is told when the laptop restarts and when somebody logs off."""

    def on_reboot(self) -> None:
        """The laptop goes down: whatever runs has ended."""

    def on_log_on(self, account: Account) -> None:
        """Somebody has logged on, and their explorer.exe runs: what starts with a session does."""

    def on_log_off(self, account: Account) -> None:
        """Somebody logs off: whatever ran in that session has ended."""
