r"""The Windows hypervisor, on which WSL 2 runs: whether it can start, whether it is set to, and whether it does.

Facts: Microsoft's reference of ``Win32_Processor`` and ``Win32_ComputerSystem``. The boot store as a registry hive has the
elements of ``BcdBootMgrElementTypes`` (0x23000003: the default loader) and ``BcdOSLoaderElementTypes`` (0x250000F0:
HypervisorLaunchType, 0 off, 1 auto).
While a hypervisor runs, the processor's flags read False (Docker, "Topics" of the troubleshooting pages). Memory
integrity: Microsoft, "Enable memory integrity". What WSL 2 needs: Microsoft, "Troubleshooting Windows Subsystem for Linux",
error 0x80370102.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.machine import Windows, first, objects, value_of
from pyinfra_wsl.resources.windows_feature import state as windows_feature

DEVICE_GUARD = r"HKLM\SYSTEM\CurrentControlSet\Control\DeviceGuard"
INTEGRITY = rf"{DEVICE_GUARD}\Scenarios\HypervisorEnforcedCodeIntegrity"
INTEGRITY_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\DeviceGuard"

Launch = Literal["auto", "off"]


BOOT = r"HKLM\BCD00000000\Objects"


_BOOT_MANAGER = "{9dea862c-5cdd-4e70-acc1-f32b344d4795}"


_DEFAULT_LOADER, _HYPERVISOR_LAUNCH = "23000003", "250000f0"


_FLAGS = {
    "firmware": "VirtualizationFirmwareEnabled",
    "slat": "SecondLevelAddressTranslationExtensions",
    "vm_monitor": "VMMonitorModeExtensions",
}


# Makers' names for virtual machines, as firmware tells them in Win32_ComputerSystem.
_VIRTUAL = re.compile(
    r"vmware|virtual machine|virtualbox|innotek|qemu|\bkvm\b|standard pc \(|\bxen\b|hvm domu|parallels|bochs|bhyve|nutanix|"
    r"openstack|amazon ec2|google compute engine|alibaba cloud|digitalocean|hetzner",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class State:
    """What is known of the hypervisor; each None is unknown.

    Args:
        running: whether Windows runs on a hypervisor; in a virtual machine it is its host's as well as its own.
        firmware, slat, vm_monitor: the processor's flags; meaningless while a hypervisor runs.
        launch: what is set for the next start.
        memory_integrity: whether it is set on for the next start.
        integrity_lock: who else decides on memory integrity; empty for nobody.
        problem: why `launch` is unknown.

    """

    running: bool | None = None
    firmware: bool | None = None
    slat: bool | None = None
    vm_monitor: bool | None = None
    launch: Launch | None = None
    memory_integrity: bool | None = None
    integrity_lock: str = ""
    problem: str = ""


class Readiness(NamedTuple):
    """Whether WSL 2 can run on the hypervisor now, and why (not); None where that cannot be told from here."""

    ready: bool | None
    reason: str


def probe() -> dict[str, Call]:
    """Return what has to be asked."""
    return {
        "processor": call.cim_get("Win32_Processor", list(_FLAGS.values())),
        "system": call.cim_get("Win32_ComputerSystem", ["HypervisorPresent"]),
        "boot": call.registry_read(BOOT, depth=3),
        "integrity": call.registry_read(INTEGRITY),
        "integrity_policy": call.registry_read(INTEGRITY_POLICY),
    }


def read(answers: Mapping[str, Answer]) -> State:
    """Read the answers by the names of `probe`; what was not answered stays unknown."""
    nothing = Answer(False, {}, "not_asked", "it was not asked")
    processors = objects(answers.get("processor", nothing))
    present = first(answers.get("system", nothing)).get("HypervisorPresent")
    launch_type, problem = launch(answers.get("boot", nothing))
    integrity = answers.get("integrity", nothing)
    return State(
        running=present if isinstance(present, bool) else None,
        **{field: _all(processors, name) for field, name in _FLAGS.items()},
        launch=launch_type,
        memory_integrity=bool(value_of(integrity, "Enabled", 0)) if integrity.ok else None,
        integrity_lock=_lock(integrity, answers.get("integrity_policy", nothing)),
        problem=problem,
    )


def _all(processors: list[Mapping[str, Any]], name: str) -> bool | None:
    flags = [one.get(name) for one in processors]
    return all(flags) if flags and all(isinstance(flag, bool) for flag in flags) else None


def launch(boot: Answer) -> tuple[Launch | None, str]:
    """Find the default loader's setting; a loader without one starts the hypervisor where a feature wants it."""
    if not boot.exists:
        return None, f"the boot store cannot be read: {boot.message or 'it is not there'}"
    loader = _element(boot, _BOOT_MANAGER, _DEFAULT_LOADER)
    if not isinstance(loader, str) or _below(boot, loader) is None:
        return None, "the boot store names no default loader"
    data = _element(boot, loader, _HYPERVISOR_LAUNCH)
    if data is None:
        return "auto", ""
    try:
        number = int.from_bytes(base64.b64decode(data, validate=True), "little")
    except (binascii.Error, TypeError, ValueError):
        number = -1
    known: dict[int, Launch] = {0: "off", 1: "auto"}
    return (known[number], "") if number in known else (None, "the boot store holds an unknown hypervisorlaunchtype")


def _element(boot: Answer, guid: str, element: str) -> Any:
    key = _below(boot, guid, "Elements", element)
    return None if key is None else value_of(Answer(True, key), "Element")


def _below(boot: Answer, *path: str) -> Mapping[str, Any] | None:
    key: Mapping[str, Any] | None = boot.value
    for name in path:
        keys = (key.get("keys") or {}) if key else {}
        key = keys.get(name) or next((below for one, below in keys.items() if one.lower() == name.lower()), None)
    return key


def _lock(integrity: Answer, policy: Answer) -> str:
    value = value_of(policy, "HypervisorEnforcedCodeIntegrity")
    if value in (0, 1, 2):
        return rf"HypervisorEnforcedCodeIntegrity is {value} in {INTEGRITY_POLICY}"
    return "it is locked in the firmware (Locked is 1)" if value_of(integrity, "Locked") == 1 else ""


def virtual(windows: Windows) -> bool:
    """Whether the laptop is a virtual machine, by the names that its firmware gives."""
    return bool(_VIRTUAL.search(windows.name)) and "metal" not in windows.model.lower()


def obstacle(laptop: Laptop) -> Failure | None:
    """Return why the hypervisor cannot start on this hardware, if so; a running one is proof that it can."""
    have, windows = laptop.of(State), laptop.windows
    # The flags are those of Intel and AMD; what Windows for ARM64 says there is not known.
    if have.running or windows.architecture == "ARM64" or False not in (have.firmware, have.slat, have.vm_monitor):
        return None
    if virtual(windows):
        return Failure(
            f"this is a virtual machine ({windows.name}) without nested virtualization",
            "turn nested virtualization on for it on its host, then run again",
            "nested_virtualization",
        )
    if have.firmware is False:
        return Failure(
            f"Virtualization is off in the firmware ({_flags(have)})",
            f"turn on VT-x or SVM in the UEFI setup of this {windows.name}, then run again",
            "firmware_virtualization",
        )
    missing = "SLAT (second level address translation)" if have.slat is False else "VM monitor extensions"
    return Failure(
        f"the processor of this {windows.name} has no {missing}",
        "use WSL 1 on this laptop, or another laptop for WSL 2",
        "slat" if have.slat is False else "vm_monitor",
    )


def _flags(have: State) -> str:
    slat = {True: "SLAT present", False: "SLAT not seen", None: "SLAT unknown"}[have.slat]
    monitor = {True: "present", False: "off", None: "unknown"}[have.vm_monitor]
    return f"{slat}, VM monitor extensions {monitor}"


def ready(laptop: Laptop) -> Readiness:
    """Return whether WSL 2 can run now; in a virtual machine only an attempt can tell: its host's hypervisor is seen too."""
    have = laptop.of(State)
    if have.running is None:
        return Readiness(None, "Windows did not say whether a hypervisor runs")
    if not have.running:
        return Readiness(False, _missing(laptop))
    if virtual(laptop.windows) and not have.firmware:
        return Readiness(None, f"in a virtual machine ({laptop.windows.name}) the hypervisor may be its host's alone")
    return Readiness(True, "the hypervisor runs")


def _missing(laptop: Laptop) -> str:
    failure = obstacle(laptop)
    if failure:
        return failure.cause
    if laptop.of(State).launch == "off":
        return "hypervisorlaunchtype is off"
    if laptop.of(windows_feature.State).enabled(windows_feature.VIRTUAL_MACHINE_PLATFORM) is False:
        return f"feature {windows_feature.VIRTUAL_MACHINE_PLATFORM} is not on"
    return "the hypervisor is set to start and does not run; a restart is needed"


def awaits_restart(laptop: Laptop) -> bool:
    """Whether nothing is known that would keep the hypervisor from running but that Windows was not started since."""
    have = laptop.of(State)
    on = laptop.of(windows_feature.State).enabled(windows_feature.VIRTUAL_MACHINE_PLATFORM)
    able = have.firmware is True and have.slat is True and have.vm_monitor is True
    return have.running is False and have.launch == "auto" and on is True and able
