"""The declaration of restarts: ``reboot`` of the fleet file."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.problem import Problem
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.resource import Answers, WindowsResource
from pyinfra_wsl.resources.reboot.plan import Want, forecast
from pyinfra_wsl.resources.reboot.state import State, probe, read
from pyinfra_wsl.resources.windows_feature import state as windows_feature


def _check(values: Values) -> Iterator[Problem]:
    declared = values.get("reboot", {})
    window, path = declared.get("window"), ("reboot", "window")
    if declared.get("policy") == "window" and window is None:
        yield Problem(path, "is missing, though policy is window", 'write it like "22:00-06:00"')
    if window is not None and window[:5] == window[6:]:
        yield Problem(path, f"'{window}' has no length", "write two different times, or policy: now")


def _read(answers: Answers, laptop: Laptop) -> State:
    return read(answers.own, laptop.of(windows_feature.State), laptop.windows)


RESOURCE = WindowsResource[Want, State](
    name="reboot",
    words="restart",
    system="windows",
    whose="machine",
    key="reboot",
    shared=True,
    state=State,
    want=Want.of,
    check=_check,
    machine=probe,
    read=_read,
    needs=frozenset({"windows_feature", "hypervisor"}),
    waits=frozenset({"reboot", "maintenance window", "vm idle"}),
    forecast=forecast,
)
