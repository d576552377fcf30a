r"""Where the distributions of one laptop and their exports would get into each other's way, as far as a declaration tells.

To unregister one deletes its disk and the folders ``rootfs`` and ``temp`` in its own with all in them, whatever it is; its folder
goes only where it is empty then (``_DeleteDistributionLockHeld`` of src/windows/service/exe/LxssUserSession.cpp).
"""

from __future__ import annotations

import ntpath
from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra_wsl.core.problem import Problem
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.windows.path import above, is_within, normal

GOES = ("rootfs", "temp")
"""What is deleted in the folder of a distribution that is unregistered, with all in it."""
_LOCAL = "%localappdata%"


def goes_with(path: str, folder: str) -> bool:
    """Whether a path lies in what is deleted in a distribution's folder when it is unregistered, whatever it is."""
    return any(is_within(path, f"{folder}\\{one}") for one in GOES)


def check(distros: Mapping[str, Values]) -> Iterator[Problem]:
    """Yield the places of a host's distributions that are declared twice, or lie in one another."""
    folders, exports = _Taken("the location"), _Taken("the export")
    for name, distro in distros.items():
        absent = distro.get("state") == "absent"
        if folder := "" if absent else _one(distro.get("location") or rf"{_LOCAL}\wsl\{name}"):
            yield from folders.take(name, "location", folder)
        # One that is to go is exported into the folder of its export_to, under a name of its own.
        if not absent and (target := _one(distro.get("export_to"))):
            yield from exports.take(name, "export_to", target)
    yield from _between(distros, folders, exports)


def _between(distros: Mapping[str, Values], folders: _Taken, exports: _Taken) -> Iterator[Problem]:
    for folder, name in folders.of.items():
        at = ("wsl_distros", name, "location")
        if (other := exports.over(folder)) is not None:
            yield Problem(at, f"lies in {folders.whose(name, other)} export_to, which is a file", "declare another location")
        doomed = (one for one in (*above(folder), folder) if ntpath.basename(one) in GOES)
        owner = next((folders.of[over] for over in map(ntpath.dirname, doomed) if over in folders.of), None)
        if owner is not None:
            yield Problem(at, f"lies in what WSL deletes when {owner} is unregistered", "declare another location")
    for name, distro in distros.items():
        target = _one(distro.get("export_to"))
        if target and (owner := folders.of.get(target) or folders.over(target)) is not None:
            message = f"lies in {folders.whose(name, owner)} location, and an export belongs outside of what it may go with"
            yield Problem(("wsl_distros", name, "export_to"), message, "declare export_to in another folder")


class _Taken:
    """The places of one kind, each with the name of the distribution that has it."""

    def __init__(self, words: str) -> None:
        self._words = words
        self.of: dict[str, str] = {}

    def take(self, name: str, key: str, place: str) -> Iterator[Problem]:
        """Note a place; yield the problem where another one has it already."""
        first = self.of.setdefault(place, name)
        if first.casefold() != name.casefold():  # names that are the same for WSL are told of as such
            yield Problem(("wsl_distros", name, key), f"is {self._words} of {first} too", f"declare another {key}")

    def over(self, place: str) -> str | None:
        """Return whose place another one lies in."""
        return next((self.of[one] for one in above(place) if one in self.of), None)

    @staticmethod
    def whose(name: str, other: str) -> str:
        """Return whose it is, seen from one of them."""
        return "its own" if name == other else f"{other}'s"


def _one(path: Any) -> str:
    """Return a path so that the same places have the same text, as far as a declaration tells."""
    text = str(path or "").lower().replace("/", "\\")
    return (
        normal(text.replace(_LOCAL, r"%userprofile%\appdata\local").replace("%systemdrive%", "c:")).rstrip("\\") if text else ""
    )
