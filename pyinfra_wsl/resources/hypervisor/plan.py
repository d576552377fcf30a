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
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.plan import Failure, Plan, Step
from pyinfra_wsl.core.windows.machine import Windows, first, objects, value_of
from pyinfra_wsl.resources.hypervisor import change as hypervisor_change
from pyinfra_wsl.resources.windows_feature.plan import VIRTUAL_MACHINE_PLATFORM

if TYPE_CHECKING:
    from pyinfra_wsl.core.windows.laptop import Laptop

Launch = Literal["auto", "off"]

_BOOT = r"HKLM\BCD00000000\Objects"
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
        "boot": call.registry_read(_BOOT, depth=3),
        "integrity": call.registry_read(hypervisor_change.INTEGRITY),
        "integrity_policy": call.registry_read(hypervisor_change.INTEGRITY_POLICY),
    }


def read(answers: Mapping[str, Answer]) -> State:
    """Read the answers by the names of `probe`; what was not answered stays unknown."""
    nothing = Answer(False, {}, "not_asked", "it was not asked")
    processors = objects(answers.get("processor", nothing))
    present = first(answers.get("system", nothing)).get("HypervisorPresent")
    launch, problem = _launch(answers.get("boot", nothing))
    integrity = answers.get("integrity", nothing)
    return State(
        running=present if isinstance(present, bool) else None,
        **{field: _all(processors, name) for field, name in _FLAGS.items()},
        launch=launch,
        memory_integrity=bool(value_of(integrity, "Enabled", 0)) if integrity.ok else None,
        integrity_lock=_lock(integrity, answers.get("integrity_policy", nothing)),
        problem=problem,
    )


def _all(processors: list[Mapping[str, Any]], name: str) -> bool | None:
    flags = [one.get(name) for one in processors]
    return all(flags) if flags and all(isinstance(flag, bool) for flag in flags) else None


def _launch(boot: Answer) -> tuple[Launch | None, str]:
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
        key = next((below for one, below in keys.items() if one.lower() == name.lower()), None)
    return key


def _lock(integrity: Answer, policy: Answer) -> str:
    value = value_of(policy, "HypervisorEnforcedCodeIntegrity")
    if value in (0, 1, 2):
        return rf"HypervisorEnforcedCodeIntegrity is {value} in {hypervisor_change.INTEGRITY_POLICY}"
    return "it is locked in the firmware (Locked is 1)" if value_of(integrity, "Locked") == 1 else ""


def virtual(windows: Windows) -> bool:
    """Whether the laptop is a virtual machine, by the names that its firmware gives."""
    return bool(_VIRTUAL.search(windows.name)) and "metal" not in windows.model.lower()


def obstacle(laptop: Laptop) -> Failure | None:
    """Return why the hypervisor cannot start on this hardware, if so; a running one is proof that it can."""
    have, windows = laptop.hypervisor, laptop.windows
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
    have = laptop.hypervisor
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
    if laptop.hypervisor.launch == "off":
        return "hypervisorlaunchtype is off"
    if laptop.windows_feature.enabled(VIRTUAL_MACHINE_PLATFORM) is False:
        return f"feature {VIRTUAL_MACHINE_PLATFORM} is not on"
    return "the hypervisor is set to start and does not run; a restart is needed"


def awaits_restart(laptop: Laptop) -> bool:
    """Whether nothing is known that would keep the hypervisor from running but that Windows was not started since."""
    have = laptop.hypervisor
    on = laptop.windows_feature.enabled(VIRTUAL_MACHINE_PLATFORM)
    able = have.firmware is True and have.slat is True and have.vm_monitor is True
    return have.running is False and have.launch == "auto" and on is True and able


def plan(want: Mapping[str, Any], laptop: Laptop) -> Plan:
    """Compare and plan.

    Args:
        want: ``launch``: ``auto`` or ``off``; ``memory_integrity``: ``on`` or ``off``, for laptops with guests of other makers.
        laptop: the laptop as it is.

    """
    launch, integrity = want.get("launch"), want.get("memory_integrity")
    bad = _bad(launch, integrity)
    if bad:
        return Plan(failures=(bad,))
    found = [*_plan_launch(launch, integrity, laptop), *_plan_integrity(integrity, laptop)]
    failure = obstacle(laptop) if launch == "auto" else None
    failures = [one for one in found if isinstance(one, Failure)] + ([failure] if failure else [])
    return Plan(tuple(one for one in found if isinstance(one, Step)), failures=tuple(failures), noop=_noop(laptop))


def _bad(launch: Any, integrity: Any) -> Failure | None:
    if launch not in (None, "auto", "off"):
        return Failure(f"hypervisor.launch: {launch!r} is not a launch type", "write auto or off")
    # YAML 1.1 reads a bare on and off as true and false.
    if integrity not in (None, "on", "off", True, False):
        return Failure(f"hypervisor.memory_integrity: {integrity!r} is neither on nor off", "write on or off")
    if launch == "off" and integrity in ("on", True):
        return Failure(
            "memory integrity runs on the hypervisor, which is declared off", "declare memory_integrity off, or launch auto"
        )
    return None


def _plan_launch(launch: Launch | None, integrity: Any, laptop: Laptop) -> list[Step | Failure]:
    have = laptop.hypervisor
    if launch is None or have.launch == launch:
        return []
    if have.launch is None:
        return [Failure(have.problem, "connect as an administrator of the laptop", "boot_store")]
    note = "works after a restart"
    if launch == "off":
        lost = "WSL 2, Docker Desktop, Hyper-V and Credential Guard stop working"
        kept = "" if integrity is not None else ", memory integrity too"
        note = f"works after a restart; then guests of VMware and VirtualBox run without it, and {lost}{kept}"
    change = hypervisor_change.Launch(launch, laptop.windows.booted, lambda boot: _launch(boot)[0], _BOOT)
    return [Step(f"hypervisorlaunchtype: {have.launch} → {launch}", change.talk, note)]


def _plan_integrity(wanted: Any, laptop: Laptop) -> list[Step | Failure]:
    have = laptop.hypervisor
    on = wanted in ("on", True)
    if wanted is None or have.memory_integrity == on:
        return []
    if have.memory_integrity is None:
        return [Failure("it is not known whether memory integrity is on", "connect as an administrator of the laptop")]
    if have.integrity_lock:
        return [Failure(f"memory integrity is not ours to set: {have.integrity_lock}", "ask who owns that setting", "policy")]
    words = "off → on" if on else "on → off"
    kernel = "the kernel is less protected, guests of other makers run faster"
    lost = "drivers that break its rules no longer load" if on else kernel
    change = hypervisor_change.MemoryIntegrity(on, laptop.windows.booted)
    return [Step(f"memory integrity: {words}", change.talk, f"works after a restart; {lost}")]


def _noop(laptop: Laptop) -> str:
    have = laptop.hypervisor
    runs = {True: "a hypervisor runs", False: "the hypervisor does not run", None: "whether it runs is unknown"}[have.running]
    return f"hypervisorlaunchtype is {have.launch or 'unknown'}, {runs}"
