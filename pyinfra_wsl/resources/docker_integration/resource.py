"""The declaration of Docker Desktop's WSL integration: ``docker_integration`` of a host, and of each of its distributions."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.resource import Setting, Values
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.resource import Answers, Calls, WindowsResource
from pyinfra_wsl.resources.docker_desktop import state as docker_desktop
from pyinfra_wsl.resources.docker_integration.adopt import adopt
from pyinfra_wsl.resources.docker_integration.plan import Want, declared_of
from pyinfra_wsl.resources.docker_integration.state import State, probe_distro, probe_signs, read
from pyinfra_wsl.resources.wsl import state as wsl

_NAME = "docker_integration"


def _settings(values: Values) -> Iterator[Setting]:
    for name, value in declared_of(values).items():
        yield Setting(_NAME, ("wsl_distros", name, _NAME), value)
    if (value := values.get(_NAME, {}).get("default_distro")) is not None:
        yield Setting(_NAME, (_NAME, "default_distro"), value)


def _inside(laptop: Laptop, distro: str) -> Calls:
    """Ask what is there; an installation of the person alone shows by now only where it runs."""
    exe, user = laptop.of(wsl.State).exe, laptop.user
    if exe is None:
        return {}
    have = laptop.first(State)
    runs = user is not None and user.sid in have.running_for
    if not (have.installed or runs):
        return {}
    return {**probe_signs(exe, distro), **(probe_distro(exe, distro) if runs else {})}


def _read(answers: Answers, laptop: Laptop) -> State:
    return read(laptop.of(docker_desktop.State), answers.inside)


def _first(_answers: Answers, laptop: Laptop) -> State:
    return read(laptop.first(docker_desktop.State))


def _also(laptop: Laptop) -> frozenset[str]:
    """What may end distributions ends the integration of a Docker Desktop that runs."""
    return frozenset({"wsl", "wslconfig", "wsl_conf"}) if laptop.of(State).running_for else frozenset()


RESOURCE = WindowsResource[Want, State](
    name=_NAME,
    words="Docker's WSL integration",
    system="windows",
    whose="user",
    key=_NAME,
    state=State,
    want=Want.of,
    settings=_settings,
    targets=declared_of,
    inside=_inside,
    read=_read,
    first=_first,
    also=_also,
    needs=frozenset({"wsl_distro", "docker_desktop"}),
    waits=frozenset({"user logon", "reboot", "docker desktop idle", "licence", "sign-in"}),
    adopt=adopt,
)
