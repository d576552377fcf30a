r"""wsl.exe: the package's in ``%ProgramFiles%\WSL``, the one in System32 that stands for it, and Windows 10's own.

The package: src/windows/common/WslClient.cpp of microsoft/WSL. What System32 holds is part of Windows and from knowledge of it.
"""

from __future__ import annotations

from pyinfra_wsl.lab.exe import wsl_client, wsl_inbox
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.program import Invocation
from pyinfra_wsl.lab.wsl.registration import PACKAGE_KEY
from pyinfra_wsl.lab.wsl.vm import has_service


def package(machine: Machine) -> str:
    """Return the path of the installed package's wsl.exe, ``""`` where there is none."""
    folder = str(machine.registry.get(PACKAGE_KEY, "InstallLocation", "")).rstrip("\\")
    path = rf"{folder}\wsl.exe"
    return path if folder and machine.files.exists(path) else ""


async def main(invocation: Invocation) -> int:
    """Run whichever wsl.exe was started; the one in System32 hands over to the package."""
    system = invocation.argv[0].lower().startswith("c:\\windows\\")
    if not system or package(invocation.machine):
        return await wsl_client.main(invocation)
    if has_service(invocation.machine, "LxssManager"):
        return await wsl_inbox.main(invocation)
    return await wsl_inbox.not_installed(invocation)


PROGRAMS = {"wsl.exe": main}
