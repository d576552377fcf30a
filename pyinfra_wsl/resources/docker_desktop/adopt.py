"""How Docker Desktop is declared, so that a run changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyinfra_wsl.core.adopted import Adopted, hindrances, kept
from pyinfra_wsl.core.formats import docker_keys
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.resources.docker_desktop import rules, setup
from pyinfra_wsl.resources.docker_desktop.rules import KEY
from pyinfra_wsl.resources.docker_desktop.state import State
from pyinfra_wsl.resources.docker_desktop.want import Want

_KINDS = ("bool", "int", "text", "texts")
_SEEN = ("DataFolder", "ProxyHTTPMode")
"""Settings that are of this laptop alone, or mean nothing without others."""


def adopt(laptop: Laptop) -> Iterator[Adopted]:
    """Yield what runs containers, and the documented settings that the user's file sets; the rest of the file is private."""
    have = laptop.of(State)
    if have.installed is None:
        yield Adopted((KEY,), note="it is not known whether Docker Desktop is installed: let the laptop's user log on")
    if not have.installed:
        return
    yield Adopted((KEY, "package"), note=f"Docker Desktop {have.version} is installed; declare an installer with its sha256")
    if have.settings is None or have.settings.unreadable or laptop.user is None:
        yield Adopted((KEY, "settings"), note="the user's settings cannot be read")
        return
    if have.settings.exists and have.backend:
        yield kept((KEY, "backend"), have.backend, setup.plan(Want.of({KEY: {"backend": have.backend}}), laptop))
    settings = dict(_settings(have))
    made = hindrances(setup.plan(Want(settings=settings), laptop)) if settings else []
    if made:
        yield Adopted((KEY, "settings"), note=made[0])
        return
    yield from (Adopted((KEY, "settings", name), value) for name, value in settings.items())


def _settings(have: State) -> Iterator[tuple[str, Any]]:
    for key in docker_keys.TABLE:
        said = have.settings is not None and bool(have.settings.parsed.spellings(key.name))
        value = have.effective(key.name) if said and not key.elsewhere and key.name not in _SEEN else None
        if value is None or key.kind not in _KINDS or not key.takes(value) or value == key.default:
            continue
        if not list(rules.check({KEY: {"settings": {key.name: value}}})):
            yield key.name, value
