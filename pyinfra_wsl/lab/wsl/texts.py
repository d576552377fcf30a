"""What wsl.exe says, in the languages it is translated to.

The texts in ``data/wsl-texts.json`` are Microsoft's (localization/strings/<locale>/Resources.resw of microsoft/WSL, MIT licence):
the ones that a tool meets on good days. All other texts are `PLAIN`: the lab's own wording, English everywhere. Nobody may read
either of them; the error's name is what counts, and that is never localized (src/windows/common/wslutil.cpp).
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

FALLBACK = "en-US"
"""The language of a user whose own has no exact match (src/windows/common/Localization.cpp)."""

PLAIN = {
    "DistroAlreadySet": "A distribution has already been chosen.",
    "DistroNotStopped": "The distribution is running; stop it first.",
    "ExportFailed": "Exporting the distribution failed.",
    "FileExtension": "The file must have the extension {}.",
    "InstallPathTaken": "The location is already used by another distribution.",
    "InvalidCommandLine": "Invalid command line argument: {}\nUse 'wsl.exe --help' for the arguments there are.",
    "InvalidName": "Invalid distribution name: {}",
    "InvalidNumber": "Invalid value: {}",
    "Launching": "Launching {}...",
    "MissingArgument": "The argument {} needs a value.",
    "NameNeeded": "The distribution has no default name; use --name to choose one.",
    "NotALinuxDistro": "The imported file is not a Linux distribution.",
    "PassVhdFlag": "The file is a virtual disk; pass --vhd to import it.",
    "RequiredParameter": "The command line argument {} needs a value.",
    "SparseUnsafe": "Sparse disks may lose data; pass --allow-unsafe to switch them on.",
    "TtyLimit": "There is no terminal left.",
    "TooManyWords": "{} takes no further arguments.",
    "Updating": "Updating Windows Subsystem for Linux to version: {}.",
    "UpdateFailed": "Update failed (exit code: {}).",
    "Usage": "Usage: wsl.exe [Argument] [Options...] [CommandLine]",
    "UserNotFound": "The user does not exist.",
    "VhdInfo": "Failed to create disk '{}'.",
    "Wsl1Disabled": "WSL1 is disabled by the computer policy.",
    "Wsl2Needed": "The operation needs WSL2.",
    "WslNotInstalled": "Windows Subsystem for Linux is not installed. Install it by running 'wsl.exe --install'.",
}
"""Texts in the lab's own words, by the lab's own names."""


@cache
def _tables() -> dict[str, dict[str, str]]:
    """Read Microsoft's texts once."""
    data = files("pyinfra_wsl.lab").joinpath("data", "wsl-texts.json").read_text("utf-8")
    return {locale: texts for locale, texts in json.loads(data).items() if not locale.startswith("_")}


def text(culture: str, name: str, *values: object) -> str:
    r"""Return a text with its ``{}`` filled in order, lines ended by ``\n``.

    Args:
        culture: the user's display language such as ``zh-CN``.
        name: Microsoft's name (``MessageDistroNotFound``) or one of `PLAIN`.
        values: what is filled in.

    """
    tables = _tables()
    found = tables.get(culture, tables[FALLBACK]).get(name) or tables[FALLBACK].get(name) or PLAIN[name]
    return found.format(*values)
