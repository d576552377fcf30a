"""The declaration of Docker Engine: ``docker_engine`` of the fleet file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra_wsl.core.linux.resource import LinuxResource
from pyinfra_wsl.core.problem import Path, Problem
from pyinfra_wsl.core.resource import Setting, Values
from pyinfra_wsl.resources.docker_engine.adopt import adopt, asks
from pyinfra_wsl.resources.docker_engine.plan import Want
from pyinfra_wsl.resources.docker_engine.state import State, read, script

_KEY = "docker_engine"


def _check(values: Values) -> Iterator[Problem]:
    declared = values.get(_KEY, {})
    if declared.get("rootless") and not declared.get("users"):
        yield Problem((_KEY, "rootless"), "a daemon without root belongs to a user", "name them in users")


def _settings(values: Values) -> Iterator[Setting]:
    if (declared := values.get(_KEY)) is None:
        return
    state = declared.get("state", "present")
    yield Setting(_KEY, (_KEY, "state"), state, declared)
    wanted = ("version", "hold", "channel", "key_fingerprint", "daemon", "users", "rootless") if state == "present" else ()
    yield from (Setting(_KEY, (_KEY, name), declared[name], declared) for name in wanted if name in declared)


def _sources(values: Values) -> Iterator[Path]:
    if "key" in values.get(_KEY, {}):
        yield _KEY, "key"


def _asks(want: Want) -> Mapping[str, Any]:
    return {"users": list(want.users)}


RESOURCE = LinuxResource[Want, State](
    name=_KEY,
    words="Docker Engine",
    system="linux",
    key=_KEY,
    state=State,
    want=Want.of,
    check=_check,
    settings=_settings,
    sources=_sources,
    script=script,
    read=read,
    asks=_asks,
    waits=frozenset({"containers stopped"}),
    unset=frozenset({(_KEY, "daemon")}),
    adopt=adopt,
    adopt_asks=asks,
)
