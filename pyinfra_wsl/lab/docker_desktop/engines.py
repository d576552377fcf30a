r"""The engines: what each needs, what runs of it, where it listens, what it says of itself.

Sources: Docker's install and permission pages (editions, scopes, ``docker-users``, ``com.docker.service``, ``DockerDesktopVM``),
its troubleshooting topics; pipes and contexts from docker/for-win #14869 and #14662. How a refusal is worded is from issues.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pyinfra_wsl.lab.docker_desktop import daemon, releases
from pyinfra_wsl.lab.docker_desktop.content import Content, Contents
from pyinfra_wsl.lab.docker_desktop.places import GROUP, SERVICE, SHARED, VM, Installation
from pyinfra_wsl.lab.docker_desktop.refusals import BELOW, FEATURES
from pyinfra_wsl.lab.machine.account import LOCAL_SYSTEM, Account, Token
from pyinfra_wsl.lab.machine.features import PRO
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.process import Process
from pyinfra_wsl.lab.machine.services import ServiceError
from pyinfra_wsl.lab.machine.windows import RELEASES

System = Literal["linux", "windows"]
VERSION = "28.3.3"
"""The engine of every release here: the lab's own."""
LINUX_PIPES, WINDOWS_PIPES = ("dockerDesktopLinuxEngine",), ("dockerDesktopWindowsEngine",)
DEFAULT_PIPE, DOCKERD_PIPE, API_PIPE, SERVICE_PIPE = (
    "docker_engine",
    "docker_engine_windows",
    "dockerBackendApiServer",
    "dockerBackendV2",
)
HYPERV_KERNEL = "6.10.14-linuxkit"
"""The kernel of the Hyper-V VM: from knowledge."""
WINDOWS_DATA = r"C:\ProgramData\docker"


class EngineError(Exception):
    """An engine does not start; the text is what the window shows."""


class Waits(Exception):  # noqa: N818 - no error: nothing more happens until a person does something
    """Nothing more happens until a person does something, or for ever."""


@dataclass(eq=False)
class Engine:
    """An engine that answers.

    Args:
        backend: ``wsl-2``, ``hyper-v``, ``windows``, or what else has brought it.
        system: what containers it runs.
        content: what it holds.
        facts: what ``docker info`` says of it.
        processes: those that end with it.
        version: of the engine.

    """

    backend: str
    system: System
    content: Content
    facts: dict[str, Any] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)
    version: str = VERSION


@dataclass(frozen=True, slots=True)
class Place:
    """For whom an engine starts, and with what.

    Args:
        machine: where.
        installation: of which Docker Desktop.
        account: in whose session.
        settings: in force.
        choices: the installer's.
        contents: what the laptop's engines hold.
        consent: whether a person answers when Windows asks for elevation.

    """

    machine: Machine
    installation: Installation
    account: Account
    settings: Mapping[str, Any]
    choices: Mapping[str, Any]
    contents: Contents
    consent: bool


def wanted(settings: Mapping[str, Any]) -> str:
    """Return which engine the settings mean."""
    return "windows" if settings["UseWindowsContainers"] else "wsl-2" if settings["WslEngineEnabled"] else "hyper-v"


def demand_access(place: Place, backend: str) -> None:
    """Raise EngineError where this user, scope or laptop has no such engine."""
    installation, machine = place.installation, place.machine
    if backend == "windows" and place.choices.get("noWindowsContainers"):
        raise EngineError("windows containers have been disabled for this installation")
    if backend != "wsl-2" and (installation.account or machine.edition not in PRO or machine.architecture == "ARM64"):
        raise EngineError(f"engine {backend} is not available here")
    if backend == "wsl-2" and (installation.account or installation.numbers >= releases.NO_GROUP_CHECK):
        return
    if machine.groups.get(GROUP) is None and installation.numbers < releases.GROUP_MAY_MISS:
        raise EngineError(f"the group {GROUP} is missing")
    if not place.account.admin and GROUP not in place.account.memberships:
        raise EngineError(f'You are not allowed to use Docker. You must be in the "{GROUP}" group.')


def demand_features(machine: Machine, backend: str) -> None:
    """Raise what missing features do: Windows containers without theirs wait for a pipe for ever (docker/for-win #13075)."""
    names = [name for one in FEATURES[backend] for name in (one, *BELOW.get(one, ()))]
    found = {name: machine.features.get(name) for name in names}
    off = [name for name, feature in found.items() if feature is None or not machine.features.in_force(feature)]
    if backend == "windows" and off == ["Containers"]:
        raise Waits(rf"open \\.\pipe\{DOCKERD_PIPE}: The system cannot find the file specified.")
    if off:
        raise EngineError(f"Hardware assisted virtualization: these Windows features are off: {', '.join(off)}")
    if not machine.hypervisor_running:
        raise EngineError("Hardware assisted virtualization and data execution protection must be enabled in the BIOS")


def demand_service(place: Place) -> None:
    """Have the helper service run, as Hyper-V and Windows containers need it; starting it takes an administrator (UAC)."""
    services = place.machine.services
    if services.running(SERVICE):
        return
    if not place.consent:
        raise Waits("Docker Desktop Privileged Helper Service is not running: User Account Control asks")
    try:
        services.start(SERVICE)
    except ServiceError as error:
        raise EngineError(f"{SERVICE} does not start: error {error.code}") from None


def linux_facts(place: Place, kernel: str, memory: int, processors: int) -> dict[str, Any]:
    """Return what ``docker info`` says of a Linux engine of Docker Desktop."""
    containerd = bool(place.settings["UseContainerdSnapshotter"])
    return {
        "OperatingSystem": "Docker Desktop",
        "OSType": "linux",
        "Architecture": "aarch64" if place.machine.architecture == "ARM64" else "x86_64",
        "KernelVersion": kernel,
        "NCPU": processors,
        "MemTotal": memory,
        "Name": "docker-desktop",
        "DockerRootDir": "/var/lib/docker",
        "Driver": "overlayfs" if containerd else "overlay2",
        "DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]] if containerd else [["Backing Filesystem", "extfs"]],
        "Isolation": "",
    }


def hyperv(place: Place) -> Engine:
    """Start the VM; raises EngineError, Waits, SettingsError (its daemon.json). The disk is one for the whole laptop."""
    demand_access(place, "hyper-v")
    demand_features(place.machine, "hyper-v")
    demand_service(place)
    daemon.read(place.machine, place.account, "linux", place.installation.numbers)
    settings, machine = place.settings, place.machine
    folder = settings["DataFolder"] or rf"{SHARED}\vm-data"
    disk = rf"{folder}\DockerDesktop.vhdx"
    if not machine.files.exists(disk):
        machine.files.write(disk, b"vhdxfile")
    process = machine.processes.add(r"C:\Windows\System32\vmwp.exe", Token(LOCAL_SYSTEM))
    machine.virtual_machines[VM] = True
    memory = (settings["MemoryMiB"] << 20) or machine.memory // 2
    facts = linux_facts(place, HYPERV_KERNEL, memory, settings["Cpus"] or machine.processors)
    content = place.contents.at(folder, containerd=bool(settings["UseContainerdSnapshotter"]))
    return Engine("hyper-v", "linux", content, facts, [process])


def end(machine: Machine, engine: Engine) -> None:
    """End what runs of an engine; the VM of Hyper-V stays there, switched off."""
    for process in engine.processes:
        machine.processes.end(process)
    if engine.backend == "hyper-v":
        machine.virtual_machines[VM] = False


def windows(place: Place) -> Engine:
    """Start dockerd on Windows itself; raises EngineError, Waits, SettingsError (its windows-daemon.json)."""
    demand_access(place, "windows")
    demand_features(place.machine, "windows")
    demand_service(place)
    machine = place.machine
    found = daemon.read(machine, place.account, "windows", place.installation.numbers)
    machine.files.write(daemon.GENERATED, daemon_file(found))
    root = str(found.get("data-root") or place.choices.get("windowsContainersDefaultDataRoot") or WINDOWS_DATA)
    machine.files.make(rf"{root}\windowsfilter")
    process = machine.processes.add(rf"{place.installation.folder}\resources\dockerd.exe", Token(LOCAL_SYSTEM))
    machine.pipes.listen(DOCKERD_PIPE, process)
    return Engine("windows", "windows", place.contents.at(root), windows_facts(machine, daemon.isolation(found), root), [process])


def daemon_file(found: Mapping[str, Any]) -> bytes:
    """Return the file that Docker Desktop makes for the Windows engine."""
    return json.dumps(dict(found), indent=2).encode()


def windows_facts(machine: Machine, isolation: str, root: str) -> dict[str, Any]:
    """Return what ``docker info`` says of an engine on Windows; ``default`` is ``hyperv`` on a client (dockerd's reference)."""
    release = RELEASES.get(machine.build, "")
    return {
        "OperatingSystem": f"Microsoft Windows Version {release} (OS Build {machine.build}.{machine.ubr})",
        "OSType": "windows",
        "Architecture": "x86_64",
        "KernelVersion": f"10.0 {machine.build} ({machine.build}.1.amd64fre)",
        "NCPU": machine.processors,
        "MemTotal": machine.memory,
        "Name": machine.name,
        "DockerRootDir": root,
        "Driver": "windowsfilter",
        "DriverStatus": [["Windows", ""]],
        "Isolation": "hyperv" if isolation == "default" else isolation,
    }
