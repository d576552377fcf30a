"""The ``docker`` that Docker Desktop's integration puts into a distribution."""

from __future__ import annotations

from pyinfra_wsl.lab.exe.linux import LinuxCall, LinuxProgram
from pyinfra_wsl.lab.program import Unsupported


async def docker(call: LinuxCall) -> int:
    """Answer ``docker version``."""
    raise Unsupported(f"docker {' '.join(call.arguments)}")


PROGRAMS_OF_DOCKER: dict[str, LinuxProgram] = {"docker": docker}
