r"""Docker Desktop's settings file: read as it is found, merged so that all else in it stays.

``%APPDATA%\Docker\settings-store.json`` since 4.35 holds what differs from the defaults, with keys in PascalCase; before,
``settings.json`` held everything in camelCase (Docker's release notes 4.35; settings.md). A byte order mark is refused, an empty
file or half of one gives "parsing JSON: EOF" (docker/for-win issues 13253, 13186), and a loss of power can leave nothing but NUL
bytes: Docker Desktop begins none of these anew, and neither do we. Docker itself reads keys in any case, as its users' examples
show; that the last of two spellings counts is how Go's encoding/json does it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pyinfra_wsl.core import heard
from pyinfra_wsl.core.formats import docker_keys, json_layout, json_value

Generation = Literal["store", "legacy"]

FILES: Mapping[Generation, str] = {"store": "settings-store.json", "legacy": "settings.json"}
FIRST_STORE = (4, 35)

INTEGRATED = "IntegratedWslDistros"
DEFAULT_DISTRO = "EnableIntegrationWithDefaultWslDistro"
WSL_ENGINE = "WslEngineEnabled"
WINDOWS = "UseWindowsContainers"

_BOM = b"\xef\xbb\xbf"
_KINDS: tuple[tuple[Any, str], ...] = (
    (bool, "true or false"), (str, "a text"), (int | float, "a number"), (list, "a list"), (dict, "an object"), (object, "null"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """A file as it was read.

    Args:
        values: its keys and values; None where they cannot be read.
        problem: what is wrong with the file, in a sentence; empty for nothing.

    """

    values: Mapping[str, Any] | None
    problem: str = ""

    def spellings(self, key: str) -> list[str]:
        """Return the spellings of a key that the file has, in the file's order."""
        wanted = key.lower()
        return [name for name in self.values or () if name.lower() == wanted]

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
        return Settings(None, "holds nothing but NUL bytes, as a loss of power leaves it" if b"\0" in data else "is empty")
    try:
        values = heard.parse(data, twice=True)
    except heard.HeardError as error:
        return Settings(None, _damage(data, error))
    if not isinstance(values, dict):
        return Settings(None, f"is {kind(values)}, and not an object of keys and values")
    return Settings(values, "begins with a byte order mark, which Docker Desktop refuses" if data.startswith(_BOM) else "")


def kind(value: Any) -> str:
    """Return in words what a value of JSON is."""
    return next(words for types, words in _KINDS if isinstance(value, types))


def _damage(data: bytes, error: heard.HeardError) -> str:
    """Say what is wrong with a file, by the name under which people know it."""
    found, nul = error.__cause__, data.find(b"\0")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[:2].count(b"\0") == 1:
        return "is not UTF-8 but UTF-16, which Docker Desktop does not read"
    if isinstance(found, UnicodeDecodeError):
        return f"is not UTF-8 (byte {found.start})"
    if not isinstance(found, json.JSONDecodeError):
        return f"is not JSON that can be read: {error}"
    if nul >= 0:
        return f"is not JSON: NUL bytes from byte {nul} on, as a loss of power leaves them"
    place = f"in line {found.lineno}, column {found.colno}"
    if found.doc.startswith(("//", "/*", "#"), found.pos):
        return f"is not JSON: a comment {place}, which Docker Desktop does not read"
    cut = found.pos >= len(found.doc.rstrip()) or found.msg.startswith("Unterminated string")
    return f"is not JSON: {found.msg} {place}{': only a part was written' if cut else ''}"


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
        here = settings.values is not None
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
        data: the file as it is, None for none.
        changes: values by the newer generation's keys.
        generation: in whose spelling a key is written that is not there.

    Raises:
        DamagedSettingsError: the file cannot be read.

    """
    settings = parse(data)
    if settings.values is None:
        raise DamagedSettingsError(settings.problem)
    return render(merged(settings, changes, generation), data)


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


def integrated(settings: Settings) -> list[str] | None:
    """Return the distributions that are integrated beside the default one; None where nobody can say which ones are meant.

    Docker Desktop wants a list of names (release notes 4.30). A script may have made a text of a list of one, null of an empty
    one, and PowerShell an object that holds it under ``value``; what is no name at all is not guessed at.
    """
    return _names(settings.get(INTEGRATED))


def _names(value: Any) -> list[str] | None:
    if isinstance(value, dict):
        return _names(value["value"]) if "value" in value else None if value else []
    if isinstance(value, list):
        found = [_names(one) for one in value if not isinstance(one, list)]
        whole = len(found) == len(value) and None not in found
        return [name for names in found for name in names or ()] if whole else None
    return [value] if isinstance(value, str) and value else [] if value in (None, "") else None


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
    """Return the keys to change so that the wanted distributions, and with `default` the default one, are integrated or not.

    Raises:
        DamagedSettingsError: nobody can say which distributions its list means.

    """
    found = integrated(settings)
    if found is None:
        raise DamagedSettingsError(
            f"has {kind(settings.get(INTEGRATED))} as {INTEGRATED}, of which no names of distributions can be told"
        )
    listed = with_distros(found, wanted)
    changes: dict[str, Any] = {} if same_list(settings, listed) else {INTEGRATED: listed}
    if default is not None and default_integrated(settings, generation) is not default:
        changes[DEFAULT_DISTRO] = default
    return changes


def _spelled(key: str, generation: Generation) -> str:
    known = docker_keys.find(key)
    if generation == "store":
        return known.name if known else key
    return known.older if known else key[0].lower() + key[1:]


def render(values: Mapping[str, Any], data: bytes | None) -> bytes:
    """Return a file with these values: the same bytes where nothing differs, else UTF-8 without a byte order mark.

    Args:
        values: all that it is to hold; no key of the file is missing.
        data: the file as it is, which can be read; None for none.

    """
    have = parse(data)
    old = have.values or {}
    differing = {name: one for name, one in values.items() if name not in old or not json_value.same(one, old[name])}
    if data is not None and not have.problem and not differing:
        return data
    return json_layout.edit((data or b"").decode("utf-8-sig"), differing).encode()
