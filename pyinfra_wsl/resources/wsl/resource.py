"""The declaration of the WSL package: ``wsl.package`` of the fleet file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra_wsl.core.problem import Path, Problem
from pyinfra_wsl.core.resource import Setting, Values
from pyinfra_wsl.core.source import pair
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.resource import Calls, WindowsResource
from pyinfra_wsl.resources.wsl.adopt import adopt
from pyinfra_wsl.resources.wsl.plan import Want, expected, forecast, foresee
from pyinfra_wsl.resources.wsl.state import State, probe, probe_session, read

_PATH = ("wsl", "package")


def _package(values: Values) -> Mapping[str, Any]:
    found: Mapping[str, Any] = values.get("wsl", {}).get("package", {})
    return found


def _check(values: Values) -> Iterator[Problem]:
    package = _package(values)
    if "minimum" in package and "version" in package:
        message = "contradicts minimum, which may be inherited"
        yield Problem((*_PATH, "version"), message, "keep one and write null for the other")
    if package.get("update") and "minimum" not in package:
        yield Problem((*_PATH, "update"), "has no minimum below which to update", "write minimum: and a version")
    if package.get("allow_downgrade") and "version" not in package:
        yield Problem((*_PATH, "allow_downgrade"), "has no version to which to go back", "write version: and a version")
    yield from pair(package, _PATH, "installer")


def _settings(values: Values) -> Iterator[Setting]:
    for name in ("version", "minimum"):
        if name in _package(values):
            yield Setting("wsl", (*_PATH, name), str(_package(values)[name]))


def _sources(values: Values) -> Iterator[Path]:
    if "installer" in _package(values):
        yield (*_PATH, "installer")


def _session(laptop: Laptop) -> Calls:
    return probe_session(laptop.of(State))


RESOURCE = WindowsResource[Want, State](
    name="wsl",
    words="WSL",
    system="windows",
    whose="machine",
    key="wsl",
    state=State,
    want=Want.of,
    check=_check,
    settings=_settings,
    sources=_sources,
    machine=probe,
    session=_session,
    read=lambda answers, _laptop: read(answers.own),
    needs=frozenset({"windows_feature", "wsl_policy"}),
    waits=frozenset({"vm idle", "reboot"}),
    expected=expected,
    forecast=forecast,
    foresee=foresee,
    adopt=adopt,
)
