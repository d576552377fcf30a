"""The declaration of optional features: ``windows_features`` of the fleet file."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.nearest import nearest
from pyinfra_wsl.core.problem import Problem
from pyinfra_wsl.core.resource import Setting, Values
from pyinfra_wsl.core.windows.resource import WindowsResource
from pyinfra_wsl.resources.windows_feature.adopt import adopt
from pyinfra_wsl.resources.windows_feature.outlook import foresee
from pyinfra_wsl.resources.windows_feature.plan import Want, forecast
from pyinfra_wsl.resources.windows_feature.state import VIRTUAL_MACHINE_PLATFORM, WSL, State, probe, read

_KEY = "windows_features"
_KNOWN = (
    VIRTUAL_MACHINE_PLATFORM,
    WSL,
    "Microsoft-Hyper-V-All",
    "Microsoft-Hyper-V",
    "HypervisorPlatform",
    "Containers",
    "Containers-DisposableClientVM",
)


def _check(values: Values) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name in values.get(_KEY, {}):
        # DISM compares names without their case.
        if (first := seen.setdefault(name.casefold(), name)) != name:
            yield Problem((_KEY, name), f"is the same feature as {first} for Windows", "keep one")
            continue
        # A feature of which we know nothing is fine; one that is almost a known one is a typing mistake.
        meant = nearest(name, _KNOWN, cutoff=0.9)
        if name not in _KNOWN and meant is not None:
            yield Problem((_KEY, name), "no such feature", f"did you mean {meant}?")


def _settings(values: Values) -> Iterator[Setting]:
    for name, value in values.get(_KEY, {}).items():
        yield Setting("windows_feature", (_KEY, name), value)


def _want(values: Values) -> Want:
    found: Want = values[_KEY]
    return found


RESOURCE = WindowsResource[Want, State](
    name="windows_feature",
    words="features",
    system="windows",
    whose="machine",
    key=_KEY,
    state=State,
    want=_want,
    check=_check,
    settings=_settings,
    machine=probe,
    read=lambda answers, _laptop: read(answers.own),
    show=lambda state: None if state.features is None else dict(state.features),
    waits=frozenset({"reboot"}),
    forecast=forecast,
    foresee=foresee,
    adopt=adopt,
)
