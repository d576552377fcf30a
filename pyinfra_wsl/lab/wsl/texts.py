"""What wsl.exe says: by release, in the languages it is translated to.

The texts in ``data/wsl-texts.json`` are Microsoft's (localization/strings/<locale>/Resources.resw of microsoft/WSL, MIT licence),
from each release with public source, made by ``scripts/wsl_texts.py``. What was before 2.5.9, the first of them, says the same as
that one: believed, not known. Nobody may read a text; the error's name is what counts, and that is never localized.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from pyinfra_wsl.lab.machine import text as windows_texts
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.wsl.registration import PACKAGE_KEY

FALLBACK = "en-US"
"""The language of a user whose own has no exact match (src/windows/common/Localization.cpp)."""

PLAIN = {"WslNotInstalled": "Windows Subsystem for Linux is not installed. Install it by running 'wsl.exe --install'."}
"""What the stub in System32 says, which is part of Windows: the lab's own words, English everywhere."""

Release = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tongue:
    """In which language and as which release a wsl.exe speaks.

    Args:
        culture: the user's display language such as ``zh-CN``.
        release: the package's numbers, ``()`` for the WSL that is part of Windows.

    """

    culture: str
    release: Release

    @classmethod
    def of(cls, machine: Machine) -> Tongue:
        """Return that of the laptop's installed WSL."""
        return cls(machine.culture, installed(machine))

    def text(self, name: str, *values: object) -> str:
        r"""Return a text with its ``{}`` filled in order, lines ended by ``\n``.

        Args:
            name: Microsoft's name (``MessageDistroNotFound``) or one of `PLAIN`.
            values: what is filled in.

        Raises:
            LookupError: this release does not have the text, which is a fault of the lab.

        """
        tables = _data()["texts"]
        told = tables.get(self.culture, tables[FALLBACK]).get(name) or tables[FALLBACK].get(name)
        words = PLAIN.get(name, "") if told is None else _since(told, self.release)
        if not words:
            raise LookupError(f"WSL {self.release} has no text {name}")
        return words.format(*values)

    def system(self, code: int) -> str:
        """Return Windows' text of an error; FormatMessage turns its line end into a space (GetSystemErrorString, wslutil.cpp)."""
        try:
            return windows_texts.message(self.culture, code) + " "
        except LookupError:
            return f"Error: 0x{code:x}"  # what is said where Windows has no text, as for WSL's own codes

    def has(self, name: str) -> bool:
        """Whether this release has a text."""
        return bool(_since(_data()["texts"][FALLBACK][name], self.release))

    def names(self, error: str) -> bool:
        """Whether this release prints an error's name; the others print its number."""
        since = _data()["names"].get(error)
        return since is not None and numbers(since) <= (self.release or (0,))


def installed(machine: Machine) -> Release:
    """Return the numbers of the laptop's WSL package, ``()`` without one."""
    return numbers(str(machine.registry.get(PACKAGE_KEY, "Version", "")))


def numbers(version: str) -> Release:
    """Return the numbers of ``2.6.1.0``, ``()`` of an empty text."""
    return tuple(int(part) for part in version.split(".")) if version else ()


def _since(told: list[list[str]], release: Release) -> str:
    """Return the wording of a release: the last one that is not newer."""
    return next((words for since, words in reversed(told) if numbers(since) <= release), "")


@cache
def _data() -> dict[str, Any]:
    """Read Microsoft's texts once."""
    data: dict[str, Any] = json.loads(files("pyinfra_wsl.lab").joinpath("data", "wsl-texts.json").read_text("utf-8"))
    return data
