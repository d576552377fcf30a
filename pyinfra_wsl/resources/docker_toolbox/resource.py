"""The declaration of Docker Toolbox: ``docker_toolbox`` of the fleet file."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.problem import Problem
from pyinfra_wsl.core.resource import Setting, Values
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.resource import WindowsResource
from pyinfra_wsl.resources.docker_toolbox import hijack, plan, virtualbox
from pyinfra_wsl.resources.docker_toolbox.state import (
    State,
    first,
    probe,
    probe_further,
    probe_people,
    probe_profile,
    probe_session,
    read,
)
from pyinfra_wsl.resources.docker_toolbox.want import Want

KEY = "docker_toolbox"


def _complete(values: Values) -> Iterator[Problem]:
    declared = values.get(KEY, {})
    if declared and "state" not in declared:
        yield Problem((KEY, "state"), "is missing: Docker Toolbox is only ever retired", "write state: absent")


def _settings(values: Values) -> Iterator[Setting]:
    declared = values.get(KEY, {})
    yield from (Setting(KEY, (KEY, name), declared[name], declared) for name in ("state", "virtualbox") if name in declared)


def _forecast(laptop: Laptop, want: Want) -> Laptop:
    """Return the laptop after an operation, which is given only what it brings about."""
    if want.removed:
        return plan.forecast(laptop, want)
    return virtualbox.forecast(laptop, want) if want.virtualbox else hijack.forecast(laptop, want)


RESOURCE = WindowsResource[Want, State](
    name=KEY,
    words="Docker Toolbox",
    system="windows",
    whose="user",
    key=KEY,
    state=State,
    want=Want.of,
    complete=_complete,
    settings=_settings,
    machine=probe,
    profile=probe_profile,
    session=probe_session,
    further=probe_further,
    people=probe_people,
    read=lambda answers, laptop: read(answers.own, laptop),
    first=lambda answers, _laptop: first(answers.own),
    waits=frozenset({"user logon", "guests stopped"}),
    forecast=_forecast,
)
