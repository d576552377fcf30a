"""How the distributions of a laptop's user are declared, so that a run changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyinfra_wsl.core.adopted import Adopted, hindrances
from pyinfra_wsl.core.source import shown
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.resources.wsl.state import State as Wsl
from pyinfra_wsl.resources.wsl_distro.names import theirs
from pyinfra_wsl.resources.wsl_distro.plan import plan
from pyinfra_wsl.resources.wsl_distro.state import INSTALLED, Distro, State
from pyinfra_wsl.resources.wsl_distro.want import Want

_KEY = "wsl_distros"
_IMAGE = "from what image it was made is not known; with source and sha256 it can be imported where it is missing"


def adopt(laptop: Laptop) -> Iterator[Adopted]:
    """Yield the default version and each distribution; where and from what a run would import it, nobody can read off it."""
    have = laptop.of(State)
    if have.distros is None:
        why = laptop.nobody.reason if laptop.nobody else "the user's registry is not loaded; let them log on"
        yield Adopted((_KEY,), note=f"not known: {why}")
        return
    if have.default_version and laptop.of(Wsl).exe:
        yield Adopted(("wsl", "default_version"), have.default_version)
    for name in theirs(have):
        yield from _of(have.distros[name], have, laptop)
    yield from (Adopted((_KEY,), note=f"registration that WSL cannot read: {one}") for one in have.faults)


def _of(distro: Distro, have: State, laptop: Laptop) -> Iterator[Adopted]:
    path = (_KEY, distro.name)
    if distro.state != INSTALLED:
        yield Adopted(path, note="it is half installed or being removed, which no fleet file declares")
        return
    declared: dict[str, Any] = {"version": distro.version}
    if (have.default or "").lower() == distro.name.lower():
        declared["default"] = True
    if user := _user(distro):
        declared["default_user"] = user
    made = hindrances(plan(Want.of({_KEY: {distro.name: declared}}), laptop))
    if made:
        yield Adopted(path, note=made[0])
        return
    yield from (Adopted((*path, key), value) for key, value in declared.items())
    if not user:
        yield Adopted((*path, "default_user"), note=f"a shell starts as number {distro.default_uid}, whose name is not known")
    record = distro.record
    image = f"imported by us from {shown(record.source)} with SHA-256 {record.sha256}" if record.sha256 else _IMAGE
    yield Adopted((*path, "source"), note=image)


def _user(distro: Distro) -> str:
    """Return the name of the default user as far as it is known: root is number 0, another one whom we have set."""
    record = distro.record
    if record.default_user and record.default_uid == distro.default_uid:
        return record.default_user
    return "root" if distro.default_uid == 0 else ""
