r"""What was there before Docker Desktop, or is beside it: Toolbox, Docker for Windows, an engine by hand, others' products.

Sources: Docker Toolbox: its own installer script (Inno Setup: AppId, folder, Path of the user, ``unins000.exe``) and
``toolbox/toolbox_install_windows.md``; variables from ids 36857266954, 3721394600, 989994996. Engine by hand: docker/docs
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

TOOLBOX = r"C:\Program Files\Docker Toolbox"
TOOLBOX_KEY = rf"HKLM\{places.UNINSTALL}\{{FC4417F0-D7F3-48DB-BCE1-F5ED5BAFFD91}}_is1"
"""Inno Setup's key: the AppId with ``_is1`` (Inno Setup's help, "AppId")."""
TOOLBOX_REMOVER = b"MZ: remover of Docker Toolbox"
TOOLBOX_PROGRAMS = ("docker.exe", "docker-compose.exe", "docker-machine.exe", r"kitematic\Kitematic.exe")
VIRTUALBOX = r"C:\Program Files\Oracle\VirtualBox"
VARIABLES = {
    "DOCKER_HOST": "tcp://192.168.99.100:2376",
    "DOCKER_MACHINE_NAME": "default",
    "DOCKER_TLS_VERIFY": "1",
}
"""What ``docker-machine env`` tells people to set, and what they set for good; ``DOCKER_CERT_PATH`` beside them."""
BY_HAND = r"C:\Program Files\docker"
FOR_WINDOWS_KEY = rf"HKLM\{places.UNINSTALL}\Docker for Windows"


def environment(account: Account | None) -> str:
    """Return the key of a user's variables, or of the laptop's."""
    return rf"HKU\{account.sid}\Environment" if account else ENVIRONMENT_KEY


def toolbox(machine: Machine, person: Account, *, machines: tuple[str, ...] = ("default",), scope: str = "user") -> None:
    """Have Docker Toolbox with VirtualBox and some virtual machines.

    Args:
        machine: where.
        person: whose virtual machines.
        machines: their names.
        scope: whether the variables are ``user`` ones (the installer) or ``machine`` ones (Chocolatey).

    """
    for name in TOOLBOX_PROGRAMS:
        machine.files.write(rf"{TOOLBOX}\{name}", PROGRAM_IMAGE)
    machine.files.write(rf"{TOOLBOX}\start.sh", b"#!/bin/bash\n")
    machine.files.write(rf"{TOOLBOX}\unins000.exe", TOOLBOX_REMOVER)
    for value, data in (
        ("DisplayName", "Docker Toolbox version 19.03.1"), ("DisplayVersion", "19.03.1"), ("Publisher", "Docker"),
        ("InstallLocation", f"{TOOLBOX}\\"), ("UninstallString", rf'"{TOOLBOX}\unins000.exe"'),
        ("QuietUninstallString", rf'"{TOOLBOX}\unins000.exe" /SILENT'),
    ):  # fmt: skip
        machine.registry.set(TOOLBOX_KEY, value, "String", data)
    key = environment(person if scope == "user" else None)
    variables = VARIABLES | {"DOCKER_CERT_PATH": rf"{store(person)}\{machines[0]}"} if machines else {}
    for name, data in (variables | {"DOCKER_TOOLBOX_INSTALL_PATH": TOOLBOX}).items():
        machine.registry.set(key, name, "String", data)
    path = str(machine.registry.get(environment(person), "Path", ""))
    machine.registry.set(environment(person), "Path", "ExpandString", f"{path};{TOOLBOX}".lstrip(";"))
    for name in ("VBoxManage.exe", "VirtualBox.exe"):
        machine.files.write(rf"{VIRTUALBOX}\{name}", PROGRAM_IMAGE)
    machine.registry.set(ENVIRONMENT_KEY, "VBOX_MSI_INSTALL_PATH", "String", f"{VIRTUALBOX}\\")
    key = rf"HKLM\{places.UNINSTALL}\{{2A1F0F6E-6C3A-4B5C-9C4D-0E3A55D6A0F1}}"  # an MSI's product code: this one is the lab's own
    for value, data in (
        ("DisplayName", "Oracle VM VirtualBox 6.0.10"),
        ("DisplayVersion", "6.0.10"),
        ("InstallLocation", VIRTUALBOX),
    ):
        machine.registry.set(key, value, "String", data)
    for name in machines:
        add_machine(machine, person, name)


def store(person: Account) -> str:
    """Return where docker-machine keeps somebody's machines."""
    return rf"{person.profile}\.docker\machine\machines"


def add_machine(machine: Machine, person: Account, name: str) -> None:
    """Have a virtual machine of docker-machine, with a disk."""
    for file, data in (
        ("config.json", b'{"ConfigVersion": 3, "DriverName": "virtualbox", "Name": "' + name.encode() + b'"}'),
        ("disk.vmdk", b"KDMV" + bytes(60)),
        ("id_rsa", b"a key"),
    ):
        machine.files.write(rf"{store(person)}\{name}\{file}", data)


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
