r"""The registry of a simulated laptop: case-insensitive, case-preserving, with rights.

A path begins with a hive: ``HKLM``, ``HKU`` or ``HKCR``, or their long names. ``HKCU`` belongs to whoever asks: `rooted` turns it
into ``HKU\<SID>``. The data of a value has the type of its kind, .NET's word for it: str for String and ExpandString, int for
DWord and QWord, list of str for MultiString, bytes for Binary and None. (Microsoft: "Registry value types", RegistryValueKind.)
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pyinfra_wsl.lab.machine.account import Account, Token

HIVES = {
    "HKEY_LOCAL_MACHINE": "HKLM",
    "HKEY_CURRENT_USER": "HKCU",
    "HKEY_USERS": "HKU",
    "HKEY_CLASSES_ROOT": "HKCR",
}
LONG_NAMES = {short: long for long, short in HIVES.items()}
KINDS = ("String", "ExpandString", "Binary", "DWord", "MultiString", "QWord", "None")


class RegistryDeniedError(Exception):
    """The token may not do that to this key."""


@dataclass(slots=True)
class _Key:
    name: str
    values: dict[str, tuple[str, str, Any]] = field(default_factory=dict)
    keys: dict[str, _Key] = field(default_factory=dict)
    volatile: bool = False


def split(path: str) -> tuple[str, list[str]]:
    r"""Split ``HKLM\a\b`` into the hive's short name and the names below it; raises KeyError for no such hive."""
    hive, names = _split(path)
    return hive, list(names)


@lru_cache(maxsize=1024)
def _split(path: str) -> tuple[str, tuple[str, ...]]:
    hive, *rest = [part for part in path.split("\\") if part]
    short = HIVES.get(hive.upper(), hive.upper())
    if short not in LONG_NAMES:
        raise KeyError(hive)
    return short, tuple(rest)


def rooted(path: str, account: Account) -> str:
    r"""Return the path with ``HKCU`` resolved to the account's own ``HKU\<SID>``."""
    hive, rest = split(path)
    return "\\".join(["HKU", account.sid, *rest] if hive == "HKCU" else [hive, *rest])


class Registry:
    """All hives of one laptop. `by` is the token that asks; None is Windows itself, which may do everything."""

    def __init__(self) -> None:
        """Begin with empty hives."""
        self._root = _Key("")
        self.loaded: set[str] = set()
        """SIDs (upper case) whose hive is loaded; the others are invisible to every token, as in Windows."""
        self.files: dict[str, str] = {}
        """By its name (upper case) the file of which each hive was loaded that `mount` has."""
        self.in_use: dict[str, int] = {}
        """By its name (upper case) how many keys in a hive somebody has open, which keeps it from being unloaded."""

    def exists(self, path: str, by: Token | None = None) -> bool:
        """Whether the key is there and its hive is loaded."""
        return self._find(path, by) is not None

    def keys(self, path: str, by: Token | None = None) -> list[str]:
        """Return the names of the subkeys, sorted as RegEnumKeyEx of a hive gives them; empty where there is no key."""
        key = self._find(path, by)
        if key is None:
            return []
        names = [child.name for child in key.keys.values()]
        if by is not None and split(path) == ("HKU", []):
            names = [name for name in names if name.upper() in self.loaded]
        return sorted(names, key=str.upper)

    def values(self, path: str, by: Token | None = None) -> dict[str, tuple[str, Any]]:
        """Return name → (kind, data), in the order of writing; the default value's name is ``""``."""
        key = self._find(path, by)
        return {name: (kind, data) for name, kind, data in key.values.values()} if key else {}

    def get(self, path: str, name: str, default: Any = None) -> Any:
        """Return the data of one value, or `default`."""
        key = self._find(path, None)
        return key.values[name.lower()][2] if key and name.lower() in key.values else default

    def create(self, path: str, by: Token | None = None, *, volatile: bool = False) -> None:
        """Make a key and the keys above it; a volatile one is gone after the next boot."""
        self._check(path, by)
        hive, names = split(path)
        key = self._root.keys.setdefault(hive.lower(), _Key(hive))
        for name in names:
            key = key.keys.setdefault(name.lower(), _Key(name, volatile=volatile))

    def set(self, path: str, name: str, kind: str, data: Any, by: Token | None = None) -> None:
        """Write a value, and the key if it is missing."""
        if kind not in KINDS:
            raise ValueError(kind)
        self.create(path, by)
        key = self._find(path, None)
        assert key is not None  # noqa: S101 - made one line above
        key.values[name.lower()] = (key.values.get(name.lower(), (name,))[0], kind, data)

    def remove_value(self, path: str, name: str, by: Token | None = None) -> bool:
        """Remove a value; returns whether there was one."""
        key = self._find(path, by)
        if key is None:
            return False
        self._check(path, by)
        return key.values.pop(name.lower(), None) is not None

    def remove_tree(self, path: str, by: Token | None = None) -> bool:
        """Remove a key and all below it; returns whether there was one."""
        if self._find(path, by) is None:
            return False
        self._check(path, by)
        parent, _, name = path.rpartition("\\")
        above = self._find(parent, None)
        return above is not None and above.keys.pop(name.lower(), None) is not None

    def walk(self, path: str, by: Token | None = None) -> Iterator[str]:
        """Yield the path and those of all keys below it, parents first."""
        yield path
        for name in self.keys(path, by):
            yield from self.walk(f"{path}\\{name}", by)

    def mount(self, name: str, sid: str) -> bool:
        """Show what somebody's hive holds under another name too, as a copy; whether the name was free."""
        own = self._find(rf"HKU\{sid}", None)
        if own is None or self.exists(rf"HKU\{name}"):
            return False
        self._root.keys["hku"].keys[name.lower()] = _Key(name, deepcopy(own.values), deepcopy(own.keys), volatile=True)
        self.loaded.add(name.upper())
        return True

    def unmount(self, name: str) -> None:
        """Show it no more."""
        self.loaded.discard(name.upper())
        self.remove_tree(rf"HKU\{name}")

    def drop_volatile(self) -> None:
        """Forget what does not outlive a boot."""
        for name in list(self.files):
            self.unmount(name)
        self.files, self.in_use = {}, {}
        _drop_volatile(self._root)

    def _find(self, path: str, by: Token | None) -> _Key | None:
        hive, names = split(path)
        if by is not None and hive == "HKU" and names:
            if names[0].upper() not in self.loaded:
                return None
            self._check_read(names[0], by)
        key = self._root.keys.get(hive.lower())
        for name in names:
            key = key.keys.get(name.lower()) if key else None
        return key

    def _check_read(self, sid: str, by: Token) -> None:
        if not by.administrator and sid.upper() != by.account.sid.upper():
            raise RegistryDeniedError(sid)

    def _check(self, path: str, by: Token | None) -> None:
        """Only administrators write to the machine's hives; a user owns their own, save the policies in it."""
        if by is None:
            return
        hive, names = split(path)
        if hive == "HKU" and (not names or names[0].upper() not in self.loaded):
            raise RegistryDeniedError(path)
        policies = [name.lower() for name in names[1:3]] == ["software", "policies"]
        own = hive == "HKU" and names[0].upper() == by.account.sid.upper() and not policies
        if not by.administrator and not own:
            raise RegistryDeniedError(path)


def _drop_volatile(key: _Key) -> None:
    key.keys = {name: child for name, child in key.keys.items() if not child.volatile}
    for child in key.keys.values():
        _drop_volatile(child)
