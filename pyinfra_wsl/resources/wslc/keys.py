"""The settings of ``wslc``: their places in its file, and what it makes of a value.

Source: src/windows/common/WSLCUserSettings.h and WSLCUserSettings.cpp of microsoft/WSL. It is for testing still: names and
defaults may change.
"""

from __future__ import annotations

from typing import Any

from pyinfra_wsl.core.formats import size

SIZES = frozenset({"session.memorySize", "session.maxStorageSize"})
NUMBERS = frozenset({"session.cpuCount", "session.idleTimeout"})
SWITCHES = frozenset({"session.dnsTunneling"})
TEXTS = frozenset(
    {
        "session.networkingMode", "session.hostFileShareMode", "session.hostLoopback", "session.defaultBindingAddress",
        "session.storagePath", "credentialStore", "experimental.portRelay",
    }
)  # fmt: skip
KEYS = SIZES | NUMBERS | SWITCHES | TEXTS
DEFAULT = "default"
"""What stands for the built-in value, as if there were no line."""
_TRUE, _FALSE = {"true", "yes", "on", "y"}, {"false", "no", "off", "n"}  # as yaml-cpp reads a truth value
_MIB = 1 << 20


def meant(name: str, text: str | None) -> Any:
    """Return what a value means for ``wslc``: the same for texts that mean the same; None for the default.

    Args:
        name: the key, with a dot.
        text: its value as it stands there; None where it does not.

    """
    if text is None or text in (DEFAULT, "", "~", "null"):
        return None
    if name in SIZES:
        found = size.stored(text)
        return text if found is None else found // _MIB
    if name in NUMBERS:
        return int(text) if text.isdecimal() else text
    if name in SWITCHES:
        return text.lower() in _TRUE if text.lower() in _TRUE | _FALSE else text
    return text


def written(value: Any) -> str:
    """Return a declared value as it is written."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
