"""Room on a laptop's drives: what is needed, by whom and where, against what is free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.windows.machine import Windows
from pyinfra_wsl.core.windows.outlook import DRIVE, SPACE

LEAST_FREE = 200 << 20
"""Bytes below which Windows warns of a drive that is nearly full (Microsoft, "Low Disk Space notifications"). Servicing that
runs out of room can leave a Windows that does not start, so features are not changed there, and no restart completes a change."""


@dataclass(frozen=True, slots=True)
class Need:
    """So many bytes on a drive.

    Args:
        drive: which one, such as ``C:``.
        size: bytes: at least so many.
        whom: for whom: ``the archive of Ubuntu in C:\\…``.
        most: whether it may be less, as of what nobody can look into.

    """

    drive: str
    size: int
    whom: str
    most: bool = False


def lack(windows: Windows, needs: Sequence[Need]) -> Failure | None:
    """Return the failure of what does not fit on a drive, or has none; None where all fits, or nothing is known of the drives.

    Args:
        windows: the laptop.
        needs: all that is needed at the same time; what is there for the first ones counts as taken for the later ones.

    """
    for drive in dict.fromkeys(need.drive.upper() for need in needs):
        here = [need for need in needs if need.drive.upper() == drive]
        if windows.drives is not None and drive not in windows.drives:
            there = ", ".join(sorted(windows.drives))
            cause = f"this laptop has no drive {drive} for {here[-1].whom}; it has {there}"
            return Failure(cause, "declare a location on a drive that is there, or connect that drive, then run again", DRIVE)
        free, needed = (windows.drives or {}).get(drive), sum(need.size for need in here)
        if free is not None and free < needed:
            listed = ", ".join(f"{said(need.size)} for {need.whom}" for need in here)
            bound = "up to" if any(need.most for need in here) else "at least"
            cause = f"drive {drive} is too full: it has {said(free)} free, and {bound} {said(needed)} are needed on it: {listed}"
            return Failure(cause, f"free {bound} {said(needed - free)} on drive {drive}, then run again", SPACE)
    return None


def said(size: int) -> str:
    """Say a number of bytes: ``35505 bytes``, ``20.0 MB``."""
    if size < 1 << 20:
        return f"{size} bytes"
    return f"{size / (1 << 20):.1f} MB" if size < 10 << 30 else f"{size / (1 << 30):.1f} GB"
