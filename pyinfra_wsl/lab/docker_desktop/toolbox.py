r"""Docker Toolbox as its installer leaves it, with VirtualBox and the machines of docker-machine.

Sources: docker-archive/toolbox, ``windows/Toolbox.iss`` (Inno Setup: AppId, files, icons, registry, what is run at removal);
Chocolatey's package for the Path of the machine (mikew/docker-toolbox-chocolatey); docker/machine, drivers/virtualbox, for a
machine's files; VirtualBox' manual for ``VirtualBox.xml`` and ``VBoxHeadless``. Variables: ids 36857266954,
3721394600, 989994996.
"""

from __future__ import annotations

import re
from contextlib import suppress

from pyinfra_wsl.lab.docker_desktop import places
from pyinfra_wsl.lab.machine.account import Account, Token
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.machine.machine import ENVIRONMENT_KEY, Machine
from pyinfra_wsl.lab.machine.process import Process
from pyinfra_wsl.lab.machine.windows import PROGRAM_IMAGE

TOOLBOX = r"C:\Program Files\Docker Toolbox"
TOOLBOX_KEY = rf"HKLM\{places.UNINSTALL}\{{FC4417F0-D7F3-48DB-BCE1-F5ED5BAFFD91}}_is1"
"""Inno Setup's key: the AppId with ``_is1`` (Inno Setup's help, "AppId")."""
NARROW_KEY = TOOLBOX_KEY.replace("SOFTWARE", r"SOFTWARE\WOW6432Node", 1)
"""The same in the 32-bit view, where an Inno Setup writes that does not install in 64-bit mode."""
TOOLBOX_REMOVER = b"MZ: remover of Docker Toolbox"
TOOLBOX_PROGRAMS = ("docker.exe", "docker-compose.exe", "docker-machine.exe", r"kitematic\Kitematic.exe")
TOOLBOX_FILES = (
    *TOOLBOX_PROGRAMS,
    "start.sh",
    "boot2docker.iso",
    "docker-quickstart-terminal.ico",
    "unins000.exe",
    "unins000.dat",
)
SHORTCUTS = ("Docker Quickstart Terminal.lnk", "Kitematic (Alpha).lnk")
DESKTOP = r"C:\Users\Public\Desktop"
VIRTUALBOX = r"C:\Program Files\Oracle\VirtualBox"
VIRTUALBOX_OWN = r"HKLM\SOFTWARE\Oracle\VirtualBox"
VIRTUALBOX_CODE = "{2A1F0F6E-6C3A-4B5C-9C4D-0E3A55D6A0F1}"
"""An MSI's product code: this one is the lab's own."""
VIRTUALBOX_KEY = rf"HKLM\{places.UNINSTALL}\{VIRTUALBOX_CODE}"
VARIABLES = {
    "DOCKER_HOST": "tcp://192.168.99.100:2376",
    "DOCKER_MACHINE_NAME": "default",
    "DOCKER_TLS_VERIFY": "1",
}
"""What ``docker-machine env`` tells people to set, and what they set for good; ``DOCKER_CERT_PATH`` beside them."""
_ENTRY = re.compile(r'<MachineEntry uuid="\{[^"]+\}" src="([^"]+)"/>')


def environment(account: Account | None) -> str:
    """Return the key of a user's variables, or of the laptop's."""
    return rf"HKU\{account.sid}\Environment" if account else ENVIRONMENT_KEY


def store(person: Account) -> str:
    """Return where docker-machine keeps somebody's machines."""
    return rf"{person.profile}\.docker\machine\machines"


def menu(person: Account) -> str:
    """Return the Toolbox's folder in somebody's start menu."""
    return rf"{person.profile}\AppData\Roaming\Microsoft\Windows\Start Menu\Programs\Docker"


def toolbox(
    machine: Machine, person: Account, *, machines: tuple[str, ...] = ("default",), scope: str = "user", narrow: bool = False
) -> None:
    """Have Docker Toolbox with VirtualBox and some virtual machines.

    Args:
        machine: where.
        person: whose virtual machines.
        machines: their names.
        scope: whether the variables are ``user`` ones (the installer) or ``machine`` ones (Chocolatey).
        narrow: whether its key is in the registry's 32-bit view.

    """
    program(machine, person, narrow=narrow)
    key = environment(person if scope == "user" else None)
    variables = VARIABLES | {"DOCKER_CERT_PATH": rf"{store(person)}\{machines[0]}"} if machines else {}
    for name, data in (variables | {"DOCKER_TOOLBOX_INSTALL_PATH": TOOLBOX}).items():
        machine.registry.set(key, name, "String", data)
    virtualbox(machine)
    for name in machines:
        add_machine(machine, person, name)


def program(machine: Machine, person: Account, *, narrow: bool = False) -> None:
    """Have the program, its key, its shortcuts and its folder in somebody's Path."""
    for name in TOOLBOX_FILES:
        content = PROGRAM_IMAGE if name in TOOLBOX_PROGRAMS else TOOLBOX_REMOVER if name == "unins000.exe" else b"installed"
        machine.files.write(rf"{TOOLBOX}\{name}", content)
    for value, data in (
        ("DisplayName", "Docker Toolbox version 19.03.1"), ("DisplayVersion", "19.03.1"), ("Publisher", "Docker"),
        ("InstallLocation", f"{TOOLBOX}\\"), ("UninstallString", rf'"{TOOLBOX}\unins000.exe"'),
        ("QuietUninstallString", rf'"{TOOLBOX}\unins000.exe" /SILENT'),
    ):  # fmt: skip
        machine.registry.set(NARROW_KEY if narrow else TOOLBOX_KEY, value, "String", data)
    for name in SHORTCUTS:
        machine.files.write(rf"{DESKTOP}\{name}", b"shortcut")
        machine.files.write(rf"{menu(person)}\{name}", b"shortcut")
    enter_path(machine, person)


def enter_path(machine: Machine, person: Account | None) -> None:
    """Have its folder in a Path."""
    path = str(machine.registry.get(environment(person), "Path", ""))
    machine.registry.set(environment(person), "Path", "ExpandString", f"{path};{TOOLBOX}".lstrip(";"))


def leave_path(machine: Machine, person: Account | None) -> None:
    """Take its folder out of a Path, as its remover does for who runs it (``modpath.iss``)."""
    found = machine.registry.get(environment(person), "Path", None)
    if found is not None:
        kept = [one for one in str(found).split(";") if one.lower() != TOOLBOX.lower()]
        machine.registry.set(environment(person), "Path", "ExpandString", ";".join(kept))


def virtualbox(machine: Machine, version: str = "6.0.10") -> None:
    """Have VirtualBox."""
    for name in ("VBoxManage.exe", "VirtualBox.exe", "VBoxHeadless.exe"):
        machine.files.write(rf"{VIRTUALBOX}\{name}", PROGRAM_IMAGE)
    machine.registry.set(ENVIRONMENT_KEY, "VBOX_MSI_INSTALL_PATH", "String", f"{VIRTUALBOX}\\")
    named = {"DisplayName": f"Oracle VM VirtualBox {version}", "DisplayVersion": version, "InstallLocation": VIRTUALBOX}
    for value, data in named.items():
        machine.registry.set(VIRTUALBOX_KEY, value, "String", data)
    for value, data in {"Version": version, "InstallDir": f"{VIRTUALBOX}\\"}.items():
        machine.registry.set(VIRTUALBOX_OWN, value, "String", data)


def remove_virtualbox(machine: Machine) -> None:
    """Take VirtualBox away, as its MSI does: the machines of people stay where they are."""
    with suppress(FileError):
        machine.files.remove(VIRTUALBOX, tree=True)
    for key in (VIRTUALBOX_KEY, VIRTUALBOX_OWN):
        machine.registry.remove_tree(key)
    machine.registry.remove_value(ENVIRONMENT_KEY, "VBOX_MSI_INSTALL_PATH")


def add_machine(machine: Machine, person: Account, name: str, disk: bytes = b"KDMV" + bytes(60)) -> None:
    """Have a virtual machine of docker-machine, with a disk, which VirtualBox knows."""
    for file, data in (
        ("config.json", b'{"ConfigVersion": 3, "DriverName": "virtualbox", "Name": "' + name.encode() + b'"}'),
        ("disk.vmdk", disk),
        ("id_rsa", b"a key"),
    ):
        machine.files.write(rf"{store(person)}\{name}\{file}", data)
    register(machine, person, rf"{store(person)}\{name}\{name}\{name}.vbox")


def register(machine: Machine, person: Account, file: str) -> None:
    """Have VirtualBox know a virtual machine of somebody by its ``.vbox`` file."""
    machine.files.write(file, b"<VirtualBox/>")
    _write(machine, person, [*registered(machine, person), file])


def unregister(machine: Machine, person: Account, name: str) -> None:
    """Have VirtualBox forget a machine of somebody."""
    _write(machine, person, [one for one in registered(machine, person) if not one.endswith(rf"\{name}.vbox")])


def registered(machine: Machine, person: Account) -> list[str]:
    """Return the ``.vbox`` files that VirtualBox knows of somebody."""
    path = rf"{person.profile}\.VirtualBox\VirtualBox.xml"
    return _ENTRY.findall(machine.files.text(path)) if machine.files.exists(path) else []


def _write(machine: Machine, person: Account, files: list[str]) -> None:
    entries = "".join(
        f'    <MachineEntry uuid="{{00000000-0000-0000-0000-{number:012}}}" src="{file}"/>\n' for number, file in enumerate(files)
    )
    registry = f"  <MachineRegistry>\n{entries}  </MachineRegistry>\n"
    text = f'<?xml version="1.0"?>\n<VirtualBox version="1.12-windows">\n{registry}</VirtualBox>\n'
    machine.files.write(rf"{person.profile}\.VirtualBox\VirtualBox.xml", text.encode())


def run_machine(machine: Machine, person: Account, name: str) -> Process:
    """Have a virtual machine of somebody run without a window."""
    line = rf'"{VIRTUALBOX}\VBoxHeadless.exe" --comment "{name}" --startvm 00000000-0000-0000-0000-000000000000 --vrde config'
    return machine.processes.add(rf"{VIRTUALBOX}\VBoxHeadless.exe", Token(person, False, person.session), command_line=line)
