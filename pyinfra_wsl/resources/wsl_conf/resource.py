"""The declaration of ``/etc/wsl.conf``: ``wsl_conf`` of a distribution in the fleet file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra_wsl.core.formats.ini import check as ini
from pyinfra_wsl.core.formats.ini.files import WSL_CONF as FILE
from pyinfra_wsl.core.problem import Problem
from pyinfra_wsl.core.resource import Setting, Values, plain
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.resource import Answers, Calls, WindowsResource
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_conf.adopt import adopt
from pyinfra_wsl.resources.wsl_conf.plan import Want
from pyinfra_wsl.resources.wsl_conf.state import State, probe, read


def _present(values: Values) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, declared in values.get("wsl_distros", {}).items():
        if declared.get("state", "present") == "present":
            yield name, declared


def _targets(values: Values) -> Iterator[str]:
    """Yield whose file tells something of what is declared: a look starts a distribution, and so only these."""
    yield from (name for name, declared in _present(values) if declared.get("wsl_conf") or declared.get("default_user"))


def _form(values: Values) -> Iterator[Problem]:
    distros = values.get("wsl_distros")
    for name, distro in distros.items() if isinstance(distros, Mapping) else ():
        if isinstance(distro, Mapping) and isinstance(declared := distro.get("wsl_conf"), Mapping):
            yield from (problem.below("wsl_distros", name, "wsl_conf") for problem in ini.check(declared, FILE))


def _settings(values: Values) -> Iterator[Setting]:
    for name, declared in _present(values):
        for section, key, value in ini.keys(declared.get("wsl_conf", {})):
            yield Setting("wsl_conf", ("wsl_distros", name, "wsl_conf", section, key), value)


def _inside(laptop: Laptop, distro: str) -> Calls:
    exe = laptop.of(wsl.State).exe
    return {} if exe is None else probe(exe, distro)


def _read(answers: Answers, _laptop: Laptop) -> State:
    return State({name: read(inside) for name, inside in answers.inside.items()})


def _show(state: State) -> Any:
    return plain(state.confs)


RESOURCE = WindowsResource[Want, State](
    name="wsl_conf",
    words="wsl.conf",
    system="windows",
    whose="user",
    state=State,
    want=Want.of,
    form=_form,
    settings=_settings,
    targets=_targets,
    inside=_inside,
    read=_read,
    needs=frozenset({"wsl_distro"}),
    waits=frozenset({"user logon", "reboot", "vm idle"}),
    show=_show,
    adopt=adopt,
)
