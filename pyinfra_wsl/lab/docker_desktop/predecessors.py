r"""What was there before Docker Desktop, or is beside it: Docker for Windows, an engine by hand, others' products.

Docker Toolbox is in `toolbox`. Sources: engine by hand: docker/docs
``engine/daemon`` and microsoft/nav-arm-templates (service ``docker``, ``%ProgramFiles%\docker``). Docker for Windows, Rancher
Desktop and Podman Desktop: names from knowledge of these products, not verified here.
"""

from __future__ import annotations

from pyinfra_wsl.lab.docker_desktop import places
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.docker_desktop.content import Content
from pyinfra_wsl.lab.docker_desktop.engines import DEFAULT_PIPE, HYPERV_KERNEL, Engine, windows_facts
from pyinfra_wsl.lab.machine.account import LOCAL_SYSTEM, Account, Token
from pyinfra_wsl.lab.machine.machine import ENVIRONMENT_KEY, Machine
from pyinfra_wsl.lab.machine.services import AUTOMATIC
from pyinfra_wsl.lab.machine.windows import PROGRAM_IMAGE
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.lab.wsl.distro import Tree

BY_HAND = r"C:\Program Files\docker"
FOR_WINDOWS_KEY = rf"HKLM\{places.UNINSTALL}\Docker for Windows"


def docker_for_windows(machine: Machine, version: str = "18.06.1") -> None:
    """Have Docker for Windows, as Docker Desktop was called until 2018, with its VM for Linux containers."""
    for name in ("Docker for Windows.exe", r"resources\bin\docker.exe", r"resources\com.docker.service"):
        machine.files.write(rf"{places.FOLDER}\{name}", PROGRAM_IMAGE)
    for value, data in (("DisplayName", "Docker for Windows"), ("DisplayVersion", version), ("InstallLocation", places.FOLDER)):
        machine.registry.set(FOR_WINDOWS_KEY, value, "String", data)
    machine.registry.set(places.PRODUCT_KEY, "AppPath", "String", places.FOLDER)
    machine.services.create(places.SERVICE, "Docker for Windows Service", rf"{places.FOLDER}\com.docker.service", AUTOMATIC)
    machine.files.write(r"C:\Users\Public\Documents\Hyper-V\Virtual hard disks\MobyLinuxVM.vhdx", b"vhdxfile")
    machine.virtual_machines["MobyLinuxVM"] = False


def engine_by_hand(machine: Machine) -> None:
    """Have a Docker Engine that somebody put into Windows as the service ``docker``, and its images."""
    for name in ("dockerd.exe", "docker.exe"):
        machine.files.write(rf"{BY_HAND}\{name}", PROGRAM_IMAGE)
    machine.services.create("docker", "Docker Engine", rf'"{BY_HAND}\dockerd.exe" --run-service', AUTOMATIC)
    machine.files.write(r"C:\ProgramData\docker\config\daemon.json", b'{"hosts": ["npipe://"]}')
    path = str(machine.registry.get(ENVIRONMENT_KEY, "Path", ""))
    machine.registry.set(ENVIRONMENT_KEY, "Path", "ExpandString", f"{path.rstrip(';')};{BY_HAND}")
    content = machine.part(DockerDesktop).contents.at(r"C:\ProgramData\docker")

    def changed(runs: bool) -> None:
        for process in [one for one in machine.processes if one.exe == rf"{BY_HAND}\dockerd.exe"]:
            machine.processes.end(process)
        if runs:
            process = machine.processes.add(rf"{BY_HAND}\dockerd.exe", Token(LOCAL_SYSTEM))
            engine = Engine("by hand", "windows", content, windows_facts(machine, "default", r"C:\ProgramData\docker"), [process])
            _listen(machine, engine, DEFAULT_PIPE)

    machine.services.watchers["docker"] = changed
    machine.services.start("docker")


def rancher_desktop(machine: Machine, person: Account) -> None:
    """Have Rancher Desktop run in somebody's session: it has the pipe, and distributions of its own."""
    folder = rf"{person.profile}\AppData\Local\Programs\Rancher Desktop"
    machine.files.write(rf"{folder}\Rancher Desktop.exe", PROGRAM_IMAGE)
    machine.files.write(rf"{folder}\resources\resources\win32\bin\docker.exe", PROGRAM_IMAGE)
    _own_key(machine, person, "Rancher Desktop 1.20.0", "1.20.0", folder)
    for name in ("rancher-desktop", "rancher-desktop-data"):
        wsl.register(machine, person, name, Tree(), default=False)
    process = machine.processes.add(rf"{folder}\Rancher Desktop.exe", Token(person, False, person.session))
    _listen(
        machine,
        Engine("rancher-desktop", "linux", Content(), _facts("Rancher Desktop WSL Distribution"), [process]),
        DEFAULT_PIPE,
    )


def podman_desktop(machine: Machine, person: Account) -> None:
    """Have Podman Desktop run with a machine of Podman's, which answers at Docker's pipe."""
    folder = rf"{person.profile}\AppData\Local\Programs\podman-desktop"
    machine.files.write(rf"{folder}\Podman Desktop.exe", PROGRAM_IMAGE)
    machine.files.write(r"C:\Program Files\RedHat\Podman\podman.exe", PROGRAM_IMAGE)
    machine.files.write(r"C:\Program Files\RedHat\Podman\win-sshproxy.exe", PROGRAM_IMAGE)
    _own_key(machine, person, "Podman Desktop 1.22.0", "1.22.0", folder)
    wsl.register(machine, person, "podman-machine-default", Tree(), default=False)
    proxy = machine.processes.add(r"C:\Program Files\RedHat\Podman\win-sshproxy.exe", Token(person, False, person.session))
    engine = Engine("podman", "linux", Content(), _facts("fedora"), [proxy])
    for pipe in (DEFAULT_PIPE, "podman-machine-default"):
        _listen(machine, engine, pipe)


def _facts(system: str) -> dict[str, object]:
    return {"OperatingSystem": system, "OSType": "linux", "KernelVersion": HYPERV_KERNEL, "NCPU": 2, "MemTotal": 2 << 30}


def _own_key(machine: Machine, person: Account, name: str, version: str, folder: str) -> None:
    key = rf"HKU\{person.sid}\{places.UNINSTALL}\{name.partition(' ')[0].lower()}"
    for value, data in (("DisplayName", name), ("DisplayVersion", version), ("InstallLocation", folder)):
        machine.registry.set(key, value, "String", data)


def _listen(machine: Machine, engine: Engine, pipe: str) -> None:
    machine.part(DockerDesktop).others[pipe.lower()] = engine
    machine.pipes.listen(pipe, engine.processes[0])
