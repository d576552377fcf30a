"""``wsl.conf`` in the lab: how people edit it by hand, and what a run leaves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.resource import distros, ini
from pyinfra_wsl.lab.resource.breaks import Break, NothingThereError

CONF = "/etc/wsl.conf"


def breaks(declared: Values, person: Account) -> Iterator[Break]:
    """Yield for each declared key of each distribution that it has another value, or is gone."""
    for name, distro in distros.present(declared):
        for section, key, value in ini.keys(distro.get("wsl_conf", {})):
            other = ini.changed(value)
            told = f"somebody wrote {key}={other}" if other else "the line is gone"
            act = partial(_edit, person=person, name=name, section=section, key=key, value=other)
            yield Break(f"wsl_distros.{name}.wsl_conf.{section}.{key}", told, act)


def finish(machine: Machine, declared: Values, person: Account) -> None:
    """Have the declared file in each distribution."""
    for name, distro in distros.present(declared):
        if distro.get("wsl_conf"):
            with distros.opened(machine, person, name) as tree:
                tree.write(CONF, ini.render(distro["wsl_conf"], "\n"))


def _edit(machine: Machine, *, person: Account, name: str, section: str, key: str, value: str) -> None:
    with distros.opened(machine, person, name) as tree:
        entry = tree.find(CONF)
        if entry is None:
            raise NothingThereError(f"{name} has no {CONF}")
        tree.write(CONF, ini.with_key(entry.data.decode(), section, key, value).encode())
