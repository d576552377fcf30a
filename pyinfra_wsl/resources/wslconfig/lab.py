"""``.wslconfig`` in the lab: how people edit it by hand, and what a run leaves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.resource import ini
from pyinfra_wsl.lab.resource.breaks import Break, NothingThereError


def breaks(declared: Values, person: Account) -> Iterator[Break]:
    """Yield for each declared key that it has another value, or is gone."""
    for section, key, value in ini.keys(declared.get("wslconfig", {})):
        other = ini.changed(value)
        told = f"somebody wrote {key}={other} into .wslconfig" if other else "the line is gone from .wslconfig"
        act = partial(_edit, path=_path(person), section=section, key=key, value=other)
        yield Break(f"wslconfig.{section}.{key}", told, act)


def finish(machine: Machine, declared: Values, person: Account) -> None:
    """Have the declared file in the person's profile."""
    if "wslconfig" in declared:
        machine.files.write(_path(person), ini.render(declared["wslconfig"], "\r\n"))


def _path(person: Account) -> str:
    return rf"{person.profile}\.wslconfig"


def _edit(machine: Machine, path: str, section: str, key: str, value: str) -> None:
    if not machine.files.exists(path):
        raise NothingThereError(f"there is no {path}")
    content = machine.files.read(path).decode("utf-8", "surrogateescape")
    machine.files.write(path, ini.with_key(content, section, key, value).encode("utf-8", "surrogateescape"))
