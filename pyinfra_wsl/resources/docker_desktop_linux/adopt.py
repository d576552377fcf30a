"""How Docker Desktop on a Linux host is declared, so that a run changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra_wsl.core.adopted import Adopted, hindrances
from pyinfra_wsl.core.formats import docker_keys
from pyinfra_wsl.core.linux.packages import release
from pyinfra_wsl.core.plan import Plan
from pyinfra_wsl.resources.docker_desktop_linux.plan import Want, plan
from pyinfra_wsl.resources.docker_desktop_linux.state import State

_KEY = "docker_desktop_linux"
_KINDS = ("bool", "int", "text", "texts")
_OWN = ("LicenseTermsVersion", "DataFolder", "ProxyHTTPMode")
"""Settings that are a person's consent, of this host alone, or mean nothing without others."""


def asks(state: State) -> Mapping[str, Any]:
    """Return what a second look asks: for the one person whose it is; where there are several, a person has to choose."""
    people = list(dict.fromkeys([*state.running, *state.people]))
    return {"user": people[0]} if "docker-desktop" in state.packages and len(people) == 1 else {}


def adopt(state: State) -> Iterator[Adopted]:
    """Yield what is there: the person, whether it starts with their session, and the documented ones of their settings."""
    if "docker-desktop" not in state.packages:
        return
    have = release(state.packages["docker-desktop"])
    if state.account is None or not state.account.name:
        people = ", ".join(dict.fromkeys([*state.running, *state.people]))
        whose = f"it is used by {people}" if people else "nobody has used it yet"
        yield Adopted((_KEY,), note=f"Docker Desktop {have} is installed, and {whose}; declare user, and its package")
        return
    declared: dict[str, Any] = {"user": state.account.name}
    if state.enabled:
        declared["autostart"] = True
    if settings := dict(_settings(state)):
        declared["settings"] = settings
    made = hindrances(plan(Want.of({_KEY: declared}), state, Plan()))
    if made:
        yield Adopted((_KEY,), note=f"Docker Desktop {have} is installed, and is not declared: {made[0]}")
        return
    yield from (Adopted((_KEY, name), value) for name, value in declared.items())
    note = f"Docker Desktop {have} is installed; with source and sha256 it can be brought to others"
    yield Adopted((_KEY, "package"), note=note)


def _settings(state: State) -> Iterator[tuple[str, Any]]:
    """Yield the documented settings that somebody has set to what is not the program's own choice."""
    for key in docker_keys.TABLE:
        value = (state.settings or {}).get(key.name)
        own = key.name in _OWN or key.ours or key.elsewhere or key.kind not in _KINDS
        if value is not None and not own and key.takes(value) and value != key.default:
            yield key.name, value
