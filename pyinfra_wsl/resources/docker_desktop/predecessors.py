r"""What stands beside Docker Desktop and takes its place or its pipe: found by its signs, and reported.

Docker Toolbox: ``toolbox_install_windows.md`` of Docker's old pages; its variables stay behind and override every context, so
that a healthy Docker Desktop looks dead. A Docker Engine put into Windows by hand is the service ``docker`` (Microsoft, "Prep
Windows for containers"). Folders of the others from their installers (winget's manifests).
"""

from __future__ import annotations

from collections.abc import Mapping

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.windows.machine import values_of
from pyinfra_wsl.core.windows.resource import NOT_ASKED
from pyinfra_wsl.resources.docker_toolbox import places as toolbox
from pyinfra_wsl.resources.docker_toolbox.variables import HIJACK

_FOLDERS = {
    "toolbox": (rf"{toolbox.FOLDER}\{toolbox.DOCKER_MACHINE}", f"{toolbox.NAME} is installed: declare docker_toolbox"),
    "rancher": (r"%ProgramFiles%\Rancher Desktop\Rancher Desktop.exe", "Rancher Desktop is installed: one of both has the pipe"),
    "podman": (r"%ProgramFiles%\RedHat\Podman\podman.exe", "Podman is installed: it may hold the pipe docker_engine"),
}
_OLD = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\Docker for Windows"
_ENGINE = r"HKLM\SYSTEM\CurrentControlSet\Services\docker"


def probe() -> dict[str, Call]:
    """Return what has to be asked of the machine."""
    folders = {name: call.file_state(path) for name, (path, _said) in _FOLDERS.items()}
    return {
        **folders,
        "engine": call.registry_read(_ENGINE),
        "old": call.registry_read(_OLD),
        "machine_environment": call.registry_read(toolbox.ENVIRONMENT),
    }


def read(answers: Mapping[str, Answer]) -> tuple[str, ...]:
    """Return what was found, in words; the values of variables are nobody's business."""
    found = [said for name, (_path, said) in _FOLDERS.items() if answers.get(name, NOT_ASKED).exists]
    if answers.get("old", NOT_ASKED).exists:
        found.append("Docker for Windows, as Docker Desktop was called until 2018, is installed")
    if answers.get("engine", NOT_ASKED).exists:
        found.append("a Docker Engine is installed in Windows itself (service docker)")
    for name, whose in (("environment", "the user"), ("machine_environment", "the machine")):
        there = _variables(answers.get(name, NOT_ASKED))
        held = [one for one in HIJACK if one in there]
        if held:
            found.append(f"{', '.join(held)} of {whose} make the docker command speak to another engine")
    return tuple(found)


def _variables(environment: Answer) -> set[str]:
    """Return the names, in capitals, of the variables that hold something."""
    return {name.upper() for name, one in values_of(environment).items() if one.get("data")}
