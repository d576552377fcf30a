"""The declaration of the hypervisor: ``hypervisor`` of the fleet file."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.problem import Problem
from pyinfra_wsl.core.resource import Setting, Values
from pyinfra_wsl.core.windows.resource import WindowsResource
from pyinfra_wsl.resources.hypervisor.adopt import adopt
from pyinfra_wsl.resources.hypervisor.plan import Want, forecast, foresee
from pyinfra_wsl.resources.hypervisor.state import State, probe, read


def _check(values: Values) -> Iterator[Problem]:
    declared = values.get("hypervisor", {})
    if declared.get("launch") == "off" and declared.get("memory_integrity") == "on":
        message = "runs on the hypervisor, which is declared off"
        yield Problem(("hypervisor", "memory_integrity"), message, "write memory_integrity: off, or launch: auto")


def _settings(values: Values) -> Iterator[Setting]:
    for name, value in values.get("hypervisor", {}).items():
        yield Setting("hypervisor", ("hypervisor", name), value)


RESOURCE = WindowsResource[Want, State](
    name="hypervisor",
    words="hypervisor",
    system="windows",
    whose="machine",
    key="hypervisor",
    state=State,
    want=Want.of,
    check=_check,
    settings=_settings,
    machine=probe,
    read=lambda answers, _laptop: read(answers.own),
    waits=frozenset({"reboot"}),
    forecast=forecast,
    foresee=foresee,
    adopt=adopt,
)
