r"""Docker Desktop's settings file: read as it is found, merged so that all else in it stays.

``%APPDATA%\Docker\settings-store.json`` since 4.35 holds what differs from the defaults, with keys in PascalCase; before,
``settings.json`` held everything in camelCase (Docker's release notes 4.35; settings.md). A byte order mark is refused, half a
file gives "parsing JSON: EOF" (docker/for-win issue 13253), and a loss of power can leave nothing but NUL bytes. Docker itself
reads keys in any case, as its users' examples show; that the last of two spellings counts is how Go's encoding/json does it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pyinfra_wsl.core import heard
from pyinfra_wsl.core.formats import docker_keys, json_value

Generation = Literal["store", "legacy"]

FILES: Mapping[Generation, str] = {"store": "settings-store.json", "legacy": "settings.json"}
FIRST_STORE = (4, 35)

INTEGRATED = "IntegratedWslDistros"
DEFAULT_DISTRO = "EnableIntegrationWithDefaultWslDistro"
WSL_ENGINE = "WslEngineEnabled"
WINDOWS = "UseWindowsContainers"

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Settings:
    """A file as it was read.

    Args:
        values: its keys and values; None where they cannot be read.
        problem: what is wrong with the file, in a sentence; empty for nothing.
        lost: whether nothing is in it any more, so that a new one loses nothing.

    """

    values: Mapping[str, Any] | None
    problem: str = ""
    lost: bool = False

    def spellings(self, key: str) -> list[str]:
        """Return the spellings of a key that the file has, in the file's order."""
        return [name for name in self.values or {} if name.lower() == key.lower()]

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a key in any spelling, of several the last one; `default` where there is none."""
        spellings = self.spellings(key)
        return self.values[spellings[-1]] if self.values and spellings else default


class DamagedSettingsError(ValueError):
    """A file that cannot be merged with: its text says what is wrong."""


def parse(data: bytes | None) -> Settings:
    """Read a file's bytes; None is no file, which means defaults."""
    if data is None:
        return Settings({})
    if not data.strip(b"\0 \t\r\n"):
        what = "holds nothing but NUL bytes, as a loss of power leaves it" if b"\0" in data else "is empty"
        return Settings(None, what, lost=True)
    try:
        values = heard.parse(data, twice=True)
    except heard.HeardError as error:
        return Settings(None, _damage(error))
    if not isinstance(values, dict):
        return Settings(None, "is not an object of keys and values")
    return Settings(values, "begins with a byte order mark, which Docker Desktop refuses" if data.startswith(_BOM) else "")


def _damage(error: heard.HeardError) -> str:
    found = error.__cause__
    if isinstance(found, UnicodeDecodeError):
        return f"is not UTF-8 (byte {found.start})"
    if isinstance(found, json.JSONDecodeError):
        cut = found.pos >= len(found.doc.rstrip()) or found.msg.startswith("Unterminated string")
        end = ": only a part was written" if cut else ""
        return f"is not JSON: {found.msg} in line {found.lineno}, column {found.colno}{end}"
    return f"is not JSON that can be read: {error}"


def effective(settings: Settings, key: str, generation: Generation) -> Any:
    """Return what a key is: as the file says, else its default; None where nobody knows, or spellings differ.

    Args:
        settings: the file as it was read.
        key: its name of the newer generation, in any case.
        generation: which file it is; the older one holds every key.

    """
    known = docker_keys.find(key)
    found = [(settings.values or {})[name] for name in settings.spellings(key)]
    if not found:
        here = settings.values is not None or settings.lost
        return _plain(known.default) if known and here and (generation == "store" or not settings.values) else None
    return found[0] if all(json_value.same(one, found[0]) for one in found) else None


def _plain(default: Any) -> Any:
    return list(default) if isinstance(default, tuple) else default


def generation(version: tuple[int, ...] | None, *, store: bool, legacy: bool) -> Generation:
    """Return which file counts.

    A Docker Desktop that was updated and not started since has only the old one, which it still has to take over.

    Args:
        version: of the installed Docker Desktop; None while unknown.
        store: whether ``settings-store.json`` is there.
        legacy: whether ``settings.json`` is there.

    """
    if version is not None and version < FIRST_STORE:
        return "legacy"
    return "legacy" if legacy and not store else "store"


def merge(data: bytes | None, changes: Mapping[str, Any], generation: Generation) -> bytes:
    """Return the file with some keys changed: the same bytes where nothing differs, else UTF-8 without a byte order mark.

    Args:
        data: the file as it is, None for none; one in which nothing is left counts as none.
        changes: values by the newer generation's keys.
        generation: in whose spelling a key is written that is not there.

    Raises:
        DamagedSettingsError: where the file has content that cannot be read.

    """
    settings = parse(data)
    if settings.values is None and not settings.lost:
        raise DamagedSettingsError(settings.problem)
    values = merged(settings, changes, generation)
    if data is not None and not settings.problem and json_value.same(values, settings.values):
        return data
    old = (data or b"").decode("utf-8-sig", "replace") if settings.values is not None else ""
    return render(values, old)


def merged(settings: Settings, changes: Mapping[str, Any], generation: Generation) -> dict[str, Any]:
    """Return a file's values with some keys changed, under every spelling that the file has of them.

    Args:
        settings: the file as it was read.
        changes: values by the newer generation's keys.
        generation: in whose spelling a key is written that is not there.

    """
    values = dict(settings.values or {})
    for key, value in changes.items():
        for name in settings.spellings(key) or [_spelled(key, generation)]:
            values[name] = value
    return values


def integrated(settings: Settings) -> list[str]:
    """Return the distributions that are integrated beside the default one.

    A script may have made a string of a list of one, null or an object of others; Docker Desktop wants a list of names (release
    notes 4.30), and what is no name is none.
    """
    value = settings.get(INTEGRATED)
    found = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return [name for name in found if isinstance(name, str) and name]


def with_distros(listed: list[str], wanted: Mapping[str, bool]) -> list[str]:
    """Return the list with some distributions in it or out of it, under exactly these names; others stay, in their order.

    What is there twice, or is of no distribution, as in real files, is no reason for a change of its own.
    """
    lower = {name.lower() for name in listed}
    if all((name in listed) if wants else name.lower() not in lower for name, wants in wanted.items()):
        return listed
    names = {name.lower(): name for name in wanted}
    on = {name for name, wants in wanted.items() if wants}
    kept = [names.get(name.lower(), name) for name in listed if wanted.get(names.get(name.lower(), ""), True)]
    return list(dict.fromkeys([*kept, *(name for name in wanted if name in on)]))


def same_list(settings: Settings, wanted: list[str]) -> bool:
    """Whether the file has this list, as a list, under every spelling of its key; no key means an empty one."""
    spellings = settings.spellings(INTEGRATED)
    return all((settings.values or {})[name] == wanted for name in spellings) if spellings else not wanted


def default_integrated(settings: Settings, generation: Generation) -> bool | None:
    """Whether the default distribution is integrated; None where the file does not say, or says both."""
    values = [(settings.values or {})[name] for name in settings.spellings(DEFAULT_DISTRO)]
    if not values:  # the newer file leaves out what has its default
        return False if generation == "store" and settings.values is not None else None
    said = values[0]
    return said if isinstance(said, bool) and all(value is said for value in values) else None


def integration(settings: Settings, generation: Generation, wanted: Mapping[str, bool], default: bool | None) -> dict[str, Any]:
    """Return the keys to change so that the wanted distributions, and with `default` the default one, are integrated or not."""
    listed = with_distros(integrated(settings), wanted)
    changes: dict[str, Any] = {} if same_list(settings, listed) else {INTEGRATED: listed}
    if default is not None and default_integrated(settings, generation) is not default:
        changes[DEFAULT_DISTRO] = default
    return changes


def _spelled(key: str, generation: Generation) -> str:
    known = docker_keys.find(key)
    if generation == "store":
        return known.name if known else key
    return known.older if known else key[0].lower() + key[1:]


def render(values: Mapping[str, Any], old: str) -> bytes:
    """Return values as JSON in the layout of the old text: its indent, its line ends, its last newline."""
    layout = re.match(r"\s*\{(?:\r?\n([ \t]+))?", old)
    indent = layout[1] if layout and old.strip() != "{}" else "  "
    separators = None if indent else (",", ":")
    text = json_value.text(values, indent=indent, separators=separators) + ("\n" if old.endswith("\n") else "")
    return text.replace("\n", "\r\n" if "\r\n" in old else "\n").encode()
