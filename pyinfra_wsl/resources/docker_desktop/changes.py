"""What of Docker Desktop's settings is to be changed: the declared against the effective values, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra_wsl.core import credentials, mask, show
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.formats import docker_keys, docker_settings, json_file, json_value
from pyinfra_wsl.core.nearest import nearest
from pyinfra_wsl.resources.docker_desktop.file import File
from pyinfra_wsl.resources.docker_desktop.state import State
from pyinfra_wsl.resources.docker_desktop.want import Want

LICENCE = "LicenseTermsVersion"
ACCEPTED = 2
"""``LicenseTermsVersion`` of a user who accepted the Docker Subscription Service Agreement, 2021 to 2026."""


def accepted(state: State) -> bool:
    """Whether the user has accepted the agreement; the first start waits for it otherwise."""
    found = state.effective(LICENCE)
    return isinstance(found, int) and not isinstance(found, bool) and found >= ACCEPTED


def declared(want: Want, state: State) -> dict[str, Any]:
    """Return the keys that are declared, whatever the file says: settings, the backend's, the consent's."""
    licence = {LICENCE: ACCEPTED} if want.licence is not None and not accepted(state) else {}
    return {**want.settings, **want.engine_settings, **licence}


def differing(wanted: Mapping[str, Any], state: State) -> dict[str, Any]:
    """Return those of the declared keys that are to be written, since their effective value is another one; true is not 1."""
    return dict(wanted) if state.settings is None else _differing(state.settings.parsed, wanted, state.generation)


def _differing(
    parsed: docker_settings.Settings, wanted: Mapping[str, Any], generation: docker_settings.Generation
) -> dict[str, Any]:
    """Return what is to be written so that every declared key is in force afterwards.

    The older file holds every key: once others are written into an empty one, what is absent has no default any more.
    """
    found = {name for name, value in wanted.items() if not _in_force(parsed, name, value, generation)}
    if found:
        after = docker_settings.Settings(docker_settings.merged(parsed, {name: wanted[name] for name in found}, generation))
        found |= {name for name, value in wanted.items() if not _in_force(after, name, value, generation)}
    return {name: value for name, value in wanted.items() if name in found}


def _in_force(parsed: docker_settings.Settings, name: str, value: Any, generation: docker_settings.Generation) -> bool:
    return json_value.same(docker_settings.effective(parsed, name, generation), value)


def words(changes: Mapping[str, Any], state: State) -> list[str]:
    """Say the changes: ``AutoStart: false → true``; what may hold an account is shown without it."""
    return [f"{name}: {_before(state, name, value)} → {_word(name, value)}" for name, value in changes.items()]


def diff(changes: Mapping[str, Any], state: State) -> tuple[str, ...]:
    """Return the changes as lines of a diff."""
    lines = ((f"-{name}: {_before(state, name, value)}", f"+{name}: {_word(name, value)}") for name, value in changes.items())
    return tuple(line for pair in lines for line in pair)


def _before(state: State, name: str, value: Any) -> str:
    """Say what a key is now: a default that is written as it is was not set."""
    found = state.effective(name)
    return _word(name, None if json_value.same(found, value) else found)


def _word(name: str, value: Any) -> str:
    """Return a value without what may open something in it: what somebody else has set may be a password."""
    if value is None:
        return "unset"
    if isinstance(value, str):
        return show.value(mask.HIDDEN if credentials.is_called_secret(name) else value)
    return show.name(json.dumps(mask.value(value, name), ensure_ascii=False))


def locked(wanted: Mapping[str, Any], state: State, want: Want) -> dict[str, Failure]:
    """Return which declared keys an administrator's file locks to another value, and what is said of each.

    Args:
        wanted: the declared keys.
        state: Docker Desktop as it is.
        want: what is declared, of the administrator's file too.

    """
    there = state.shared.get("admin-settings")
    admin = json_file.merge(there.values if isinstance(there, File) else {}, want.admin_settings)
    found = {}
    for name, value in wanted.items():
        lock = _lock(admin, docker_keys.find(name))
        if lock is not None and not json_value.same(lock[0], value):
            cause = (
                f"settings.{name} is {_word(name, value)}, and is locked by the organisation to {_word(name, lock[0])} "
                "(admin-settings.json)"
            )
            found[name] = Failure(cause, "ask who owns that file, or take the key out of the declaration", "locked")
    return found


def _lock(admin: Mapping[str, Any], key: docker_keys.Key | None) -> tuple[Any] | None:
    """Return the value to which a key is locked; a group has one lock for all in it (Docker, "configure-json-file")."""
    if key is None or not key.admin:
        return None
    *group, last = key.admin.split(".")
    around: Any = admin
    for name in group:
        around = around.get(name) if isinstance(around, Mapping) else None
    one = around.get(last) if isinstance(around, Mapping) else None
    if isinstance(one, Mapping):
        return (one.get("value"),) if one.get("locked") is True else None
    flat = isinstance(around, Mapping) and last in around and around is not admin and around.get("locked") is True
    return (one,) if flat else None


def notes(want: Want, state: State) -> Iterator[str]:
    """Yield what is set and does not do what people expect."""
    backend = want.backend or state.backend
    for name in want.settings:
        if docker_keys.find(name) is None:
            meant = nearest(name, (key.name for key in docker_keys.TABLE), cutoff=0.85)
            hint = f"; did you mean {meant}?" if meant else ""
            yield f"settings.{name} is in no documentation of Docker Desktop that we know; it is written as declared{hint}"
        elif backend == "wsl-2" and name in docker_keys.HYPER_V_ONLY:
            yield f"settings.{name} is ignored by the WSL 2 engine; what counts is {docker_keys.HYPER_V_ONLY[name]}"
        elif backend == "hyper-v" and name == "DiskSizeMiB":
            yield "settings.DiskSizeMiB: Docker Desktop deletes the disk with all images when it is made smaller"
    if state.settings is not None and docker_settings.integrated(state.settings.parsed) is None:
        odd = docker_settings.kind(state.settings.parsed.get(docker_settings.INTEGRATED))
        yield f"{docker_settings.INTEGRATED} is {odd}, no list of names: Docker Desktop may refuse its settings (type mismatch)"
    if want.settings.get("AutoStart") is False and state.autostart:
        yield "Docker Desktop writes its Run value anew at each start, also with AutoStart off (docker/for-win issue 13396)"
    if want.settings.get("ExposeDockerAPIOnTCP2375") is True:
        yield "settings.ExposeDockerAPIOnTCP2375: whoever reaches port 2375 has all rights of Docker Desktop, without a password"
    if any(name.startswith("Override") and name != "OverrideWindowsDockerdPort" for name in want.settings):
        mode = want.settings.get("ProxyHTTPMode", state.effective("ProxyHTTPMode"))
        if mode == "system":
            yield "proxies under settings.Override… count only with settings.ProxyHTTPMode: manual"


def merge(data: bytes | None, wanted: Mapping[str, Any], generation: docker_settings.Generation) -> bytes:
    """Return the settings file with the declared keys where their effective value is another one."""
    parsed = docker_settings.parse(data)
    return docker_settings.merge(data, _differing(parsed, wanted, generation), generation)


def after(file: File, wanted: Mapping[str, Any], generation: docker_settings.Generation) -> File:
    """Return a settings file as it would be with the declared keys."""
    values = docker_settings.merged(file.parsed, wanted, generation)
    return File(exists=True, parsed=docker_settings.Settings(values))
