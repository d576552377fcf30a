"""The declaration of WSL's policies: ``wsl_policy`` of the fleet file."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.problem import Problem
from pyinfra_wsl.core.resource import Setting, Values
from pyinfra_wsl.core.windows.resource import NOT_ASKED, WindowsResource
from pyinfra_wsl.resources.wsl_policy.adopt import adopt
from pyinfra_wsl.resources.wsl_policy.plan import Want, forecast
from pyinfra_wsl.resources.wsl_policy.state import NAME, REGISTRIES, State, probe, read


def _check(values: Values) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for number, one in enumerate(values.get(NAME, {}).get(REGISTRIES) or ()):
        if (first := seen.setdefault(one.lower(), one)) is not one:
            yield Problem((NAME, REGISTRIES, str(number)), f"is the same registry as {first} for WSL", "keep one")


def _settings(values: Values) -> Iterator[Setting]:
    for name, value in values.get(NAME, {}).items():
        if name != "apply":
            yield Setting(NAME, (NAME, name), value)


RESOURCE = WindowsResource[Want, State](
    name=NAME,
    words="WSL's policies",
    system="windows",
    whose="machine",
    key=NAME,
    unset=frozenset({(NAME,)}),
    state=State,
    want=Want.of,
    check=_check,
    settings=_settings,
    machine=probe,
    read=lambda answers, _laptop: read(answers.own.get("policies", NOT_ASKED)),
    waits=frozenset({"vm idle"}),
    forecast=forecast,
    adopt=adopt,
)
