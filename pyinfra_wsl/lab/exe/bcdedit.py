"""bcdedit.exe: show the current loader and set whether the hypervisor starts with it (Microsoft: "BCDEdit /set").

The boot store is the registry hive ``BCD00000000``; element 250000f0 of a loader is its hypervisorlaunchtype.
"""

from __future__ import annotations

from pyinfra_wsl.lab.machine import text
from pyinfra_wsl.lab.machine.machine import BCD_OBJECTS
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported
from pyinfra_wsl.lab.machine.windows import HYPERVISOR_LAUNCH, LOADER, set_hypervisor_launch


async def bcdedit(inv: Invocation) -> int:
    """Carry out ``/enum {current}`` or ``/set {current} hypervisorlaunchtype auto|off``."""
    words = [word.lower() for word in inv.arguments]
    if not inv.elevated:
        await inv.err(f"The boot configuration data store could not be opened.\n{text.message(inv.machine.culture, 5)}\n")
        return 1
    if words in (["/enum", "{current}"], ["/enum"], []):
        manager = "" if "{current}" in words else _manager(inv)  # without a name: what is active, the boot manager too
        await inv.out(manager + _listing(inv))
        return 0
    if words[:1] != ["/set"] or len(words) not in (3, 4) or words[-2] != "hypervisorlaunchtype":
        raise Unsupported(" ".join(inv.arguments))
    if len(words) == 4 and words[1] not in ("{current}", LOADER):
        raise Unsupported(words[1])
    if words[-1] not in HYPERVISOR_LAUNCH:
        await inv.err('The integer data is not valid as specified.\nRun "bcdedit /?" for command line assistance.\n')
        return 1
    set_hypervisor_launch(inv.machine, words[-1])
    await inv.out(f"{text.message(inv.machine.culture, 0)}\n")
    return 0


def _manager(inv: Invocation) -> str:
    rows = {
        "identifier": "{bootmgr}",
        "device": r"partition=\Device\HarddiskVolume1",
        "description": "Windows Boot Manager",
        "locale": inv.machine.culture,
        "inherit": "{globalsettings}",
        "default": "{current}",
        "displayorder": "{current}",
        "toolsdisplayorder": "{memdiag}",
        "timeout": "30",
    }
    return "\nWindows Boot Manager\n--------------------\n" + _table(rows)


def _table(rows: dict[str, str]) -> str:
    return "".join(f"{name:24}{value}\n" for name, value in rows.items())


def _listing(inv: Invocation) -> str:
    data = inv.machine.registry.get(rf"{BCD_OBJECTS}\{LOADER}\Elements\250000f0", "Element", None)
    description = inv.machine.registry.get(rf"{BCD_OBJECTS}\{LOADER}\Elements\12000004", "Element", "")
    rows = {
        "identifier": "{current}",
        "device": "partition=C:",
        "path": r"\Windows\system32\winload.efi",
        "description": description,
        "locale": inv.machine.culture,
        "osdevice": "partition=C:",
        "systemroot": r"\Windows",
        "nx": "OptIn",
    }
    if data is not None:
        rows["hypervisorlaunchtype"] = "Auto" if data[:1] == b"\x01" else "Off"
    return "\nWindows Boot Loader\n-------------------\n" + _table(rows)


PROGRAMS = {"bcdedit.exe": bcdedit}
