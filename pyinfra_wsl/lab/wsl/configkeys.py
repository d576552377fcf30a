"""Which keys of ``.wslconfig`` and ``/etc/wsl.conf`` a release knows, and what it says about the values of a file.

The tables are made by ``scripts/wsl_keys.py`` from the history of WSL; what was before its first public source counts as that.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from pyinfra_wsl.lab.wsl import told, values
from pyinfra_wsl.lab.wsl.configfile import Complaint, ConfigFile, Setting
from pyinfra_wsl.lab.wsl.errors import WslError
from pyinfra_wsl.lab.wsl.texts import Release, Tongue, numbers

WINDOWS, LINUX = "wslconfig-keys.json", "wslconf-keys.json"
Say = Callable[[str], None]


@cache
def _data(table: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(files("pyinfra_wsl.lab").joinpath("data", table).read_text("utf-8"))
    return data


@cache
def _keys(table: str) -> dict[str, dict[str, Any]]:
    """Return the keys by lower-case name; `slot` is the setting that aliases share."""
    return {name.lower(): {"slot": name, **key} for name, key in _data(table).items() if not name.startswith("_")}


def quote(release: Release) -> str:
    """Return what a release says it expects where a closing quote is missing."""
    told_so = _data(WINDOWS)["_quote"]
    return next((str(words) for since, words in reversed(told_so) if numbers(since) <= release), str(told_so[0][1]))


@dataclass
class Reading:
    """One reading of a file, in its order.

    Args:
        tongue: the release and the language of the warnings.
        table: `WINDOWS` or `LINUX`.
        path: the file, as it is told.
        say: what becomes of a warning.
        accepted: the values, by lower-case name of the setting.

    """

    tongue: Tongue
    table: str
    path: str
    say: Say = told.warn
    accepted: dict[str, Any] = field(default_factory=dict)
    _first: dict[str, Setting] = field(default_factory=dict)

    def take(self, file: ConfigFile) -> dict[str, Any]:
        """Go through a file.

        Raises:
            WslError: ``E_INVALIDARG`` for a bad ``macAddress``, the one fatal value.

        """
        for entry in file.entries:
            if isinstance(entry, Complaint):
                self._warn(entry.text, entry.line, *entry.values)
            else:
                self._setting(entry)
        return self.accepted

    def _warn(self, text: str, line: int, *filled: str, after: tuple[object, ...] = ()) -> None:
        self.say(self.tongue.text(text, *filled, self.path, line, *after))

    def _shown(self, value: str) -> str:
        """Return the text that is made of a value's bytes, which are taken for UTF-8 (MultiByteToWide, stringshared.h)."""
        letters = value.encode("latin-1") if self.table == WINDOWS else value.encode("utf-8", "surrogateescape")
        return letters.decode("utf-8", "replace")

    def _setting(self, entry: Setting) -> None:
        key = _keys(self.table).get(entry.name.lower())
        if key is None or numbers(key.get("since", "")) > (self.tongue.release or (0,)):
            return self._warn("MessageConfigUnknownKey", entry.line, entry.name)
        slot = key["slot"].lower()
        first = self._first.setdefault(slot, entry)  # the first line wins, even with an invalid value
        if first is not entry:
            other = (first.name, self.path, first.line)
            return self._warn("MessageConfigKeyDuplicated", entry.line, entry.name, after=other)
        return self._value(entry, key, slot)

    def _value(self, entry: Setting, key: dict[str, Any], slot: str) -> None:
        if key["type"] == "ports":
            self.accepted[slot] = self._ports(entry)
            return
        parsed = self._parsed(entry, key)
        if parsed is not None:
            self.accepted[slot] = parsed
        if slot.endswith(".dnstunnelingipaddress") and parsed is None:
            self.accepted["wsl2.dnstunneling"] = False  # until a later line says otherwise (parseDnsTunnelingIp)

    def _parsed(self, entry: Setting, key: dict[str, Any]) -> Any:
        """Return a value as WSL reads it, None where it is invalid, which is said."""
        kind, value = key["type"], entry.value
        parsed: Any = self._shown(value) if kind == "path" else value
        text = ""
        if kind == "bool":
            parsed, text = values.boolean(value), "MessageConfigInvalidBoolean"
        elif kind == "int":
            parsed, text = values.integer(value, saturates=self.table == WINDOWS), "MessageConfigInvalidInteger"
        elif kind == "size":
            parsed, text = values.size(value), "MessageInvalidNumberString"
        elif kind == "ipv4":
            parsed, text = value if values.is_ipv4(value) else None, "MessageConfigInvalidIp"
        elif kind == "enum":
            return self._word(entry, key)
        elif kind == "mac" and not values.is_mac(value):
            filled = (self._shown(value), entry.name, self.path, entry.line)
            raise WslError("E_INVALIDARG", "ParseConfig", says=[("MessageConfigMacAddress", *filled)])
        if parsed is None:
            self._warn(text, entry.line, self._shown(value), entry.name)
        return parsed

    def _word(self, entry: Setting, key: dict[str, Any]) -> str | None:
        words = [word for word, since in key["words"].items() if numbers(since) <= (self.tongue.release or (0,))]
        found = next((word.lower() for word in words if word.lower() == entry.value.lower()), None)
        if found is None:
            self._warn("MessageConfigInvalidEnum", entry.line, self._shown(entry.value), entry.name, after=(", ".join(words),))
        return found

    def _ports(self, entry: Setting) -> frozenset[int]:
        """Read a list of ports; each bad one is told of, with the whole value (parseIgnoredPorts, WslCoreConfig.cpp)."""
        found = [values.port(part) for part in entry.value.split(",") if part]
        for _ in range(found.count(None)):
            self._warn("MessageConfigInvalidInteger", entry.line, self._shown(entry.value), entry.name)
        return frozenset(one for one in found if one is not None)
