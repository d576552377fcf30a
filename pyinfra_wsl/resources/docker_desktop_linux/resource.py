"""The declaration of Docker Desktop on a Linux host: ``docker_desktop_linux`` of the fleet file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra_wsl.core.linux.resource import LinuxResource
from pyinfra_wsl.core.problem import Path, Problem
from pyinfra_wsl.core.resource import Setting, Values
from pyinfra_wsl.core.source import pair
from pyinfra_wsl.resources.docker_desktop_linux.adopt import adopt, asks
from pyinfra_wsl.resources.docker_desktop_linux.plan import Want
from pyinfra_wsl.resources.docker_desktop_linux.state import State, read, script

_KEY = "docker_desktop_linux"


def _check(values: Values) -> Iterator[Problem]:
    if not (declared := values.get(_KEY, {})):
        return
    if "user" not in declared:
        yield Problem((_KEY, "user"), "is missing", "name the Linux user whose Docker Desktop it is")
    yield from pair(declared.get("package", {}), (_KEY, "package"), "source")


def _complete(values: Values) -> Iterator[Problem]:
    declared = values.get(_KEY, {})
    if "version" in declared and "package" not in declared and declared.get("state") != "absent":
        yield Problem(
            (_KEY, "package"), "is missing", "write its source and sha256, or take version out: what is there then stays"
        )


def _settings(values: Values) -> Iterator[Setting]:
    if (declared := values.get(_KEY)) is None:
        return
    state = declared.get("state", "present")
    yield Setting(_KEY, (_KEY, "state"), state, declared)
    wanted = ("version", "user", "autostart", "settings") if state == "present" else ()
    yield from (Setting(_KEY, (_KEY, name), declared[name], declared) for name in wanted if name in declared)


def _sources(values: Values) -> Iterator[Path]:
    declared = values.get(_KEY, {})
    if "source" in declared.get("package", {}):
        yield _KEY, "package", "source"
    if "key" in declared:
        yield _KEY, "key"


def _asks(want: Want) -> Mapping[str, Any]:
    return {"user": want.user}


RESOURCE = LinuxResource[Want, State](
    name=_KEY,
    words="Docker Desktop",
    system="linux",
    key=_KEY,
    state=State,
    want=Want.of,
    check=_check,
    complete=_complete,
    settings=_settings,
    sources=_sources,
    script=script,
    read=read,
    asks=_asks,
    adopt=adopt,
    adopt_asks=asks,
    needs=frozenset({"kvm"}),
    waits=frozenset({"docker desktop idle"}),
)
