r"""Profiles of people: where each has their folder, and whether what is written there stays.

Read from ``ProfileList``. Its ``State`` is a sum of bits, which Microsoft documents no longer: 0x1 mandatory, 0x20 the cached
copy is deleted, 0x80 the Guest's, 0x800 temporary (ITPro Today, "What is the meaning of the State value"). Where Windows cannot
load a profile it renames the key to ``SID.bak`` and logs the person on with ``C:\Users\TEMP``, which it deletes at logoff
(dorssel/usbipd-win #445).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.windows.account_names import is_person, value

Why = Literal["temporary", "aside", "mandatory", "deleted", "unread"]
_MANDATORY, _DELETED, _TEMPORARY = 0x1, 0x20 | 0x80, 0x800
_BACKUP = ".bak"
_TEMP = re.compile(r"temp(\.[^\\]+)?", re.IGNORECASE)
_PLACE = re.compile(r"[A-Za-z]:(\\[^\\/:*?\"<>|%\x00-\x1f]+)+")
_VARIABLE = re.compile(r"%([^%\\]+)%")


@dataclass(frozen=True, slots=True)
class Unfit:
    """A profile into which nothing may be written.

    Args:
        why: ``temporary``; ``aside`` where only the key is left that Windows has put aside; ``mandatory``; ``deleted`` at logoff;
            ``unread`` where it is not known where it is.
        folder: where it is, as far as it is known.

    """

    why: Why
    folder: str = ""


def read(answer: Answer, system_root: str) -> tuple[dict[str, str], dict[str, Unfit]]:
    """Return the profile folders by SID, and by SID the profiles into which nothing may be written.

    Args:
        answer: to ``ProfileList`` with its keys.
        system_root: the laptop's ``%SystemRoot%``; Windows writes variables into paths of profiles.

    """
    keys = answer.value.get("keys") if answer.ok else None
    named = {name.upper(): key for name, key in keys.items() if isinstance(key, dict)} if isinstance(keys, dict) else {}
    fit: dict[str, str] = {}
    unfit: dict[str, Unfit] = {}
    for sid in sorted({name.removesuffix(_BACKUP.upper()) for name in named}):
        if is_person(sid):
            found = _profile(named.get(sid), named.get(sid + _BACKUP.upper()), system_root)
            if isinstance(found, Unfit):
                unfit[sid] = found
            elif found:
                fit[sid] = found
    return fit, unfit


def _profile(key: Mapping[str, Any] | None, backup: Mapping[str, Any] | None, system_root: str) -> str | Unfit | None:
    written = value(key, "ProfileImagePath")
    if key is None or (written is None and "error" not in key):
        return None if backup is None else Unfit("aside", folder(value(backup, "ProfileImagePath"), system_root) or "")
    place, state = folder(written, system_root), value(key, "State")
    known = isinstance(state, int)
    bits: int = state if isinstance(state, int) else 0
    # By its name alone it may be the profile of an account that is called temp.
    called = place is not None and _TEMP.fullmatch(place.rpartition("\\")[2]) is not None
    if bits & _TEMPORARY or (called and (backup is not None or not known)):
        return Unfit("temporary", place or "")
    if place is None:
        return Unfit("unread", written if isinstance(written, str) else "")
    if bits & _MANDATORY:
        return Unfit("mandatory", place)
    return Unfit("deleted", place) if bits & _DELETED else place


def folder(written: Any, system_root: str) -> str | None:
    r"""Return a profile folder as a plain path, such as ``C:\Users\alice``; None for what is none.

    Args:
        written: ``ProfileImagePath``: with variables, a backslash at its end, in any case.
        system_root: the laptop's ``%SystemRoot%``.

    """
    if not isinstance(written, str):
        return None
    variables = {"systemroot": system_root, "windir": system_root, "systemdrive": system_root[:2]}
    path = _VARIABLE.sub(lambda match: variables.get(match[1].lower(), match[0]), written)
    plain = re.sub(r"\\{2,}", r"\\", path.replace("/", "\\")).rstrip("\\")
    parts = plain.split("\\")
    if not _PLACE.fullmatch(plain) or any(part in (".", "..") or part != part.rstrip(" .") for part in parts[1:]):
        return None
    return plain
