r"""Virtual machines: those of docker-machine, those that are registered with VirtualBox, and those that run.

``VBoxHeadless`` and the windows of VirtualBox are started with ``--comment NAME --startvm UUID`` (VirtualBox' manual,
"VBoxHeadless"; its source, ``MachineImplVM``); the machines of a person stand in their ``VirtualBox.xml`` as ``MachineEntry``.
The driver ``virtualbox`` of docker-machine keeps its disk as ``disk.vmdk`` beside ``config.json`` (docker/machine,
``drivers/virtualbox``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.windows.machine import objects

MOST = 50
"""Machines of one person that are looked at."""

_PROGRAMS = ("VBoxHeadless.exe", "VirtualBoxVM.exe", "VirtualBox.exe")
_COMMENT = re.compile(r"--comment\s+(?:\"([^\"]*)\"|(\S+))")
_ENTRY = "<MachineEntry"
_SOURCE = re.compile(r"\ssrc=\"([^\"]{1,1000})\"")
_LONGEST, _ENTRIES = 2000, 1000  # characters of an entry, and entries of a person, that are read


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine of docker-machine.

    Args:
        name: its name.
        disk: bytes of its disk; 0 for one without a disk here, as one in a cloud; None while unknown.

    """

    name: str
    disk: int | None = None

    @property
    def said(self) -> str:
        """Its name with its size, for people."""
        sizes = {None: "size unknown", 0: "no disk on this laptop"}
        return f"{self.name} ({sizes.get(self.disk) or size(self.disk or 0)})"


@dataclass(frozen=True, slots=True)
class Running:
    """A virtual machine that runs, or VirtualBox' window where `name` is empty: whose it is; an empty SID is unknown."""

    name: str
    sid: str


def size(count: int) -> str:
    """Write bytes as people read the size of a disk."""
    for unit, power in (("GB", 30), ("MB", 20), ("kB", 10)):
        if count >= 1 << power:
            return f"{count / (1 << power):.1f} {unit}"
    return f"{count} bytes"


def listed(machines: Sequence[Machine]) -> str:
    """Name machines with their sizes."""
    return ", ".join(one.said for one in machines)


def processes() -> Call:
    """Return the call that lists the virtual machines that run, of everybody."""
    where = " OR ".join(f"Name='{name}'" for name in _PROGRAMS)
    return call.cim_get("Win32_Process", ["Handle", "ProcessId", "Name", "CommandLine"], where=where, method="GetOwnerSid")


def running(answer: Answer) -> tuple[Running, ...] | None:
    """Read the answer to `processes`; None while unknown."""
    if not answer.ok:
        return None
    return tuple(Running(_named(one), str((one.get("returns") or {}).get("Sid") or "")) for one in objects(answer))


def _named(process: Mapping[str, object]) -> str:
    found = _COMMENT.search(str(process.get("CommandLine") or ""))
    return (found[1] or found[2] or "") if found else ""


def stored(folders: Answer, contents: Mapping[str, Answer]) -> tuple[Machine, ...] | None:
    """Read the machines of docker-machine; None while unknown.

    Args:
        folders: what lies in the store.
        contents: what lies in the folder of each machine, by its name.

    """
    if not folders.ok:
        return None
    entries = folders.value.get("entries") or []
    names = sorted(str(one.get("name") or "") for one in entries if isinstance(one, Mapping) and one.get("folder"))
    return tuple(Machine(name, _disk(contents.get(name))) for name in names[:MOST] if name)


def _disk(answer: Answer | None) -> int | None:
    if answer is None or not answer.exists:
        return None
    entries = [one for one in answer.value.get("entries") or [] if isinstance(one, Mapping)]
    sizes = [one.get("size") for one in entries if str(one.get("name") or "").lower() == "disk.vmdk"]
    return next((one for one in sizes if isinstance(one, int)), None) if sizes else 0


def registered(answer: Answer) -> tuple[str, ...] | None:
    """Read the names of a person's machines out of their ``VirtualBox.xml``; None while unknown, none without that file."""
    if not answer.ok:
        return None
    if not answer.exists:
        return ()
    text, length = answer.data.decode("utf-8", "replace"), answer.value.get("size")
    if "<VirtualBox" not in text or (isinstance(length, int) and length > len(answer.data)):
        return None
    entries = text.split(_ENTRY)[1:]
    files = [_SOURCE.search(one[:_LONGEST].partition(">")[0]) for one in entries[:_ENTRIES]]
    names = [one[1].replace("/", "\\").rpartition("\\")[2].removesuffix(".vbox") for one in files if one is not None]
    return tuple(names) if len(names) == len(entries) else None
