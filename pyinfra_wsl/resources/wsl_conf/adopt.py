"""How the wsl.conf of each distribution is declared, so that a run changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.adopted import Adopted, hindrances
from pyinfra_wsl.core.formats.ini import check as ini
from pyinfra_wsl.core.formats.ini.files import WSL_CONF as FILE
from pyinfra_wsl.core.formats.ini.merge import declarable
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.resources.wsl_conf.plan import Want, plan
from pyinfra_wsl.resources.wsl_conf.state import Conf, State
from pyinfra_wsl.resources.wsl_distro.names import theirs
from pyinfra_wsl.resources.wsl_distro.state import State as Distros


def adopt(laptop: Laptop) -> Iterator[Adopted]:
    """Yield the values that the file of each distribution sets that was looked into; of the others that they were not."""
    for name in theirs(laptop.of(Distros)):
        conf = laptop.of(State).conf(name)
        if conf is None:
            why = "its wsl.conf was not looked at, since it does not run; adopt with --start starts it for that"
            yield Adopted(("wsl_distros", name, "wsl_conf"), note=why)
        elif conf.exists is None:
            yield Adopted(("wsl_distros", name, "wsl_conf"), note=f"not known: {conf.problem}")
        else:
            yield from _of(name, conf, laptop)


def _of(name: str, conf: Conf, laptop: Laptop) -> Iterator[Adopted]:
    path = ("wsl_distros", name, "wsl_conf")
    values, left = declarable(conf.parsed, FILE)
    made = hindrances(plan(Want(name, ini.want(values, FILE)), laptop)) if values else []
    if made:
        yield Adopted(path, note=made[0])
        values = {}
    yield from (Adopted((*path, section, key), value) for section, keys in values.items() for key, value in keys.items())
    yield from (Adopted(path, note=one) for one in (*left, *conf.problems))
