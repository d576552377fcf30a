r"""WSL itself: which one a laptop has.

An installed package is marked by ``HKLM\…\Lxss\MSI`` (msipackage/package.wix.in); the WSL that is part of Windows has the service
LxssManager. ``System32\wsl.exe`` says nothing: it is there on every Windows, as a stub. Only the package's own file starts
outside a desktop session (Microsoft, "Release notes for WSL in the Microsoft Store"), hence the rule for its path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call, CallError
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.resource import HIDDEN
from pyinfra_wsl.core.windows import work
from pyinfra_wsl.core.windows.machine import objects, value_of
from pyinfra_wsl.core.windows.resource import NOT_ASKED
from pyinfra_wsl.core.windows.wsl_exe import INBOX, MSI, command

Kind = Literal["package", "inbox", "none"]

_SERVICES = r"HKLM\SYSTEM\CurrentControlSet\Services"
_PROBED = ("WSLService", "LxssManager", "SharedAccess")
_COLON = re.compile("[:\uff1a]")
_ORDER = ("kernel", "wslg", "msrdc", "direct3d", "dxcore")
_LONGEST = 100  # characters of a version that are kept
_STARTS = {0: "boot", 1: "system", 2: "automatic", 3: "manual", 4: "disabled"}


@dataclass(frozen=True, slots=True)
class State:
    r"""What is known of WSL on the machine.

    Args:
        kind: ``package``, ``inbox`` (part of Windows) or ``none``; None while unknown.
        version: of the package.
        kernel: version of the Linux kernel it brings; None while unknown, as with WSL in Windows or a user who is away.
        components: the versions of what else it brings: ``wslg``, ``msrdc``, ``direct3d``, ``dxcore``; as far as known.
        exe: path of the wsl.exe to use; None where no usable one is.
        location: folder of the package.
        product: its product code.
        services: how WSL's services start, by name: ``automatic``, ``manual``, ``disabled``; one that is missing is not in it.
        vm: whether the WSL VM of anybody runs; None while unknown.
        work: what is under way in WSL and Docker Desktop, of anybody; None while unknown.
        problem: why `kind` is unknown.

    """

    kind: Kind | None = None
    version: str | None = None
    exe: str | None = None
    location: str = ""
    product: str = ""
    services: Mapping[str, str] = field(default_factory=dict)
    vm: bool | None = None
    problem: str = ""
    kernel: str | None = None
    components: Mapping[str, str] = field(default_factory=dict)
    work: tuple[work.Work, ...] | None = field(default=(), metadata=HIDDEN)


def probe() -> dict[str, Call]:
    """Return what has to be asked."""
    return {
        "msi": call.registry_read(MSI),
        "vm": work.vm(),
        "work": work.probe(),
        **{name: call.registry_read(rf"{_SERVICES}\{name}") for name in _PROBED},
    }


def probe_session(state: State) -> dict[str, Call]:
    """Return what is asked of wsl.exe itself, where its path is known.

    The WSL that is part of Windows has no ``--version`` and answers with its usage, which is not read. It is asked all the same:
    once the package is there, its path leads to the package's, and the look after the installation needs no request more.
    """
    return {} if state.exe is None else {"versions": _version(state.exe)}


@lru_cache(maxsize=64)
def _version(exe: str) -> Call:
    return command(exe, "--version", timeout=60)


def _versions(answer: Answer) -> dict[str, str]:
    """Return the versions behind the first, by name: labels are translated, their order is fixed (WslClient.cpp).

    A translation may have a colon of its own: Traditional Chinese has the full-width one, without a blank after it.
    """
    try:
        output = Output.of(answer)
    except CallError:
        return {}
    lines = [line for line in output.text().splitlines() if line.strip()][1:] if output.ok else []
    told = [escape(_COLON.split(line, maxsplit=1)[-1].strip())[:_LONGEST] for line in lines]
    return {name: version for name, version in zip(_ORDER, told, strict=False) if version}


def read(answers: Mapping[str, Answer]) -> State:
    """Read the answers by the names of `probe`; what was not answered stays unknown."""
    msi, vm, manager = answers.get("msi", NOT_ASKED), answers.get("vm", NOT_ASKED), answers.get("LxssManager", NOT_ASKED)
    version, location = str(value_of(msi, "Version") or ""), str(value_of(msi, "InstallLocation") or "").rstrip("\\")
    kind: Kind | None = "package" if version and location else "inbox" if manager.exists else "none"
    versions = _versions(answers.get("versions", NOT_ASKED)) if kind == "package" else {}
    problem = "" if msi.ok and manager.ok else f"the registry could not be read: {msi.message or manager.message}"
    if kind != "package" and problem:
        kind = None
    return State(
        kind=kind,
        version=version if kind == "package" else None,
        exe={"package": f"{location}\\wsl.exe", "inbox": INBOX}.get(kind or ""),
        location=location,
        product=str(value_of(msi, "ProductCode") or ""),
        services=_services(answers),
        vm=bool(objects(vm)) if vm.ok else None,
        problem=problem if kind is None else "",
        kernel=versions.pop("kernel", None),
        components=versions,
        work=work.read(answers.get("work", NOT_ASKED)),
    )


def _services(answers: Mapping[str, Answer]) -> dict[str, str]:
    found = {name: answers[name] for name in _PROBED if name in answers and answers[name].exists}
    return {name: _STARTS.get(value_of(answer, "Start"), "unknown") for name, answer in found.items()}
