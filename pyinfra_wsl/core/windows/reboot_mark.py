r"""What we remember on a laptop about restarts, below ``HKLM\SOFTWARE\pyinfra-wsl\Restart``.

Windows does not say that a boot setting was changed since it started. So a step whose change works only after a restart notes in
which boot it was made: as long as the laptop runs in that boot, the restart is still to come. The last restart of ours is noted
with its reasons, so that one which did not help is not tried for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Call

KEY = r"HKLM\SOFTWARE\pyinfra-wsl\Restart"
BEFORE = "Before"
REASONS = "Reasons"

Mark = Literal["hypervisor", "memory integrity", "package", "docker"]
MARKS: dict[Mark, str] = {
    "hypervisor": "hypervisorlaunchtype was changed since Windows started",
    "memory integrity": "memory integrity was changed since Windows started",
    "package": "Windows Installer wants a restart to complete the WSL package",
    "docker": "Windows Installer wants a restart to complete Docker Desktop",
}
"""Changes that are marked, and what is said of them."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a restart is pending.

    Args:
        kind: one or two words for it.
        sentence: what it is.
        ours: whether something that WSL needs waits for it.

    """

    kind: str
    sentence: str
    ours: bool


def mark(what: Mark, booted: str) -> Call:
    """Return the call that notes a change which works only after a restart.

    Args:
        what: the change.
        booted: when the laptop started, as `Windows.booted` has it.

    """
    return call.registry_write(KEY, what, "String", booted)


def unmark(what: Mark) -> Call:
    """Return the call that takes a note back: the change was not made."""
    return call.registry_remove(KEY, what)


def restarting(booted: str, reasons: Sequence[str]) -> list[Call]:
    """Return the calls that note a restart of ours: in which boot it was ordered, and for which kinds of reasons."""
    return [
        call.registry_write(KEY, BEFORE, "String", booted),
        call.registry_write(KEY, REASONS, "MultiString", list(reasons)),
    ]


def not_restarting() -> list[Call]:
    """Return the calls that take the note of a restart back: none was ordered."""
    return [call.registry_remove(KEY, BEFORE), call.registry_remove(KEY, REASONS)]
