"""Which values of ``.wslconfig`` keep the WSL VM from starting.

Source: ``WslCoreVm::Initialize`` and ``GenerateConfigJson`` in src/windows/service/exe/WslCoreVm.cpp.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pyinfra_wsl.core import show
from pyinfra_wsl.core.formats.ini.keys import Slot, Value
from pyinfra_wsl.resources.wslconfig import notes

STARTS_WITH = ("kernel", "kernelModules", "systemDistro")
"""The keys of [wsl2] that name a file without which the VM does not start."""

_FULL = re.compile(r"[A-Za-z]:[\\/]|[\\/]{2}")


def hindrances(values: Mapping[Slot, Value], policies: Mapping[str, object], there: Mapping[str, bool]) -> Iterator[str]:
    r"""Say which values keep the VM from starting.

    Args:
        values: those in force by section and key, without defaults.
        policies: the values of ``HKLM\SOFTWARE\Policies\WSL``, which may take a path back.
        there: whether files are there, by their paths; what is not in it is unknown and no hindrance.

    """
    paths = {name: path for name in STARTS_WITH if (path := _path(name, values, policies))}
    if "kernelModules" in paths and "kernel" not in paths:
        yield "kernelModules without kernel: the VM does not start"
    for name, path in paths.items():
        if not _FULL.match(path):
            yield f"{name}: {show.value(path)} is no full path: the VM does not start"
        elif there.get(path) is False:
            yield f"{name}: there is no file {path}: the VM does not start"
        elif name == "systemDistro" and not path.lower().endswith((".img", ".vhd")):
            yield f"{name}: {show.value(path)} is neither an .img nor a .vhd: the VM does not start"


def _path(name: str, values: Mapping[Slot, Value], policies: Mapping[str, object]) -> str:
    """Return the path that WSL uses; empty where there is none, or a policy or the safe mode takes it back."""
    safe = values.get(("wsl2", "safeMode")) is True and name != "systemDistro"
    return "" if safe or notes.is_barred(("wsl2", name), policies) else str(values.get(("wsl2", name)) or "")
