"""WSL's containers in the lab: how people edit their settings by hand, and what a run leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.resource.breaks import Break


def breaks(declared: Values, person: Account) -> Iterator[Break]:
    """Yield for each declared setting that its line is gone."""
    for name, key in _keys(declared.get("wslc", {})):
        act = partial(_forget, path=_path(person), key=key)
        yield Break(f"wslc.{name}", f"somebody has taken {key} out of settings.yaml", act)


def finish(machine: Machine, declared: Values, person: Account) -> None:
    """Have the declared file in the person's profile."""
    lines = []
    for name, value in declared.get("wslc", {}).items():
        if isinstance(value, Mapping):
            lines += [f"{name}:", *(f"  {key}: {_text(one)}" for key, one in value.items() if one is not None)]
        elif value is not None:
            lines.append(f"{name}: {_text(value)}")
    if lines:
        machine.files.write(_path(person), "\r\n".join([*lines, ""]).encode())


def _keys(declared: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in declared.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{key}", key) for key, one in value.items() if one is not None)
        elif value is not None:
            yield name, name


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _path(person: Account) -> str:
    return rf"{person.profile}\AppData\Local\wslc\settings.yaml"


def _forget(machine: Machine, path: str, key: str) -> None:
    lines = machine.files.read(path).decode().splitlines(keepends=True)
    machine.files.write(path, "".join(line for line in lines if not line.strip().startswith(f"{key}:")).encode())
